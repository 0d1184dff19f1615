"""Working days in France: Monday to Friday, public holidays apart."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.utils import timezone

FIXED = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
AFTER_EASTER = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
OPENS, CLOSES = 8, 18


def easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computus)."""
    century, rest = divmod(year, 100)
    epact = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=2048)
def is_worked(day: date) -> bool:
    """Whether offices are open that day."""
    holidays = {easter(day.year) + timedelta(days=after) for after in AFTER_EASTER}
    return day.weekday() < 5 and (day.month, day.day) not in FIXED and day not in holidays


def add_workdays(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_worked(day)
    return day


def take_workdays(day: date, count: int) -> date:
    """The `count`-th working day before `day`."""
    while count:
        day -= timedelta(days=1)
        count -= is_worked(day)
    return day


def at_work(now: datetime) -> bool:
    """Whether that moment is in office hours, Paris: when people may be written to unasked."""
    here = timezone.localtime(now)
    return is_worked(here.date()) and OPENS <= here.hour < CLOSES


def opening(now: datetime) -> datetime:
    """That moment when it is in office hours, or else when offices open next."""
    if at_work(now):
        return now
    here = timezone.localtime(now)
    day = here.date() if here.hour < OPENS else here.date() + timedelta(days=1)
    while not is_worked(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(OPENS), timezone.get_default_timezone())

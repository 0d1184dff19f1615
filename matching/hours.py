"""When we may write to people by ourselves: on working days, from 8 to 18, in Paris."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from matching.models import Frequency
from opportunities.workdays import is_worked

OPENS, CLOSES = time(8), time(18)
IMMEDIATE = timedelta(minutes=15)  # how long what is published waits, at most, within those hours


def is_open(now: datetime) -> bool:
    local = timezone.localtime(now)
    return is_worked(local.date()) and OPENS <= local.time() < CLOSES


def next_look(frequency: str, now: datetime) -> datetime | None:
    """When to look again after having looked now."""
    if frequency == Frequency.NONE:
        return None
    if frequency == Frequency.IMMEDIATE:
        return now + IMMEDIATE
    day = timezone.localdate(now) + timedelta(days=1)
    if frequency == Frequency.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)  # a Monday; when offices are shut, `is_open` makes it the next day
    while not is_worked(day):
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, timezone.get_default_timezone())

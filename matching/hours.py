"""When we may write to people by ourselves: on working days, from 8 to 18, in Paris."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from matching.models import Frequency
from pacte.workdays import OPENS, is_worked

IMMEDIATE = timedelta(minutes=15)  # how long what is published waits, at most, within those hours


def next_look(frequency: str, now: datetime) -> datetime | None:
    """When to look again after having looked now."""
    if frequency == Frequency.NONE:
        return None
    if frequency == Frequency.IMMEDIATE:
        return now + IMMEDIATE
    day = timezone.localdate(now) + timedelta(days=1)
    if frequency == Frequency.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)  # a Monday; when offices are shut, `at_work` makes it the next day
    while not is_worked(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(OPENS), timezone.get_default_timezone())

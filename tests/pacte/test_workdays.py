from datetime import date, datetime

import pytest
from django.utils import timezone

from pacte.workdays import add_workdays, easter, is_worked, opening


@pytest.mark.parametrize(
    "day", [date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)]
)
def test_easter(day):
    assert easter(day.year) == day


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 11, 23), 2, date(2026, 11, 25)),  # Monday → Wednesday
        (date(2026, 11, 27), 2, date(2026, 12, 1)),  # Friday → Tuesday
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # Saturday → Monday
        (date(2026, 12, 24), 2, date(2026, 12, 29)),  # Christmas is a Friday
        (date(2026, 5, 13), 1, date(2026, 5, 15)),  # Ascension
        (date(2026, 5, 22), 1, date(2026, 5, 26)),  # Whit Monday
    ],
)
def test_working_days_leave_out_weekends_and_holidays(day, count, due):
    assert add_workdays(day, count) == due


def test_easter_monday_is_not_worked():
    assert not is_worked(date(2026, 4, 6))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-12-24 17:59", "2026-12-24 17:59"),
        ("2026-12-24 18:00", "2026-12-28 08:00"),  # Christmas, then a weekend
        ("2026-10-24 12:00", "2026-10-26 08:00"),  # the hour changes on that Sunday
        ("2026-11-24 00:01", "2026-11-24 08:00"),
        ("2026-11-29 07:59", "2026-11-30 08:00"),
    ],
)
def test_what_is_written_when_offices_are_shut_waits_until_they_open(now, opens):
    paris = timezone.get_default_timezone()
    moment, then = (datetime.fromisoformat(one).replace(tzinfo=paris) for one in (now, opens))

    assert opening(moment) == then

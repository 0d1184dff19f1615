from datetime import date

import pytest

from pacte.workdays import add_workdays, easter, is_worked


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

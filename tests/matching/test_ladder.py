"""The answer ladder reckoned: dates in, a rung out."""

from datetime import date, timedelta

import pytest

from matching.ladder import Clock, Pause, Rung, merged, quiet

SENT = date(2026, 9, 1)
PROMISED = date(2026, 11, 26)  # a Thursday


@pytest.mark.parametrize(
    ("today", "rung"),
    [
        (date(2026, 11, 20), None),
        (date(2026, 11, 23), Rung.SOON),
        (date(2026, 11, 25), Rung.SOON),
        (date(2026, 11, 26), Rung.DUE),
        (date(2026, 11, 28), None),  # a Saturday
        (date(2026, 11, 30), Rung.DUE),
        (date(2026, 12, 1), Rung.LATE),
        (date(2026, 12, 4), Rung.LATE),
        (date(2026, 12, 7), Rung.STAFF),
        (date(2026, 12, 23), Rung.STAFF),
        (date(2026, 12, 24), Rung.LAST),
        (date(2026, 12, 25), None),  # Christmas
        (date(2027, 1, 29), Rung.LAST),
        (date(2027, 2, 1), Rung.END),
    ],
)
def test_each_rung_has_its_working_day(today, rung):
    assert Clock(PROMISED, SENT).reached(today) == rung


def test_a_promise_for_a_sunday_is_due_on_monday():
    clock = Clock(date(2026, 11, 29), SENT)

    assert [clock.reached(date(2026, 11, day)) for day in (27, 29, 30)] == [Rung.SOON, None, Rung.DUE]


def test_a_clock_stands_still_in_a_pause_and_takes_up_where_it_was():
    clock = Clock(PROMISED, SENT, (Pause(date(2026, 11, 30), date(2026, 12, 7)),))

    reached = [clock.reached(day) for day in (date(2026, 11, 27), date(2026, 12, 1), date(2026, 12, 7))]
    assert reached == [Rung.DUE, None, Rung.DUE]
    assert clock.reached(date(2026, 12, 8)) == Rung.LATE


def test_a_pause_over_the_promised_day_puts_it_off():
    clock = Clock(PROMISED, SENT, (Pause(date(2026, 11, 25), date(2026, 11, 27)),))

    assert [clock.reached(date(2026, 11, day)) for day in (24, 26, 27)] == [Rung.SOON, None, Rung.DUE]


@pytest.mark.parametrize(
    ("sent", "begins"), [(date(2026, 11, 20), PROMISED), (date(2026, 11, 24), date(2026, 11, 27))]
)
def test_what_is_sent_late_has_three_working_days_all_the_same(sent, begins):
    clock = Clock(PROMISED, sent)

    assert clock.begins == begins
    assert clock.reached(begins) == Rung.DUE
    assert clock.reached(begins - timedelta(days=1)) == (Rung.SOON if begins == PROMISED else None)


def test_nobody_is_reminded_within_three_working_days_of_an_act():
    act = date(2026, 11, 26)

    assert [quiet(act, date(2026, 11, 30)), quiet(act, date(2026, 12, 1)), quiet(None, act)] == [True, False, False]


def test_pauses_follow_from_moves_and_one_that_lasts_covers_today():
    moves = [(date(2026, 1, 5), True), (date(2026, 1, 6), True), (date(2026, 1, 9), False), (date(2026, 2, 2), True)]

    found = merged(moves, date(2026, 2, 10))

    assert found == [Pause(date(2026, 1, 5), date(2026, 1, 9)), Pause(date(2026, 2, 2), date(2026, 2, 11))]

"""Those who have not signed are written to: at once, a week before the day, after it; in office hours."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts import charters, signature_letters
from accounts.models import Email, Membership, Organisation
from matching import digest
from tests.accounts.test_charters import aged
from tests.factories import (
    CharterFactory,
    colleague,
    group_user,
    sme_user,
)

PARIS = ZoneInfo("Europe/Paris")


def at(day, hour=10):
    return datetime.combine(day, time(hour), PARIS)


SIGN_BY = date(2027, 4, 15)  # a Thursday


def waiting(user_of=group_user, **fields):
    """Someone of an organisation that was there before the version now in force."""
    user = aged(user_of())
    CharterFactory(kind=user.organisation.kind, in_force=True, sign_by=SIGN_BY, **fields)
    return user


@pytest.mark.parametrize(
    ("day", "template", "told"),
    [
        (date(2027, 3, 1), "signature_asked", "a jusqu'au 15 avril 2027"),
        (date(2027, 4, 8), "to_do", "a jusqu'au 15 avril 2027"),
        (date(2027, 4, 15), "to_do", "a jusqu'au 15 avril 2027"),
        (date(2027, 4, 16), "to_do", "ne peut plus déposer"),
    ],
)
def test_a_group_is_written_to_at_once_and_reminded_a_week_before_the_day_and_after_it(
    time_machine, day, template, told
):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    user = waiting()
    time_machine.move_to(at(day))

    for _ in range(2):
        signature_letters.ask_due()
        digest.run()

    [mail] = Email.objects.all()
    assert (mail.to, mail.template) == ([user.email], template)
    assert told in mail.text


def test_an_sme_is_reminded_of_new_conditions_in_its_own_words(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    waiting(sme_user)
    for day, told in [(8, "a jusqu'au 15 avril 2027"), (16, "ne peut plus candidater")]:
        time_machine.move_to(at(date(2027, 4, day)))
        digest.run()
        assert told in Email.objects.latest("pk").text


def test_over_the_whole_time_it_hears_three_times(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    waiting()
    day = date(2027, 3, 1)
    while day < date(2027, 7, 1):
        time_machine.move_to(at(day))
        signature_letters.ask_due()
        digest.run()
        day += timedelta(days=1)

    days = [timezone.localdate(mail.queued_at) for mail in Email.objects.order_by("pk")]
    assert days == [date(2027, 3, 1), date(2027, 4, 8), date(2027, 4, 16)]


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (at(date(2027, 3, 1), 7), 0),
        (at(date(2027, 3, 1), 8), 1),
        (at(date(2027, 3, 1), 18), 0),
        (at(date(2027, 3, 6)), 0),  # a Saturday
        (at(date(2027, 3, 29)), 0),  # Easter Monday
    ],
)
def test_nobody_is_written_to_out_of_office_hours(time_machine, moment, written):
    time_machine.move_to(at(date(2027, 3, 1), 1))
    waiting()
    time_machine.move_to(moment)

    assert signature_letters.ask_due() == written


def test_who_signed_who_came_after_and_whose_access_ended_hear_nothing(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    user = waiting()
    charters.sign("group", charters.in_force("group").version, by=user)
    time_machine.move_to(at(date(2027, 3, 1)))
    group_user()
    ended = aged(group_user())
    Organisation.objects.filter(pk=ended.organisation.pk).update(state="suspended")

    assert signature_letters.ask_due() == 0


def test_of_an_sme_the_first_who_administers_hears(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    user = waiting(sme_user)
    colleague(user, role=Membership.Role.ADMIN)
    time_machine.move_to(at(date(2027, 3, 1)))

    signature_letters.ask_due()

    assert [mail.to for mail in Email.objects.all()] == [[user.email]]

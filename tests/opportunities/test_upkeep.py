"""What becomes of posts that nobody looks after: asked about, then taken out of the lists, or drafts again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Email
from matching import digest
from opportunities import moderation
from opportunities.models import Opportunity
from opportunities.tasks import keep_up
from pacte.states import StateError
from tests.factories import OpportunityFactory, UserFactory, group_user

State = Opportunity.State
PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 9, 1, 10, tzinfo=PARIS)  # a Tuesday


@pytest.fixture
def after(time_machine):
    """`after(days)` is that many days after the start, at ten; what is due then happens."""

    def move(days, hour=10):
        time_machine.move_to((START + timedelta(days=days)).replace(hour=hour), tick=False)
        digest.run()
        keep_up()

    time_machine.move_to(START, tick=False)
    return move


@pytest.fixture
def person(after):
    return group_user()


def posted(person, **fields):
    return OpportunityFactory(
        owner=person.organisation, created_by=person, contact_email="contact@example.com", title="Vannes", **fields
    )


@pytest.fixture
def undated(person):
    return posted(person, published=True, apply_by=None, answer_by=None)


@pytest.fixture
def sent_back(person):
    opportunity = posted(person, submitted=True)
    moderation.request_changes(opportunity, by=UserFactory(staff=True), comments=[("", "Précisez le besoin.")])
    Email.objects.all().delete()
    return opportunity


def state_of(opportunity):
    return Opportunity.objects.get(pk=opportunity.pk).state


def mails():
    return list(Email.objects.order_by("pk").values_list("template", flat=True))


def test_an_undated_post_is_asked_about_after_a_month_once(after, undated):
    after(29)
    assert mails() == []

    after(30)
    after(31)

    (mail,) = Email.objects.all()
    assert (mail.template, mail.to) == ("to_do", ["contact@example.com"])
    assert "Toujours d'actualité\xa0?" in mail.text
    assert "Vannes" in mail.text


def test_confirmed_it_is_asked_about_a_month_later(after, undated, person):
    after(30)
    moderation.confirm(undated, by=person)
    after(47)
    assert state_of(undated) == State.PUBLISHED

    after(59)
    assert mails() == ["to_do"]
    after(62)  # a month is over on a Saturday: on Monday

    assert mails() == ["to_do", "to_do"]


def test_unconfirmed_for_fifteen_days_it_is_suspended_by_nobody(after, undated):
    after(30)
    after(44)
    assert state_of(undated) == State.PUBLISHED

    after(45)
    after(48)

    assert state_of(undated) == State.SUSPENDED
    assert undated.history.get().actor is None
    assert set(mails()) == {"to_do", "opportunity_suspended"}


def test_its_group_puts_back_what_was_suspended_for_want_of_its_word(after, undated, person):
    after(30)
    after(45)

    moderation.confirm(undated, by=person)

    assert state_of(undated) == State.PUBLISHED
    after(48)
    assert state_of(undated) == State.PUBLISHED


def test_what_staff_suspended_its_group_does_not_put_back(undated, person):
    moderation.suspend(undated, by=UserFactory(staff=True), reason="Doute")

    with pytest.raises(StateError):
        moderation.confirm(undated, by=person)


def test_a_stop_of_the_clock_suspends_nothing_that_was_not_asked_about(after, undated):
    after(202)  # a Monday

    assert state_of(undated) == State.PUBLISHED
    assert mails() == ["to_do"]


def test_a_dated_one_is_never_asked_about(after, person):
    posted(person, published=True)

    after(30)

    assert mails() == []


def test_another_group_cannot_confirm(undated):
    with pytest.raises(PermissionDenied):
        moderation.confirm(undated, by=group_user())


def test_remarks_without_an_answer_are_recalled_after_five_days_then_it_is_a_draft(after, sent_back):
    after(3)
    assert mails() == []
    after(6)  # five days are over on a Sunday: on Monday
    after(7)
    assert (mails(), state_of(sent_back)) == (["to_do"], State.CHANGES_REQUESTED)

    after(10)
    after(13)

    assert state_of(sent_back) == State.DRAFT
    assert set(mails()) == {"to_do", "opportunity_back_to_draft"}


def test_asked_again_the_days_count_anew(after, sent_back, person):
    after(6)
    moderation.submit(sent_back, by=person)
    moderation.request_changes(sent_back, by=UserFactory(staff=True), comments=[("", "Encore un point.")])
    Email.objects.all().delete()

    after(10)
    assert (mails(), state_of(sent_back)) == ([], State.CHANGES_REQUESTED)
    after(13)

    assert mails() == ["to_do"]


@pytest.mark.parametrize("hour", [3, 7, 18])
def test_nothing_happens_at_night(after, undated, hour):
    after(30)
    after(45, hour)

    assert state_of(undated) == State.PUBLISHED

"""As many introductions as the group asked for; the next ones wait for a place, and get it in turn."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Absence, Email
from matching import introduce
from matching.models import Application, Introduction
from matching.tasks import settle_introductions
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, group_user

State = Application.State


@pytest.fixture
def decider():
    return group_user()


@pytest.fixture
def post(decider):
    return OpportunityFactory(published=True, owner=decider.organisation, created_by=decider, capacity=1)


@pytest.fixture
def full(post, decider):
    """The introduction that takes the one place, and two that wait, the second one first."""
    taker, second, first = ApplicationFactory.create_batch(3, sent=True, opportunity=post)
    introduction = introduce.accept(taker, by=decider)
    introduce.accept(first, by=decider, message="Dès que possible.")
    introduce.accept(second, by=decider)
    return introduction, first, second


def states(*applications):
    return [Application.objects.get(pk=one.pk).state for one in applications]


def test_beyond_the_capacity_an_accepted_one_waits_and_is_told(full):
    _introduction, first, second = full

    assert states(first, second) == [State.WAITLISTED] * 2
    assert Introduction.objects.count() == 1
    told = Email.objects.filter(template="application_waitlisted").order_by("pk")
    assert [mail.to for mail in told] == [[first.contact.email], [second.contact.email]]


def test_a_place_that_frees_goes_to_who_waits_longest_with_the_group_s_word(full):
    introduction, first, second = full
    introduce.cancel(introduction, by=UserFactory(staff=True), reason="Conflit")

    settle_introductions()
    settle_introductions()

    assert states(first, second) == [State.ACCEPTED, State.WAITLISTED]
    mail = Email.objects.get(introduction__application=first)
    assert mail.to[0] == first.contact.email
    assert "Dès que possible." in mail.text


def test_a_greater_capacity_lets_them_all_in(full, post):
    _introduction, first, second = full
    Opportunity.objects.update(capacity=3)

    settle_introductions()

    assert states(first, second) == [State.ACCEPTED] * 2


@pytest.mark.parametrize("why", ["no place", "suspended opportunity", "suspended company", "suspended group"])
def test_nobody_gets_a_place_that_is_not_there(full, post, why):
    introduction, first, second = full
    staff = UserFactory(staff=True)
    if why != "no place":
        introduce.cancel(introduction, by=staff, reason="Conflit")
    if why == "suspended opportunity":
        post.suspend(by=staff, reason="Doute")
    if why == "suspended group":
        post.owner.suspend(by=staff, reason="Doute")
    if why == "suspended company":
        for one in (first, second):
            one.company.suspend(by=staff, reason="Doute")

    settle_introductions()

    assert states(first, second) == [State.WAITLISTED] * 2


def test_one_that_waits_cannot_be_accepted_again_while_all_is_taken(full, decider):
    _introduction, first, _second = full

    with pytest.raises(StateError):
        introduce.accept(first, by=decider)


def test_while_the_contact_is_away_the_deputy_is_put_in_touch(post, decider):
    today = timezone.localdate()
    Absence.objects.create(organisation=post.owner, email=post.contact_email, first_day=today, last_day=today)
    application = ApplicationFactory(sent=True, opportunity=post)

    email = introduce.accept(application, by=decider).email

    assert (email.to, email.cc) == ([application.contact.email, post.deputy_email], [post.contact_email])
    assert post.deputy_name in email.text


@pytest.mark.django_db(transaction=True)
def test_of_two_accepted_at_once_for_the_last_place_one_waits():
    decider = group_user()
    post = OpportunityFactory(published=True, owner=decider.organisation, created_by=decider, capacity=1)
    applications = ApplicationFactory.create_batch(2, sent=True, opportunity=post)
    start = threading.Barrier(2)

    def accept(application):
        start.wait()
        try:
            introduce.accept(Application.objects.get(pk=application.pk), by=decider)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[one]) for one in applications]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(states(*applications)) == [State.ACCEPTED, State.WAITLISTED]
    assert Introduction.objects.count() == 1

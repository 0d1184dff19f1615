import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, consent
from matching.models import Application
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

PARIS = ZoneInfo("Europe/Paris")
State = Application.State


def mails():
    return [(email.template, email.to) for email in Email.objects.order_by("pk")]


def test_starting_makes_one_draft_and_the_colleague_finds_it():
    opportunity, user = OpportunityFactory(published=True), sme_user()

    first, created = apply.start(opportunity, user)
    second, again = apply.start(opportunity, colleague(user))

    assert (first, created, again) == (second, True, False)
    assert (first.state, first.company, first.contact) == (State.DRAFT, user.organisation, user)


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_start_at_once_and_share_one_draft():
    opportunity, user = OpportunityFactory(published=True), sme_user()
    people, barrier, results = [user, colleague(user)], threading.Barrier(2), []

    def begin(person):
        barrier.wait()
        results.append(apply.start(Opportunity.objects.get(pk=opportunity.pk), person))
        connection.close()

    threads = [threading.Thread(target=begin, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(created for _application, created in results) == [False, True]
    assert Application.objects.count() == 1


def test_only_those_who_may_edit_for_an_active_sme_can_start():
    opportunity = OpportunityFactory(published=True)
    reader = colleague(sme_user(), role=Membership.Role.READER)

    for user in (group_user(), reader, UserFactory(), UserFactory(staff=True)):
        with pytest.raises(PermissionDenied):
            apply.start(opportunity, user)
    with pytest.raises(StateError):
        apply.start(opportunity, sme_user(suspended=True))

    assert not Application.objects.exists()


def test_nobody_applies_to_their_own_groups_opportunity():
    user = sme_user()
    opportunity = OpportunityFactory(published=True)
    MembershipFactory(user=user, organisation=opportunity.owner)

    with pytest.raises(StateError, match="propre groupe"):
        apply.start(opportunity, user)


def test_sending_freezes_the_profile_and_tells_both_sides():
    application = ApplicationFactory(opportunity__deputy_email="adjoint@example.com")
    profile = application.company.sme_profile
    profile.products, profile.sectors = "Vannes de régulation", ["eau"]
    profile.save()
    profile.references.create(title="Station de Rabat", place="MA", year=2023)
    profile.references.create(title="Affaire gardée secrète", shareable=False)

    apply.send(application, by=application.contact, consented=True)
    profile.products = "Tout autre chose"
    profile.save()

    application.refresh_from_db()
    assert application.state == State.SENT
    assert application.sent_at == application.consent_at
    assert application.consent_version == consent.VERSION
    assert application.snapshot["profile"]["products"] == "Vannes de régulation"
    assert [one["title"] for one in application.snapshot["references"]] == ["Station de Rabat"]
    assert application.snapshot["consent"].startswith("J'accepte que")
    for detail in (application.contact.email, application.contact.last_name):
        assert detail not in str(application.snapshot)
    assert mails() == [
        ("application_received", [application.contact.email]),
        ("application_arrived", [application.opportunity.contact_email]),
    ]
    assert Email.objects.get(template="application_arrived").cc == ["adjoint@example.com"]


@pytest.mark.parametrize(
    ("changes", "consented", "said"),
    [
        ({}, False, "accord"),
        ({"pitch": " "}, True, "quelques lignes"),
        ({"contact": None}, True, "personne à contacter"),
    ],
)
def test_an_unfinished_application_does_not_leave(changes, consented, said):
    application = ApplicationFactory()
    user = application.contact
    Application.objects.update(**changes)

    with pytest.raises(StateError, match=said):
        apply.send(application, by=user, consented=consented)

    application.refresh_from_db()
    assert (application.state, mails()) == (State.DRAFT, [])


def test_the_contact_must_work_there():
    application = ApplicationFactory()
    sender = colleague(application.contact, role=Membership.Role.ADMIN)
    application.contact.memberships.update(ended_at=timezone.now())

    with pytest.raises(StateError, match="personne à contacter"):
        apply.send(application, by=sender, consented=True)


def test_sending_twice_sends_once():
    application = ApplicationFactory()
    apply.send(application, by=application.contact, consented=True)

    with pytest.raises(StateError):
        apply.send(application, by=application.contact, consented=True)

    assert len(mails()) == 2


LAST_DAY = datetime(2026, 3, 29, tzinfo=PARIS)  # the clocks change that very day


@pytest.mark.parametrize(
    ("now", "begun", "sent"),
    [
        (LAST_DAY + timedelta(hours=22), timedelta(hours=-1), True),
        (datetime(2026, 3, 29, 23, 59, 59, tzinfo=PARIS), timedelta(), True),
        (datetime(2026, 3, 30, 0, 14, 59, tzinfo=PARIS), timedelta(hours=-1), True),
        (datetime(2026, 3, 30, 0, 15, tzinfo=PARIS), timedelta(hours=-1), False),
        (datetime(2026, 3, 30, 0, 5, tzinfo=PARIS), timedelta(minutes=-1), False),
    ],
    ids=["last day", "last second", "grace", "after the grace", "begun too late"],
)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed by the clock"])
def test_the_last_day_counts_whole_in_paris_with_a_quarter_of_an_hour_for_drafts(now, begun, sent, closed):
    midnight = datetime(2026, 3, 30, tzinfo=PARIS)
    application = ApplicationFactory(opportunity__apply_by=LAST_DAY.date(), opportunity__answer_by=None)
    Application.objects.update(created_at=now + begun)
    if closed and now >= midnight:
        Opportunity.objects.update(state="closed", closed_at=midnight)

    with time_machine.travel(now, tick=False):
        if sent:
            apply.send(application, by=application.contact, consented=True)
        else:
            with pytest.raises(StateError, match="ne reçoit plus"):
                apply.send(application, by=application.contact, consented=True)

    application.refresh_from_db()
    assert application.state == (State.SENT if sent else State.DRAFT)


@pytest.mark.parametrize("state", ["suspended", "closed", "withdrawn"])
def test_an_opportunity_that_stopped_takes_no_application(state):
    application = ApplicationFactory()
    Opportunity.objects.update(state=state, closed_at=timezone.now())

    with pytest.raises(StateError):
        apply.send(application, by=application.contact, consented=True)


def test_withdrawing_tells_the_group_and_the_company_may_come_back():
    application = ApplicationFactory()
    user = application.contact
    apply.send(application, by=user, consented=True)

    apply.withdraw(application, by=user)
    again, created = apply.start(application.opportunity, user)
    apply.send(again, by=user, consented=True)

    assert (again, created) == (application, False)
    assert [template for template, _to in mails()] == [
        "application_received",
        "application_arrived",
        "application_withdrawn",
        "application_received",
        "application_arrived",
    ]


def test_withdrawing_a_draft_tells_nobody():
    application = ApplicationFactory()

    apply.withdraw(application, by=application.contact)

    assert (application.state, mails()) == (State.WITHDRAWN, [])

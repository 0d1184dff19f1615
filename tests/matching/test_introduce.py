import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import Email, Membership
from matching import introduce
from matching.models import Application, Introduction
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

State = Introduction.State


@pytest.fixture
def decider():
    return group_user()


@pytest.fixture
def application(decider):
    return ApplicationFactory(
        sent=True,
        opportunity=OpportunityFactory(published=True, owner=decider.organisation, deputy_email="d@example.com"),
    )


def test_acceptance_writes_one_introduction_and_one_mail_to_both(decider, application):
    introduction = introduce.accept(application, by=decider, message="Au plaisir.")

    email, opportunity = introduction.email, application.opportunity
    both = [application.contact.email, opportunity.contact_email]
    assert (application.state, introduction.state, email.state) == ("accepted", "pending", "queued")
    assert (email.to, email.cc, email.reply_to) == (both, ["d@example.com"], both)
    for body in (email.text, email.html):
        assert "Au plaisir." in body
        assert opportunity.owner.name in body
        assert application.company.name in body
    assert [(move.before, move.after, move.actor) for move in application.history.all()] == [
        ("sent", "accepted", decider)
    ]


def test_the_preview_is_the_mail_but_for_the_person_that_only_the_mail_names(decider, application):
    person = application.contact
    shown = introduce.preview(application, by=decider, message="Au plaisir.")

    email = introduce.accept(application, by=decider, message="Au plaisir.").email

    hidden = email.text.replace(str(person), "[personne à contacter]")
    assert shown["text"] == hidden.replace(person.email, "[coordonnées transmises à l'envoi]")
    assert shown["subject"] == email.subject
    assert not {person.email, str(person)} & set(shown["text"].split())


def test_accepting_twice_is_refused_and_changes_nothing(decider, application):
    introduce.accept(application, by=decider)

    with pytest.raises(StateError):
        introduce.accept(application, by=colleague(decider))

    assert (Introduction.objects.count(), Email.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_people_accept_at_once_and_one_introduction_is_made(decider, application):
    second, start, results = colleague(decider), threading.Barrier(2), []

    def accept(user):
        start.wait()
        try:
            results.append(introduce.accept(Application.objects.get(pk=application.pk), by=user).pk)
        except StateError as error:
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[user]) for user in (decider, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {type(result) for result in results} == {int, str}
    assert (Introduction.objects.count(), Email.objects.count()) == (1, 1)


def test_only_the_group_that_posted_may_accept_and_never_a_reader_nor_its_own_company(decider, application):
    both_sides = colleague(decider)
    MembershipFactory(user=both_sides, organisation=application.company)
    refused = [
        group_user(),
        sme_user(),
        UserFactory(staff=True),
        colleague(decider, role=Membership.Role.READER),
        both_sides,
    ]

    for user in refused:
        with pytest.raises(PermissionDenied):
            introduce.accept(application, by=user)

    assert not Introduction.objects.exists()


def test_a_suspended_opportunity_or_company_is_not_introduced(decider, application):
    application.opportunity.suspend(by=None, reason="signalée")

    with pytest.raises(StateError):
        introduce.accept(application, by=decider)

    application.opportunity.publish(by=None)
    application.company.suspend(by=None, reason="signalée")
    with pytest.raises(StateError):
        introduce.accept(application, by=decider)


def test_the_contact_who_left_is_replaced(decider, application):
    successor = MembershipFactory(organisation=application.company)
    application.contact.memberships.update(ended_at="2026-01-01T00:00Z")

    email = introduce.accept(application, by=decider).email

    assert email.to[0] == successor.user.email


def test_the_mail_is_english_only_when_both_read_english(decider, application):
    application.contact.language = "en"
    application.contact.save()
    assert introduce.preview(application, by=decider)["subject"].startswith("Mise en relation")
    UserFactory(email=application.opportunity.contact_email, language="en")

    assert introduce.accept(application, by=decider).email.language == "en"

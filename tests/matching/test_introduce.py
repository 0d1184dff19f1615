import threading

import pytest
from django.core import mail as outbox
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import Email, Membership
from accounts.tasks import deliver
from matching import introduce
from matching.models import Application, Introduction
from matching.tasks import settle_introductions
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


def sent(introduction):
    deliver(introduction.email_id)
    introduce.settle()
    introduction.refresh_from_db()


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


def test_settling_copies_the_mails_fate_once(decider, application):
    introduction = introduce.accept(application, by=decider)
    settle_introductions()
    introduction.refresh_from_db()
    assert introduction.state == State.PENDING

    deliver(introduction.email_id)
    settle_introductions()
    settle_introductions()

    introduction.refresh_from_db()
    introduction.email.refresh_from_db()
    assert (introduction.state, introduction.sent_at) == (State.SENT, introduction.email.sent_at)
    assert [move.after for move in introduction.history.all()] == ["sent"]
    assert [message.to for message in outbox.outbox] == [introduction.email.to]


def test_a_failed_mail_can_be_retried_to_the_mended_address(decider, application):
    staff, introduction = UserFactory(staff=True), introduce.accept(application, by=decider)
    Email.objects.filter(pk=introduction.email_id).update(state="failed", error="550 unknown")
    introduce.settle()
    introduction.refresh_from_db()
    assert (introduction.state, introduction.history.get().reason) == (State.FAILED, "550 unknown")
    application.contact.email = "nouvelle@example.com"
    application.contact.save()

    introduce.retry(introduction, by=staff)
    sent(introduction)

    assert introduction.state == State.SENT
    assert outbox.outbox[0].to == ["nouvelle@example.com", application.opportunity.contact_email]


@pytest.mark.parametrize("act", ["retry", "cancel"])
def test_what_staff_do_to_the_mail_alone_reaches_the_introduction(decider, application, act):
    introduction = introduce.accept(application, by=decider)
    Email.objects.filter(pk=introduction.email_id).update(state="failed")
    introduce.settle()
    getattr(Email.objects.get(), act)()

    introduce.settle()
    introduce.settle()

    introduction.refresh_from_db()
    assert introduction.state == {"retry": State.PENDING, "cancel": State.CANCELLED}[act]


def test_a_held_introduction_leaves_only_once_released(decider, application):
    staff, introduction = UserFactory(staff=True), introduce.accept(application, by=decider)

    introduce.hold(introduction, by=staff, reason="Sanctions à vérifier.")
    sent(introduction)
    assert (introduction.state, outbox.outbox) == (State.HELD, [])

    introduce.release(introduction, by=staff)
    sent(introduction)
    assert (introduction.state, len(outbox.outbox)) == (State.SENT, 1)


def test_a_sent_introduction_can_no_longer_be_stopped(decider, application):
    staff, introduction = UserFactory(staff=True), introduce.accept(application, by=decider)
    deliver(introduction.email_id)  # not settled yet

    for act in (introduce.hold, introduce.cancel):
        with pytest.raises(StateError):
            act(introduction, by=staff, reason="trop tard")

    introduction.refresh_from_db()
    assert introduction.state == State.PENDING


def test_only_staff_hold_release_retry_and_cancel(decider, application):
    introduction = introduce.accept(application, by=decider)

    for act, extra in [
        (introduce.hold, {"reason": "x"}),
        (introduce.release, {}),
        (introduce.retry, {}),
        (introduce.cancel, {"reason": "x"}),
    ]:
        with pytest.raises(PermissionDenied):
            act(introduction, by=decider, **extra)


def test_consent_withdrawn_before_the_mail_stops_it_and_tells_the_group(decider, application):
    introduction = introduce.accept(application, by=decider)

    introduce.withdraw_consent(application, by=application.contact)

    sent(introduction)
    mails = Email.objects.exclude(pk=introduction.email_id)
    assert introduction.state == State.CANCELLED
    assert [(mail.template, mail.to) for mail in mails] == [
        ("application_withdrawn", [application.opportunity.contact_email])
    ]


def test_consent_withdrawn_after_the_mail_is_too_late(decider, application):
    introduction = introduce.accept(application, by=decider)
    sent(introduction)

    with pytest.raises(StateError):
        introduce.withdraw_consent(application, by=application.contact)


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("after", State.values)
def test_an_introduction_moves_as_its_table_says(before, after, decider, application):
    introduction = introduce.accept(application, by=decider)
    Introduction.objects.update(state=before, sent_at="2026-01-01T00:00Z")
    introduction.refresh_from_db()

    if after in Introduction.MOVES[before]:
        introduction.move(after, by=None)
        assert introduction.state == after
    else:
        with pytest.raises(StateError):
            introduction.move(after, by=None)


@pytest.mark.parametrize("rows", [1, 3])
def test_sending_an_introduction_takes_two_queries_and_settling_two_more(rows, django_assert_num_queries):
    decider = group_user()
    opportunity = OpportunityFactory(published=True, owner=decider.organisation)
    made = [introduce.accept(ApplicationFactory(sent=True, opportunity=opportunity), by=decider) for _ in range(rows)]

    with django_assert_num_queries(4 * rows):  # lock, update; and the savepoint that stands for BEGIN and COMMIT
        for introduction in made:
            deliver(introduction.email_id)
    with django_assert_num_queries(3 + 4 * rows):
        introduce.settle()

    assert Introduction.objects.filter(state=State.SENT).count() == rows

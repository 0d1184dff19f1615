import pytest
from django.core import mail as outbox
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts import mail
from accounts.models import Email
from accounts.tasks import deliver
from matching import introduce
from matching.models import Introduction
from matching.tasks import settle_introductions
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
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
    Email.objects.filter(pk=introduction.email_id).update(state="failed", error="TimeoutError: timed out")
    introduce.settle()
    introduction.refresh_from_db()
    assert (introduction.state, introduction.history.get().reason) == (
        State.FAILED,
        "Notre serveur d'envoi n'a pas répondu.",
    )
    application.contact.email = "nouvelle@example.com"
    application.contact.save()

    introduce.retry(introduction, by=staff)
    sent(introduction)

    assert introduction.state == State.SENT
    assert outbox.outbox[0].to == ["nouvelle@example.com", application.opportunity.contact_email]


def news(introduction):
    """Who is written to of what becomes of it, and what."""
    mails = Email.objects.filter(template="introduction_news").order_by("pk")
    return [(mail.to, mail.text) for mail in mails if mail.about == introduction.email.about]


def refused(introduction, *addresses):
    Email.objects.filter(pk=introduction.email_id).update(state="failed", error="550", refused=addresses)
    introduce.settle()
    introduction.refresh_from_db()


def test_hard_bounce_on_introduction_the_groups_deputy_is_mailed_and_the_sme_told_without_the_address(
    decider, application
):
    introduction = introduce.accept(application, by=decider)
    lost = application.opportunity.contact_email

    refused(introduction, lost)
    introduce.settle()  # twice: nobody is told twice

    (sme, said), (deputy, asked) = news(introduction)
    assert (sme, deputy) == ([application.contact.email], ["d@example.com"])
    assert "en cours de vérification" in said
    assert lost not in said
    assert f"n'a pas pu être remis à {lost}" in asked
    assert (introduction.state, mail.unreachable([lost])) == (State.FAILED, {lost})  # the staff's queue has it


def test_hard_bounce_on_introduction_the_smes_administrators_are_mailed_and_the_group_told_without_the_address(
    decider, application
):
    other = colleague(application.contact, role="admin")
    introduction = introduce.accept(application, by=decider)
    lost = application.contact.email

    refused(introduction, lost)

    (sme, asked), (group, said) = news(introduction)
    assert (sme, group) == ([other.email], [application.opportunity.contact_email, "d@example.com"])
    assert "en cours de vérification" in said
    assert lost not in said
    assert f"n'a pas pu être remis à {lost}" in asked


def test_a_server_that_took_nothing_for_a_day_is_told_to_both_as_a_delay(decider, application):
    introduction = introduce.accept(application, by=decider)

    refused(introduction)

    assert [to for to, said in news(introduction) if "en cours de vérification" in said] == [
        [application.contact.email],
        [application.opportunity.contact_email, "d@example.com"],
    ]


def test_what_staff_hold_and_stop_is_told_to_both_without_their_reason(decider, application):
    staff, introduction = UserFactory(staff=True), introduce.accept(application, by=decider)
    both = [[application.contact.email], [application.opportunity.contact_email, "d@example.com"]]

    introduce.hold(introduction, by=staff, reason="Sanctions à vérifier.")
    assert [to for to, said in news(introduction) if "vérifie un point" in said] == both

    introduce.cancel(introduction, by=staff, reason="Sanctions avérées.")
    assert [to for to, said in news(introduction) if "a annulé" in said] == both
    assert not any("Sanctions" in said for _to, said in news(introduction))


@pytest.mark.parametrize("act", ["retry", "cancel"])
def test_what_staff_do_to_the_mail_alone_reaches_the_introduction(decider, application, act):
    introduction = introduce.accept(application, by=decider)
    Email.objects.filter(pk=introduction.email_id).update(state="failed")
    introduce.settle()
    getattr(Email.objects.get(pk=introduction.email_id), act)()

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


def test_consent_withdrawn_after_introduction_is_recorded_and_the_group_asked_to_delete_once(
    client, decider, application
):
    introduction = introduce.accept(application, by=decider)
    sent(introduction)
    client.force_login(application.contact)
    url = reverse("matching:application_withdraw", args=[application.pk])
    assert "Retirer mon accord" in client.get(url).text

    said = [client.post(url, {"reason": ""}, follow=True).text for _ in range(2)]

    introduction.refresh_from_db()
    assert "prié d&#x27;effacer" in said[0]
    assert "déjà retiré" in said[1]
    assert introduction.state == State.SENT
    assert introduction.consent_withdrawn_at
    assert [mail.to for mail in Email.objects.filter(template="delete_asked")] == [
        [application.opportunity.contact_email]
    ]
    assert not Introduction.objects.followed().exists()  # no further mail
    client.force_login(decider)
    page = client.get(reverse("matching:application_review", args=[application.pk])).text
    assert "a retiré son accord" in page
    assert application.contact.email not in page


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
def test_sending_an_introduction_takes_two_queries_and_settling_six_more(rows, django_assert_num_queries):
    decider = group_user()
    opportunity = OpportunityFactory(published=True, owner=decider.organisation)
    made = [introduce.accept(ApplicationFactory(sent=True, opportunity=opportunity), by=decider) for _ in range(rows)]

    with django_assert_num_queries(4 * rows):  # lock, update; and the savepoint that stands for BEGIN and COMMIT
        for introduction in made:
            deliver(introduction.email_id)
    with django_assert_num_queries(5 + 8 * rows):
        introduce.settle()

    assert Introduction.objects.filter(state=State.SENT).count() == rows

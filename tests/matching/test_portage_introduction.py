"""The mail that puts both sides of a portage in touch: its fate is the introduction's, and people are told."""

from smtplib import SMTPRecipientsRefused

import pytest
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import figures, portage, portage_introduction
from matching.models import PortageIntroduction
from pacte import backoffice
from pacte.states import StateError
from tests.factories import (
    OrganisationFactory,
    PortageAnswerFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
)

pytestmark = pytest.mark.django_db
State = PortageIntroduction.State


@pytest.fixture
def accepted():
    """(introduction, its SME's person, its group's)."""
    by = group_user(profile__places=["MA"])
    answer = PortageAnswerFactory(group=by.organisation)
    portage.accept(answer.request, by=by, message="Bienvenue.")
    return PortageIntroduction.objects.get(), answer.request.contact, by


def fail(introduction, address):
    email = introduction.answer.email
    refused = SMTPRecipientsRefused({address: (550, b"no such user")})
    Email.objects.filter(pk=email.pk).update(state="failed", error=str(refused), refused=[address], sent_at=None)
    portage_introduction.settle()
    introduction.refresh_from_db()


def deliver(introduction):
    Email.objects.filter(pk=introduction.answer.email_id).update(state="sent", sent_at=timezone.now())
    portage_introduction.settle()
    introduction.refresh_from_db()


def mails(event):
    rows = Email.objects.filter(key__startswith=f"portage-introduction-{event}:")
    return {email.key.rpartition(":")[2]: (email.to, email.text) for email in rows}


def test_it_is_sent_when_its_mail_is_and_not_at_the_yes(accepted, client):
    introduction, sme, by = accepted
    client.force_login(sme)
    page = reverse("matching:portage_status", args=[introduction.answer.request_id])
    before = client.get(page).content.decode()

    deliver(introduction)
    portage_introduction.settle()
    after = client.get(page).content.decode()

    assert introduction.state == State.SENT
    assert introduction.sent_at
    assert (by.organisation.name in before, by.organisation.name in after) == (False, True)
    assert "part à l&#x27;instant" in before
    assert [(move.before, move.after) for move in introduction.history.all()] == [("pending", "sent")]


def test_a_hard_failure_reaches_the_staff_s_queue_and_both_sides_without_the_address(accepted):
    introduction, sme, by = accepted
    deputy = colleague(by, role="admin")
    [queue] = [one for one in backoffice.queues() if one.rows == PortageIntroduction.objects.failed]

    fail(introduction, by.email)
    portage_introduction.settle()

    told = mails("undelivered")
    assert introduction.state == State.FAILED
    assert queue.summary()["count"] == 1
    assert {side: to for side, (to, _text) in told.items()} == {"sme": [sme.email], "group": [deputy.email]}
    assert (by.email in told["sme"][1], by.email in told["group"][1]) == (False, True)


def test_its_own_side_hears_of_an_sme_s_bad_address_and_the_group_that_it_is_being_checked(accepted):
    introduction, sme, by = accepted

    fail(introduction, sme.email)

    told = mails("undelivered")
    assert {side: to for side, (to, _text) in told.items()} == {"group": [by.email]}  # nobody else at the SME
    assert sme.email not in told["group"][1]


def test_staff_hold_it_release_it_and_it_leaves(accepted):
    introduction, sme, by = accepted
    staff = UserFactory(staff=True)

    portage_introduction.hold(introduction, by=staff, reason="Vérifier les sanctions.")
    held = Email.objects.get(pk=introduction.answer.email_id).state
    portage_introduction.release(introduction, by=staff)

    assert held == "held"
    assert set(mails("held-")) <= {"sme", "group"}
    assert {one.to[0] for one in Email.objects.filter(key__startswith="portage-introduction-held")} == {
        sme.email, by.email
    }  # fmt: skip
    assert Email.objects.get(pk=introduction.answer.email_id).state == "queued"


def test_a_failed_one_is_sent_again_to_who_is_there_today(accepted):
    introduction, sme, by = accepted
    stays, staff = colleague(by, role="admin"), UserFactory(staff=True)
    fail(introduction, by.email)
    by.memberships.update(ended_at=timezone.now())

    portage_introduction.retry(introduction, by=staff)

    email = Email.objects.get(pk=introduction.answer.email_id)
    assert (email.state, email.to) == ("queued", [sme.email, stays.email])
    assert "Bienvenue." in email.text
    assert introduction.state == State.PENDING


def test_a_cancelled_one_never_leaves_and_both_hear_it(accepted):
    introduction, sme, by = accepted

    portage_introduction.cancel(introduction, by=UserFactory(staff=True), reason="Plainte.")

    assert Email.objects.get(pk=introduction.answer.email_id).state == "cancelled"
    assert {side: to for side, (to, _text) in mails("cancelled").items()} == {"sme": [sme.email], "group": [by.email]}


def test_its_company_reads_no_introduction_where_staff_cancelled_it(accepted, client):
    introduction, sme, _by = accepted
    client.force_login(sme)
    pages = [reverse("matching:portage_requests"), introduction.answer.request.get_absolute_url()]
    before = [client.get(page).text for page in pages]

    portage_introduction.cancel(introduction, by=UserFactory(staff=True), reason="Plainte.")

    after = [client.get(page).text for page in pages]
    assert all(">mise en relation<" in page for page in before)
    assert all(">mise en relation annulée<" in page and ">mise en relation<" not in page for page in after)
    assert "Mise en relation annulée" in after[1]  # among its steps too
    assert "Mise en relation<" not in after[1]


ACTS = {
    "hold": lambda row, by: portage_introduction.hold(row, by=by, reason="x"),
    "release": lambda row, by: portage_introduction.release(row, by=by),
    "retry": lambda row, by: portage_introduction.retry(row, by=by),
    "cancel": lambda row, by: portage_introduction.cancel(row, by=by, reason="x"),
}
MAIL = {"pending": "queued"}
FROM = {"hold": {"pending"}, "release": {"held"}, "retry": {"failed"}, "cancel": {"pending", "held", "failed"}}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", State.values)
def test_each_act_of_the_staff_from_each_state_does_it_or_refuses(accepted, state, act):
    introduction, _sme, by = accepted
    at = timezone.now() if state == "sent" else None
    PortageIntroduction.objects.update(state=state, sent_at=at)
    Email.objects.filter(pk=introduction.answer.email_id).update(state=MAIL.get(state, state), sent_at=at)

    with pytest.raises(PermissionDenied):
        ACTS[act](introduction, by)
    if state in FROM[act]:
        ACTS[act](introduction, UserFactory(staff=True))
        assert introduction.state != state
    else:
        with pytest.raises(StateError):
            ACTS[act](introduction, UserFactory(staff=True))
        introduction.refresh_from_db()
        assert introduction.state == state


def test_the_public_figures_count_those_that_arrived(accepted):
    caches["pages"].clear()
    introduction, _sme, _by = accepted
    before = figures.count()

    deliver(introduction)

    after = figures.count()
    assert [(one["introductions"], one["introduced"]) for one in (before, after)] == [(0, 0), (1, 1)]


def test_the_staff_s_page_offers_what_its_state_allows(accepted, client):
    introduction, _sme, _by = accepted
    sign_in_staff(client)
    page = reverse("admin:matching_portageintroduction_change", args=[introduction.pk])

    text = client.get(page).content.decode()
    listed = client.get(reverse("admin:matching_portageintroduction_changelist"))

    assert ("Retenir" in text, "Annuler" in text, "Libérer" in text) == (True, True, False)
    assert listed.status_code == 200


def test_a_company_that_ceases_takes_its_introduction_with_it(accepted):
    from matching import ceasing

    introduction, _sme, _by = accepted
    ceasing.close(introduction.answer.request.company, by=UserFactory(staff=True), reason="Radiée.")

    introduction.refresh_from_db()
    assert introduction.state == State.CANCELLED


def test_the_group_reads_the_contact_once_the_mail_arrived(accepted, client):
    introduction, sme, by = accepted
    OrganisationFactory()
    client.force_login(by)
    page = reverse("matching:portage_dossier", args=[introduction.answer.request_id])
    before = client.get(page).content.decode()

    deliver(introduction)

    assert (sme.email in before, sme.email in client.get(page).content.decode()) == (False, True)

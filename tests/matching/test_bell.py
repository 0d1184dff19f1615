"""The centre tells what mails tell: answers, questions, invitations, portage; in the transaction of each mail."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, User
from matching import apply, bell, introduce, partners, portage, portage_letters, thread
from matching.models import Introduction, Notification
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OpportunityFactory,
    PortageAnswerFactory,
    colleague,
    sme_user,
)
from tests.races import lined_up

CENTRE = reverse("matching:notifications")


@pytest.fixture
def sme():
    return sme_user()


@pytest.fixture
def application(sme):
    return ApplicationFactory(contact=sme, sent=True)


@pytest.fixture
def decider(application):
    return MembershipFactory(organisation=application.opportunity.owner).user


def rung(person):
    return list(Notification.objects.filter(user=person).order_by("pk").values_list("kind", "path"))


def shortlisted(application, decider):
    apply.shortlist(application, by=decider)


def declined(application, decider):
    apply.decline(application, by=decider, reason="size")


def unanswered(application, decider):
    apply.leave_unanswered(application)


def cancelled(application, decider):
    apply.cancel(application)


@pytest.mark.parametrize("answer", [shortlisted, declined, unanswered, cancelled])
def test_an_answer_is_in_the_centre_with_the_words_of_its_mail(client, application, decider, sme, answer):
    answer(application, decider)
    client.force_login(sme)

    page = client.get(CENTRE).content.decode()

    [mail] = Email.objects.filter(to=[sme.email])
    [row] = Notification.objects.all()
    assert (row.kind, row.title, row.mail) == ("answer", mail.subject, mail.key)
    assert reverse("matching:notification_open", args=[row.pk]) in page
    assert client.get(row.path).status_code == 200
    sme.refresh_from_db()
    assert sme.unread == 1
    assert client.post(reverse("matching:notification_open", args=[row.pk])).url == row.path


def test_a_question_and_its_answer_each_reach_the_other_side(application, decider, sme):
    type(application.opportunity).objects.filter(pk=application.opportunity_id).update(contact_email=decider.email)

    thread.ask(application, by=decider, text="Quel délai ?")
    application.refresh_from_db()
    thread.answer(application, by=sme, text="Deux mois.")

    assert rung(sme) == [("question", reverse("matching:application_answer", args=[application.pk]))]
    assert rung(decider) == [("answer", reverse("matching:application_review", args=[application.pk]))]


def test_an_invitation_and_its_answer(sme):
    lead = ApplicationFactory()
    partner = partners.invite(lead, by=lead.contact, siren=sme.organisation.siren)
    partners.decline(partner, by=sme)

    assert rung(sme) == [("invitation", reverse("matching:partner", args=[partner.pk]))]
    assert rung(lead.contact) == [("invitation", reverse("matching:application_partners", args=[lead.pk]))]


def test_portage_reaches_both_sides():
    answer = PortageAnswerFactory()
    decider = MembershipFactory(organisation=answer.group).user
    other = colleague(decider, role="admin")
    portage_letters.proposed(answer)
    portage.question(answer.request, by=decider, text="Quel délai ?")

    assert {kind for kind, _path in rung(decider)} == {"portage"}
    assert rung(other) == rung(decider) == [("portage", reverse("matching:portage_dossier", args=[answer.request_id]))]
    assert rung(answer.request.contact) == [("portage", reverse("matching:portage_reply", args=[answer.pk]))]


def test_an_acceptance_is_there_once_the_introduction_has_left_and_a_hidden_name_not_before(sme):
    application = ApplicationFactory(contact=sme, sent=True, opportunity__secret=True)
    introduction = introduce.accept(application, by=MembershipFactory(organisation=application.opportunity.owner).user)
    assert rung(sme) == []

    Email.objects.filter(pk=introduction.email_id).update(state="sent", sent_at=timezone.now())
    for _ in range(2):
        introduce.settle()

    assert Introduction.objects.get().state == "sent"
    assert rung(sme) == [("answer", application.get_absolute_url())]


def test_what_is_undone_rings_no_bell(application, decider, sme):
    with transaction.atomic():
        apply.shortlist(application, by=decider)
        transaction.set_rollback(True)

    assert not Email.objects.exists()
    assert not Notification.objects.exists()
    sme.refresh_from_db()
    assert sme.unread == 0


def test_reading_all_counts_those_too(client, application, decider, sme):
    apply.shortlist(application, by=decider)
    Notification.objects.create(user=sme, opportunity=OpportunityFactory(published=True), kind="proposal")
    client.force_login(sme)

    client.post(reverse("matching:notifications_read"))

    assert not Notification.objects.unread().exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_ring_the_same_people_at_once_do_not_wait_for_each_other():
    one, other = colleague(first := sme_user()), first

    def ringing(mail, *people):
        rows = [
            Notification(user=person, kind="answer", title="Réponse", path="/", mail=f"{mail}:{number}")
            for number, person in enumerate(people)
        ]

        def ring():
            with transaction.atomic():
                bell.note(rows)

        return ring

    lined_up(
        User.objects.filter(pk=one.pk), ringing("un", one, other, other), ringing("deux", other, one, one)
    )  # each writes first the one whom it tells once, last the one whom it tells twice

    assert [User.objects.get(pk=person.pk).unread for person in (one, other)] == [3, 3]

"""« SME already in contact »: declared, or said after the reveal; it blocks nothing, and counts apart."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, introduce
from matching.models import Application, Introduction
from pacte.backoffice import queues
from tests.factories import (
    ApplicationFactory,
    EmailFactory,
    MembershipFactory,
    UserFactory,
    colleague,
    sign_in_staff,
)

State = Application.State


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def introduced(**opportunity):
    """To a group that hid its name until then."""
    its = ApplicationFactory(sent=True, state="accepted", opportunity__secret=True, **opportunity)
    Introduction.objects.create(application=its, email=EmailFactory(), state="sent", sent_at=timezone.now())
    return its


@pytest.mark.parametrize(("ticked", "kept"), [({"in_contact": "on"}, "yes"), ({}, "no")])
def test_already_in_contact_is_said_with_the_agreement_and_does_not_block(client, ticked, kept):
    application = ApplicationFactory()
    client.force_login(application.contact)

    client.post(url("application_send", application), {"consent": "on", **ticked})

    application.refresh_from_db()
    assert (application.state, application.in_contact) == (State.SENT, kept)


def test_already_in_contact_is_not_asked_while_the_group_hides_its_name(client):
    application = ApplicationFactory(opportunity__secret=True)
    client.force_login(application.contact)

    form = client.get(url("application_send", application)).context["form"]
    client.post(url("application_send", application), {"consent": "on", "in_contact": "on"})

    assert "in_contact" not in form.fields
    application.refresh_from_db()
    assert (application.state, application.in_contact) == (State.SENT, "")


@pytest.mark.parametrize("known", [True, False])
def test_already_in_contact_one_mail_that_takes_up_their_exchange(known):
    application = ApplicationFactory()
    apply.send(application, by=application.contact, consented=True, in_contact="yes" if known else "no")
    Email.objects.all().delete()

    introduce.accept(application, by=MembershipFactory(organisation=application.opportunity.owner).user)

    email = Email.objects.get()
    assert email.subject.startswith("Relance par Pacte International" if known else "Mise en relation") is True
    for body in (email.text, email.html):
        assert ("Vous vous connaissez déjà" in body) is known
        assert ("Vous voici en relation" in body) is not known


def test_already_in_contact_the_group_reads_it_in_the_file(client):
    application = ApplicationFactory(sent=True, in_contact="yes")
    client.force_login(MembershipFactory(organisation=application.opportunity.owner).user)

    response = client.get(url("application_review", application))

    assert "déjà en contact avec vous" in response.content.decode()


def test_already_in_contact_is_asked_after_the_reveal_and_sends_no_second_introduction(client):
    application = introduced()
    mails = Email.objects.count()
    client.force_login(application.contact)

    status = client.get(url("application_status", application))
    refused = client.post(url("application_contact", application), {})
    client.post(url("application_contact", application), {"answer": "yes"})

    assert status.context["contact_form"] is not None
    assert set(refused.context["form"].errors) == {"answer"}
    application.refresh_from_db()
    assert application.in_contact == "yes"
    assert Email.objects.count() == mails
    assert client.get(url("application_status", application)).context["contact_form"] is None


@pytest.mark.parametrize("state", ["pending", "held", "failed", "cancelled"])
def test_already_in_contact_is_not_asked_before_the_name_is_given(client, state):
    application = introduced()
    Introduction.objects.update(state=state)
    client.force_login(application.contact)

    response = client.post(url("application_contact", application), {"answer": "yes"})

    assert response.url == url("application_status", application)
    application.refresh_from_db()
    assert application.in_contact == ""


def test_already_in_contact_a_reader_may_not_say_it(client):
    application = introduced()
    client.force_login(colleague(application.contact, role=Membership.Role.READER))

    assert client.post(url("application_contact", application), {"answer": "yes"}).status_code == 403


def test_already_in_contact_a_relaunch_waits_for_staff_until_they_note_it(client):
    application = introduced()
    apply.tell_contact(application, by=application.contact, answer="relaunch")
    [queue] = [queue for queue in queues() if str(queue.label) == "Relances demandées"]
    assert queue.summary()["count"] == 1
    sign_in_staff(client)

    listed = client.get(queue.summary()["url"])
    note = reverse("admin:matching_application_transition", args=[application.pk, "relaunch"])
    client.post(note, {"text": "Vu avec le groupe."})

    assert [row.pk for row in listed.context["cl"].result_list] == [application.pk]
    assert queue.summary()["count"] == 0
    application.refresh_from_db()
    assert (application.in_contact, application.calls.get().text) == ("yes", "Vu avec le groupe.")


def test_already_in_contact_counts_apart_on_the_home_page(client):
    introduced()
    introduced(in_contact="yes")
    introduced(in_contact="relaunch")
    introduced(in_contact="no")

    stats = client.get(reverse("home")).context["stats"]

    assert [one["value"] for one in stats if "relation" in str(one["label"])] == [2]
    assert Introduction.objects.born_here().count() == 2


def test_already_in_contact_is_nobody_elses_to_say(client):
    application = introduced()
    client.force_login(UserFactory())

    assert client.post(url("application_contact", application), {"answer": "yes"}).status_code == 403


def test_already_in_contact_a_relaunch_may_be_asked_with_the_agreement_or_later(client):
    first, later = ApplicationFactory(), ApplicationFactory(sent=True, in_contact="yes")
    client.force_login(first.contact)
    client.post(url("application_send", first), {"consent": "on", "relaunch": "on"})
    client.force_login(later.contact)
    before = client.get(url("application_status", later)).content.decode()

    client.post(url("application_contact", later), {"answer": "relaunch"})

    after = client.get(url("application_status", later)).content.decode()
    assert set(Application.objects.to_relaunch()) == {first, later}
    assert ("Relancer par Pacte PME" in before, "Relancer par Pacte PME" in after) == (True, False)


def test_a_relaunch_of_what_was_withdrawn_waits_for_nobody():
    ApplicationFactory(state="withdrawn", in_contact="relaunch")

    assert not Application.objects.to_relaunch().exists()


def test_already_in_contact_by_an_earlier_introduction_is_suggested_and_the_sme_has_the_last_word(client):
    known = ApplicationFactory(sent=True, state="accepted")
    Introduction.objects.create(application=known, email=EmailFactory(), state="sent", sent_at=timezone.now())
    group = {"opportunity__owner": known.opportunity.owner}
    again, other = ApplicationFactory(contact=known.contact, **group), ApplicationFactory(**group)
    client.force_login(known.contact)
    form = client.get(url("application_send", again)).context["form"]
    client.force_login(other.contact)

    unmet = client.get(url("application_send", other)).context["form"]

    assert (form["in_contact"].initial, unmet["in_contact"].initial) == (True, None)
    assert "Nous vous avons mis en relation" in form["in_contact"].help_text
    client.force_login(known.contact)
    client.post(url("application_send", again), {"consent": "on"})
    again.refresh_from_db()
    assert again.in_contact == "no"


def test_an_earlier_introduction_never_tells_who_hides(client):
    known = ApplicationFactory(sent=True, state="accepted")
    Introduction.objects.create(application=known, email=EmailFactory(), state="sent", sent_at=timezone.now())
    hidden = ApplicationFactory(
        contact=known.contact, opportunity__secret=True, opportunity__owner=known.opportunity.owner
    )
    client.force_login(known.contact)

    page = client.get(url("application_send", hidden))

    assert "in_contact" not in page.context["form"].fields
    assert "mis en relation avec ce groupe le" not in page.content.decode()


def test_after_the_reveal_the_question_stands_on_the_status_page_with_what_we_know(client):
    hidden = introduced()
    known = ApplicationFactory(
        sent=True, state="accepted", contact=hidden.contact, opportunity__owner=hidden.opportunity.owner
    )
    client.force_login(hidden.contact)
    alone = client.get(url("application_status", hidden)).context["contact_form"]
    Introduction.objects.create(application=known, email=EmailFactory(), state="sent", sent_at=timezone.now())

    page = client.get(url("application_status", hidden))

    assert (alone["answer"].value(), page.context["contact_form"]["answer"].value()) == ("", "yes")
    assert f"Connaissiez-vous {hidden.opportunity.owner.name}" in page.content.decode().replace("\xa0", " ")
    client.post(url("application_contact", hidden), {"answer": "no"})
    assert client.get(url("application_status", hidden)).context["contact_form"] is None

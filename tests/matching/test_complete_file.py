"""« Dossier pas assez renseigné »: it goes back to its company, which completes it, instead of being declined."""

from html import unescape

import pytest
from django.urls import reverse

from accounts.models import Email
from matching import apply, thread
from matching.forms import DeclineForm, DeclineOneForm, DeclineTogether
from matching.models import Application, DeclineReason
from tests.factories import ApplicationFactory, MembershipFactory

pytestmark = pytest.mark.django_db
State = Application.State
LACKS = "Il nous manque vos références au Maroc."


@pytest.fixture
def application():
    draft = ApplicationFactory()
    apply.send(draft, by=draft.contact, consented=True)
    Email.objects.all().delete()
    return draft


@pytest.fixture
def group(application):
    return MembershipFactory(organisation=application.opportunity.owner).user


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def send_back(client, application, group, text=LACKS):
    client.force_login(group)
    page = url("application_decline", application)
    shown = client.post(page, {"reason": "incomplete", "text": text, "preview": ""})
    form = shown.context["form"]
    if form.is_bound:
        return shown
    words = {"reason": "incomplete", "text": text, "previewed": form.initial["previewed"], "confirm": ""}
    return client.post(page, words, follow=True)


def test_a_file_that_is_too_thin_stays_open_and_its_company_is_asked(client, application, group):
    send_back(client, application, group)

    application.refresh_from_db()
    assert (application.state, application.awaiting, application.decline_reason) == (State.SENT, "sme", "")
    assert [one.text for one in application.messages.all()] == [LACKS]
    [email] = Email.objects.all()
    assert (email.template, email.to) == ("application_question", [application.contact.email])


def test_the_page_says_that_nothing_is_declined_before_it_leaves(client, application, group):
    client.force_login(group)

    response = client.post(url("application_decline", application), {"reason": "incomplete", "text": LACKS})

    assert "Rien n'est décliné" in unescape(response.content.decode())
    assert LACKS in response.context["preview"]["text"]
    assert not Email.objects.exists()


def test_the_company_completes_what_the_group_has_read_and_that_is_its_answer(client, application, group):
    apply.see(application, by=group)
    send_back(client, application, group)
    company = application.company
    company.sme_profile.products = "Vannes et pompes neuves"
    company.sme_profile.save()
    client.force_login(application.contact)
    status = client.get(url("application_status", application)).content.decode()
    form = client.get(url("application_edit", application))

    client.post(
        url("application_edit", application), {"pitch": "Nos références : Rabat.", "contact": application.contact_id}
    )

    application.refresh_from_db()
    assert "Compléter mon dossier" in status
    assert [line.text for line in form.context["thread"]] == [LACKS]
    assert (application.pitch, application.awaiting, application.state) == (
        "Nos références : Rabat.", "group", State.SENT
    )  # fmt: skip
    assert "Vannes et pompes neuves" in str(application.snapshot)
    assert application.snapshot["consent"]
    assert [one.side for one in application.messages.all()] == ["group", "sme"]
    assert Email.objects.filter(template="application_answer").count() == 1


def test_once_answered_and_read_it_is_closed_to_changes_again(client, application, group):
    send_back(client, application, group)
    thread.answer(application, by=application.contact, text="Les voici.")
    apply.see(application, by=group)
    application.refresh_from_db()

    assert not apply.may_revise(application)


@pytest.mark.parametrize("text", ["", "Écrivez-moi à moi@demo.example"])
def test_what_lacks_is_said_and_without_an_address(client, application, group, text):
    response = send_back(client, application, group, text)

    assert "text" in response.context["form"].errors
    assert not application.messages.exists()


def test_several_at_once_and_portages_are_not_refused_for_it():
    def offered(form):
        return {value for value, _label in form.fields["reason"].choices}

    assert offered(DeclineOneForm()) == {"", *DeclineReason.values}
    assert offered(DeclineForm()) == {"", *DeclineReason.values} - {"incomplete"}
    assert offered(DeclineTogether(None, who="")) == offered(DeclineForm())

"""The group's questions: answered in the application, frozen when it leaves, read by the group."""

import pytest
from django.urls import reverse

from matching import apply
from matching.models import Application
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, group_user, sme_user

ASKED = [{"text": "Depuis quand ?", "required": True}, {"text": "Un agent sur place ?", "required": False}]


@pytest.fixture
def application(client):
    person = sme_user()
    client.force_login(person)
    return ApplicationFactory(contact=person, opportunity=OpportunityFactory(published=True, questions=ASKED))


def written(application, **fields):
    return {"pitch": application.pitch, "contact": application.contact_id, **fields}


def edit(client, application, **fields):
    return client.post(reverse("matching:application_edit", args=[application.pk]), written(application, **fields))


def test_a_question_that_must_be_answered_is_asked_for_and_the_rest_may_wait(client, application):
    refused = edit(client, application, answer_2="Oui, à Rabat", next="1")

    assert set(refused.context["form"].errors) == {"answer_1"}
    assert "Oui, à Rabat" in refused.text
    assert edit(client, application, answer_1="Depuis 1998", next="1").status_code == 302


def test_a_draft_is_kept_with_what_is_answered_so_far(client, application):
    edit(client, application, answer_2="Oui, à Rabat", draft="1")

    page = client.get(reverse("matching:application_edit", args=[application.pk]))
    assert page.context["form"]["answer_2"].value() == "Oui, à Rabat"


def test_no_one_s_coordinates_are_in_an_answer(client, application):
    refused = edit(client, application, answer_1="Appelez le 06 12 34 56 78", next="1")

    assert set(refused.context["form"].errors) == {"answer_1"}


def test_it_does_not_leave_without_the_answers_that_must_be_there(client, application):
    page = client.get(reverse("matching:application_send", args=[application.pk]))

    assert page.url == reverse("matching:application_edit", args=[application.pk])
    with pytest.raises(StateError, match="Depuis quand"):
        apply.send(application, by=application.contact, consented=True)


def test_answers_are_frozen_at_sending_and_shown_to_the_group(client, application):
    author = group_user()
    Opportunity.objects.filter(pk=application.opportunity_id).update(owner=author.organisation)
    edit(client, application, answer_1="Depuis 1998", answer_2=" ", next="1")
    apply.send(Application.objects.get(), by=application.contact, consented=True)
    Opportunity.objects.update(questions=[{"text": "Autre chose ?", "required": True}])
    client.force_login(author)

    page = client.get(reverse("matching:application_review", args=[application.pk]))

    assert page.context["shown"]["answers"] == [{"question": "Depuis quand ?", "answer": "Depuis 1998"}]
    assert "Depuis 1998" in page.text

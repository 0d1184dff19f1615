"""What an application's group would not learn yet: asked as questions, answered without losing a word typed."""

import pytest
from django.urls import reverse

from accounts.models import Certificate
from matching.models import Application
from tests.factories import ApplicationFactory, MatchFactory, OpportunityFactory, sme_user

pytestmark = pytest.mark.django_db
CERTIFIED = ("certifications", "unknown", 0, 10, {"lacks": ["iso-9001"]})
PLACED = ("place", "met", 9, 10)


@pytest.fixture
def draft():
    draft = ApplicationFactory(pitch="")
    MatchFactory(opportunity=draft.opportunity, company=draft.company, parts=[CERTIFIED, PLACED])
    return draft


def edit(draft):
    return reverse("matching:application_edit", args=[draft.pk])


def test_this_match_s_unknown_criteria_are_asked_by_name_and_no_others(client, draft):
    client.force_login(draft.contact)

    response = client.get(edit(draft))

    assert [one.section for one in response.context["asked"]] == ["capacites"]
    assert "ISO 9001" in response.context["asked"][0].text
    assert 'name="ask" value="capacites:certifications"' in response.content.decode()


def test_answering_keeps_what_was_typed_and_comes_back(client, draft):
    client.force_login(draft.contact)
    typed = {"pitch": "Une heure de travail.", "contact": draft.contact_id, "ask": "capacites:certifications"}

    away = client.post(edit(draft), typed)
    form = client.get(away.url)
    lines = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 0, "form-0-code": "iso-9001"}
    back = client.post(away.url, {"headcount": "", "turnover": "", **lines})

    draft.refresh_from_db()
    assert draft.pitch == "Une heure de travail."
    section = reverse("accounts:profile_section", args=["capacites"])
    assert away.url == f"{section}?next={edit(draft).replace('/', '%2F')}#lignes"
    assert form.context["back"] == edit(draft)
    assert back.url == edit(draft)
    assert Certificate.objects.get().code == "iso-9001"
    assert client.get(back.url).context["form"]["pitch"].value() == "Une heure de travail."


def test_a_question_may_be_answered_before_a_word_is_written(client):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    MatchFactory(opportunity=opportunity, company=user.organisation, parts=[CERTIFIED])
    client.force_login(user)
    start = reverse("matching:application_start", args=[opportunity.pk])

    asked = client.get(start).context["asked"]
    away = client.post(start, {"pitch": "", "contact": user.pk, "ask": asked[0].section})

    assert away.url.startswith(reverse("accounts:profile_section", args=["capacites"]))
    assert Application.objects.get().pitch == ""


def test_before_the_score_is_there_the_profile_s_gaps_are_asked(client):
    draft = ApplicationFactory()
    client.force_login(draft.contact)

    asked = [one.text for one in client.get(edit(draft)).context["asked"]]

    assert "Dites vos secteurs." in asked


@pytest.mark.parametrize("next_url", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)"])
def test_the_way_back_leads_nowhere_else(client, next_url):
    client.force_login(sme_user())
    section = reverse("accounts:profile_section", args=["activite"])

    response = client.post(section, {"next": next_url, "products": "Vannes"}, query_params={"next": next_url})

    assert response.url == f"{reverse('accounts:profile')}#activite"


def test_an_unknown_section_saves_and_stays(client, draft):
    client.force_login(draft.contact)

    response = client.post(
        edit(draft), {"pitch": "Trois mots écrits.", "contact": draft.contact_id, "ask": "ailleurs"}
    )

    draft.refresh_from_db()
    assert (response.url, draft.pitch) == (edit(draft), "Trois mots écrits.")


def test_what_was_sent_and_not_opened_asks_nothing(client):
    sent = ApplicationFactory(sent=True)
    MatchFactory(opportunity=sent.opportunity, company=sent.company, parts=[CERTIFIED])
    client.force_login(sent.contact)

    assert client.get(edit(sent)).context["asked"] == []

"""The audience beside the form: what is stored, what is being typed, what to think of it."""

import pytest
from django.urls import reverse

from matching.views.audience import said
from tests.factories import OpportunityFactory, OrganisationFactory, group_user


@pytest.fixture
def opportunity(client):
    author = group_user()
    client.force_login(author)
    return OpportunityFactory(owner=author.organisation, created_by=author)


def page(client, opportunity, data=None, **headers):
    return client.get(reverse("matching:audience", args=[opportunity.pk]), data, headers=headers)


def counted(eligible, strong=0):
    return {"companies": 500, "eligible": eligible, "strong": strong, "excluded": [], "having": []}


def test_it_counts_what_is_stored_on_a_page_of_its_own(client, opportunity):
    OrganisationFactory(profile__languages=["fr"])
    opportunity.criteria.create(kind="language", code="en", must=True)

    answer = page(client, opportunity)

    assert "≈ 0 PME compatible" in answer.text
    assert "Aucune PME ne répond à tout" in answer.text
    assert answer.context["excluded"] == [("Langue de travail\xa0: anglais", 1)]


def test_it_counts_what_is_being_typed_and_saves_nothing(client, opportunity):
    OrganisationFactory(profile__languages=["fr", "en"])
    typed = {"experience": "", "languages_must": ["fr"], "languages_wish": ["en"]}

    answer = page(client, opportunity, typed, **{"HX-Request": "true"})

    assert "≈ 1 PME compatible" in answer.text
    assert "<li>Langue de travail\xa0: anglais\xa0: 1</li>" in answer.text
    assert "<html" not in answer.text
    assert not opportunity.criteria.exists()


@pytest.mark.parametrize(("eligible", "warning"), [(0, "Aucune PME"), (1, ""), (200, ""), (201, "Plus de 200 PME")])
def test_it_warns_at_none_and_above_two_hundred(eligible, warning):
    text = said(counted(eligible))["warning"]

    assert text.startswith(warning) if warning else text == ""


def test_it_says_how_many_are_close():
    assert said(counted(34, strong=12))["sentence"] == "≈ 34 PME compatibles, dont 12 très proches du besoin"


def test_without_an_answer_the_page_says_so(client, opportunity, monkeypatch):
    monkeypatch.setattr("matching.views.audience.count_audience", lambda *given: None)

    assert "n'est pas disponible" in page(client, opportunity).text

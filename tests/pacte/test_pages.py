"""The pages of no app: home, accessibility, and what one sees when something is wrong."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from opportunities.models import Opportunity
from pacte.caches import ForgivingRedisCache, SessionCache
from tests.factories import OpportunityFactory, OrganisationFactory, UserFactory


@pytest.mark.parametrize("rows", [1, 3])
def test_home_shows_the_latest_open_ones_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    published = [OpportunityFactory(published=True) for _ in range(rows)]
    OpportunityFactory(title="Brouillon secret")

    with django_assert_num_queries(7):
        response = client.get(reverse("home"))

    assert {card.title for card in response.context["latest"]} == {opportunity.title for opportunity in published}
    assert "Brouillon secret" not in response.text


def test_home_counts_what_is_live(client):
    OpportunityFactory(published=True)
    OrganisationFactory()
    OrganisationFactory(suspended=True)

    response = client.get(reverse("home"))

    assert [counter["value"] for counter in response.context["counters"]] == [1, 1, 0]
    assert response.context["counters"][0]["label"] == "opportunité ouverte"


def test_home_names_a_confidential_group_by_its_alias_alone(client):
    opportunity = OpportunityFactory(published=True)
    Opportunity.objects.filter(pk=opportunity.pk).update(confidential=True, alias="Un groupe de l'énergie")

    response = client.get(reverse("home"))

    assert "Un groupe de l&#x27;énergie" in response.text
    assert opportunity.owner.name not in response.text


def test_home_says_how_long_is_left(client):
    OpportunityFactory(published=True, apply_by=timezone.localdate() + timedelta(days=5), answer_by=None)

    response = client.get(reverse("home"))

    assert "encore 5 jours" in response.text


def test_the_accessibility_statement_is_public(client):
    response = client.get(reverse("accessibility"))

    assert response.status_code == 200
    assert "WCAG 2.2" in response.text


def test_a_page_that_does_not_exist_offers_a_search(client):
    response = client.get("/nulle-part/")

    assert response.status_code == 404
    assert 'role="search"' in response.text


def test_a_missing_page_also_helps_who_is_signed_in(client):
    client.force_login(UserFactory())

    response = client.get("/nulle-part/")

    assert response.status_code == 404
    assert "Se déconnecter" in response.text


@pytest.mark.parametrize("template", ["403.html", "403_csrf.html", "404.html", "409.html", "429.html"])
def test_error_pages_stand_with_nothing_but_a_request(template):
    request = RequestFactory().get("/")

    html = render_to_string(template, {}, request)

    assert "<h1>" in html


def test_the_worst_page_needs_no_database_nor_session(django_assert_num_queries):
    with django_assert_num_queries(0):
        html = render_to_string("500.html")

    assert "Réessayez" in html
    assert "Please try again" in html


def test_the_menu_is_that_of_the_person(client):
    client.force_login(UserFactory(staff=True))

    response = client.get(reverse("home"))

    assert reverse("admin:index") in response.text
    assert "Se connecter" not in response.text


def test_the_language_is_changed_by_a_post_and_stays(client):
    assert client.get(reverse("set_language")).status_code == 405

    response = client.post(reverse("set_language"), {"language": "en", "next": "/accessibilite/"})

    assert response["Location"] == "/accessibilite/"
    assert '<html lang="en">' in client.get(reverse("home")).text


def test_heads_are_answered_and_no_proxy_keeps_a_page(client):
    answer = client.head("/")

    assert answer.status_code == 200
    assert "private" in answer["Cache-Control"]


def test_a_session_that_ended_while_the_cache_was_away_comes_back_for_minutes_at_most(monkeypatch):
    kept = []
    monkeypatch.setattr(ForgivingRedisCache, "set", lambda self, key, value, timeout, version: kept.append(timeout))

    SessionCache("redis://127.0.0.1:1", {}).set("k", "v", 14 * 24 * 3600)

    assert kept == [300]

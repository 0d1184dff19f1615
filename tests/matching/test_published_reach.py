"""The mail that tells a group of its publication says whom it reaches (E-32), or nothing of it."""

import re
from html import unescape

import pytest
from celery import current_app
from django.db import connection
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import Email
from matching import audience, market, refresh
from opportunities import moderation
from opportunities.models import Opportunity
from tests.factories import OpportunityFactory, OrganisationFactory, UserFactory, group_user


@pytest.fixture
def author():
    return group_user()


@pytest.fixture
def opportunity(author):
    post = OpportunityFactory(submitted=True, owner=author.organisation, created_by=author)
    post.criteria.create(kind="language", code="en", must=True)
    post.criteria.create(kind="headcount", code="50-99", must=True)
    return post


@pytest.fixture
def _nobody_counts(monkeypatch):
    monkeypatch.setattr(audience, "PATIENCE", 0.2)
    current_app.conf.task_always_eager = False  # and no worker is there
    yield
    current_app.conf.task_always_eager = True


def companies(count, **profile):
    told = {"languages": ["en"], "headcount": "50-99", **profile}
    OrganisationFactory.create_batch(count, **{f"profile__{name}": value for name, value in told.items()})


def published(opportunity):
    moderation.publish(opportunity, by=UserFactory(staff=True), checked=True)
    return Email.objects.get(template="opportunity_published")


def both(mail):
    """What it says as text and as HTML, on one line each."""
    return [" ".join(one.split()) for one in (mail.text, unescape(strip_tags(mail.html)))]


@pytest.mark.parametrize(("count", "said"), [(1, "≈ 1 PME compatible."), (3, "≈ 3 PME compatibles.")])
def test_it_says_how_many_fit(opportunity, count, said):
    companies(count)
    companies(2, languages=["fr"])

    mail = published(opportunity)

    assert [said in text for text in both(mail)] == [True, True]
    assert [("écarte" in text, "Aucune PME" in text) for text in both(mail)] == [(False, False)] * 2


def test_it_says_the_same_as_the_page_of_its_group(client, author, opportunity):
    companies(3)
    client.force_login(author)

    mail = published(opportunity)

    page = client.get(reverse("matching:audience", args=[opportunity.pk]))
    assert page.context["sentence"] in mail.text


def test_when_none_fits_it_says_which_criterion_costs_most_and_where_to_loosen_it(opportunity):
    companies(2, languages=["fr"])
    companies(1, languages=["fr"], headcount="10-19")

    mail = published(opportunity)

    costs = ["« Langue de travail : anglais » écarte 3 PME", "« Effectif minimal » écarte 1 PME"]
    for text in both(mail):
        assert "Aucune PME ne répond à tout pour le moment." in text
        assert re.findall(r"« [^«»]+ » écarte \d PME", text) == costs
        assert "PME compatible" not in text
    loosen = reverse("matching:amend", args=[opportunity.pk])
    assert loosen in mail.text
    assert loosen in mail.html


def test_when_nobody_is_there_at_all_no_criterion_is_blamed(opportunity):
    mail = published(opportunity)

    assert [("Aucune PME ne répond" in text, "critère" in text) for text in both(mail)] == [(True, False)] * 2


def test_a_group_that_reads_english_reads_it_in_english(author, opportunity):
    type(author).objects.update(language="en")
    companies(3, languages=["fr"])

    mail = published(Opportunity.objects.get())

    assert "“Working language: English” excludes 3 SMEs" in mail.text
    assert "écarte" not in mail.text


@pytest.mark.usefixtures("_nobody_counts")
def test_it_says_nothing_of_it_while_nobody_counts_and_is_published_all_the_same(opportunity):
    companies(3)

    mail = published(opportunity)

    assert Opportunity.objects.get().state == Opportunity.State.PUBLISHED
    assert [("est publiée" in text, "compatible" in text, "Aucune PME" in text) for text in both(mail)] == [
        (True, False, False)
    ] * 2


def test_a_worker_that_cannot_count_keeps_nothing_from_being_published(opportunity, monkeypatch, request):
    companies(3)
    refresh.refresh_due()
    monkeypatch.setattr(market.in_memory(), "companies", None)  # as an index that is broken
    current_app.conf.task_eager_propagates = False
    request.addfinalizer(lambda: setattr(current_app.conf, "task_eager_propagates", True))

    mail = published(opportunity)

    assert Opportunity.objects.get().state == Opportunity.State.PUBLISHED
    assert "compatible" not in mail.text


asked_under = []


def count_under_a_lock(opportunity):
    asked_under.append(connection.in_atomic_block)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_count_is_awaited(opportunity, settings):
    settings.AUDIENCE = f"{__name__}.count_under_a_lock"
    asked_under.clear()

    published(opportunity)

    assert asked_under == [False]

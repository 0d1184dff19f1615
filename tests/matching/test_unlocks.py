"""What saying more would bring an SME, and what is new since its last visit: counted, never invented."""

from datetime import timedelta

import pytest
from django.utils import timezone

from matching.models import Exposure, Follow
from opportunities.models import OpportunityMove
from tests.factories import ApplicationFactory, MatchFactory, OpportunityFactory, sme_user

PAGE = "/pme/"
TRADE = ("text", "met", 30.0, 40.0)
SILENT = ("certifications", "unknown", 6.0, 12.0)  # good is from 30 points on


@pytest.fixture
def user(client):
    user = sme_user()
    profile = user.organisation.sme_profile
    profile.sectors, profile.products, profile.languages, profile.headcount = ["eau"], "Vannes", ["fr"], "10-49"
    profile.wanted_places, profile.wanted_kinds = ["MA"], ["portage"]
    profile.save()
    profile.references.create(title="Rabat")
    client.force_login(user)
    return user


def match(user, *, score=25.0, parts=(TRADE, SILENT), **fields):
    return MatchFactory(
        company=user.organisation, score=score, band=fields.pop("band", "possible"), parts=parts, **fields
    )


def said(client):
    return [(one.section, one.asked, one.gained) for one in client.get(PAGE).context["unlocks"]]


def test_a_silence_is_counted_by_the_open_opportunities_that_it_keeps_from_a_good_fit(client, user):
    match(user)  # 25 + 6 reach the threshold
    match(user, score=10.0)  # too far
    match(user, score=72.0, band="good")  # it is one already
    match(user, parts=[TRADE, ("certifications", "missing", 0.0, 12.0)])  # said: not a silence
    match(user, opportunity=OpportunityFactory(closed=True))
    match(user, eligible=False)
    ApplicationFactory(opportunity=match(user).opportunity, contact=user)
    match(sme_user())

    assert said(client) == [("capacites", 3, 1)]
    assert "jusqu'à 1 opportunité de plus" in client.get(PAGE).content.decode().replace("&#x27;", "'")


def test_without_trade_no_answer_makes_a_good_fit(client, user):
    match(user, parts=[("text", "missing", 0.0, 40.0), SILENT])

    assert said(client) == [("capacites", 1, 0)]


def test_what_brings_most_comes_first_and_a_gap_nobody_asks_about_is_not_counted(client, user):
    profile = user.organisation.sme_profile
    profile.languages, profile.headcount = [], ""
    profile.save()
    match(user, parts=[TRADE, SILENT, ("languages", "unknown", 0.0, 2.0)])

    found = client.get(PAGE).context["unlocks"]

    assert [(str(one.label), one.asked, one.gained) for one in found] == [
        ("vos certifications", 1, 1), ("vos langues de travail", 1, 0), ("votre effectif", 0, 0)
    ]  # fmt: skip


@pytest.mark.parametrize(("places", "gained"), [([], 1), (None, 0)])
def test_an_incomplete_profile_gains_only_by_the_answer_that_completes_it(client, user, places, gained):
    profile = user.organisation.sme_profile
    profile.wanted_places = []
    if places is None:  # two answers are missing: neither alone does it
        profile.sectors = []
    profile.save()
    match(user, band="incomplete", parts=[TRADE, SILENT, ("place", "unknown", 2.0, 20.0)])

    found = {one.section: one.gained for one in client.get(PAGE).context["unlocks"]}

    assert (found["export"], found["capacites"]) == (gained, 0)


def test_an_account_with_nothing_yet_reads_no_number_and_no_news(client):
    client.force_login(sme_user())

    response = client.get(PAGE)

    assert {(one.asked, one.gained) for one in response.context["unlocks"]} == {(0, 0)}
    assert response.context["news"].since is None


def visited(user, days):
    its = {"opportunity": OpportunityFactory(published=True), "company": user.organisation, "position": 1}
    day = timezone.localdate() - timedelta(days=days)
    Exposure.objects.create(side="sme", context="dashboard", day=day, **its)


def test_what_changed_since_the_last_visit(client, user):
    visited(user, 9)
    visited(user, 3)
    visited(user, 0)  # today's own visit is not the last one
    now, before = timezone.now(), timezone.now() - timedelta(days=5)
    match(user, band="good", opportunity=OpportunityFactory(published=True, published_at=now))
    match(user, band="good", opportunity=OpportunityFactory(published=True, published_at=before))
    match(user, band="possible", opportunity=OpportunityFactory(published=True, published_at=now))
    ApplicationFactory(contact=user, sent=True, state="accepted", decided_at=now)
    ApplicationFactory(contact=user, sent=True, state="accepted", decided_at=before)
    soon = timezone.localdate() + timedelta(days=4)
    followed = OpportunityFactory(published=True, published_at=before, apply_by=soon)
    Follow.objects.create(user=user, opportunity=followed)
    for _ in range(2):  # one opportunity, whatever the number of its changes
        OpportunityMove.objects.create(
            subject=followed, before="published", after="published", changes={"title": ["a", "b"]}
        )
    OpportunityFactory(published=True, published_at=before, apply_by=soon)  # nobody's

    news = client.get(PAGE).context["news"]

    assert news.since == timezone.localdate() - timedelta(days=3)
    assert [item.text for item in news.items] == [
        "1 réponse à vos candidatures",
        "1 nouvelle opportunité qui vous va bien",
        "1 opportunité modifiée parmi les vôtres",
        "1 opportunité suivie ou en brouillon se termine sous 7 jours",
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_dashboard_after_a_visit_in_a_fixed_number_of_queries(client, user, rows, django_assert_num_queries):
    visited(user, 2)
    for _ in range(rows):
        match(user)

    with django_assert_num_queries(16):  # one more than at the first visit: the news
        client.get(PAGE)

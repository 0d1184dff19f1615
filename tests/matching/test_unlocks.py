"""What saying more would bring an SME: counted, never invented."""

from html import unescape

import pytest
from django.urls import reverse

from accounts.models import SmeProfile
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


def test_what_keeps_every_proposal_back_comes_first_whatever_the_others_bring(client, user):
    SmeProfile.objects.filter(organisation=user.organisation).update(sectors=[])
    match(user)
    told = "Sans cette réponse, aucune proposition ne vous est envoyée."

    page = client.get(PAGE)
    part = client.get(reverse("matching:next_answer"), headers={"HX-Request": "true"}).text

    assert [(str(one.label), one.gained) for one in page.context["unlocks"]] == [
        ("vos secteurs", 0), ("vos certifications", 1)
    ]  # fmt: skip
    assert unescape(page.text).count(told) == 1
    assert "dites vos secteurs." in unescape(part)
    assert told in unescape(part)


def test_an_account_with_nothing_yet_reads_no_number_and_no_news(client):
    client.force_login(sme_user())

    response = client.get(PAGE)

    assert {(one.asked, one.gained) for one in response.context["unlocks"]} == {(0, 0)}
    assert response.context["news"].since is None


def test_the_profile_s_next_answer_is_the_one_that_brings_most_with_its_number(client, user):
    profile = user.organisation.sme_profile
    profile.languages = []
    profile.save()
    match(user, parts=[TRADE, SILENT, ("languages", "unknown", 0.0, 2.0)])

    page = client.get(reverse("accounts:profile")).content.decode()
    part = client.get(reverse("matching:next_answer"), headers={"HX-Request": "true"}).content.decode()

    assert f'hx-get="{reverse("matching:next_answer")}"' in page
    assert "dites vos certifications. Jusqu'à 1 opportunité de plus" in unescape(part).replace("\xa0", " ")
    assert "<html" not in part


def test_certifications_that_nothing_asks_for_are_no_gap_to_fill(client, user):
    assert said(client) == []
    assert client.get(PAGE).context["completion"] == 100
    assert "dit l'essentiel" in client.get(reverse("matching:next_answer")).content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("matches", [1, 3])
def test_the_next_answer_takes_a_fixed_number_of_queries(client, user, matches, django_assert_num_queries):
    for _ in range(matches):
        match(user)

    with django_assert_num_queries(4):
        client.get(reverse("matching:next_answer"), headers={"HX-Request": "true"})

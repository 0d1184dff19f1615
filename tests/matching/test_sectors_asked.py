"""Sectors that a group asks for by name, as a must or a wish, and what both sides read of them."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Email
from matching import changes, explain, refresh
from matching.models import Application, Match
from opportunities import amendments, history
from opportunities.models import Amendment, Opportunity
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    group_user,
    sme_user,
)
from tests.matching.test_audience import counted

WATER, BUILDING = "Eau et assainissement", "Bâtiment et infrastructures"
MINES = "Mines et ressources minérales"


def plain(text):
    return " ".join(text.replace("&#x27;", "'").split())


def scored(company, *asked):
    opportunity = OpportunityFactory(published=True, sectors=["mines"])
    for code, must in asked:
        opportunity.criteria.create(kind="sector", code=code, must=must)
    refresh.refresh_due()
    return Match.objects.get(company=company, opportunity=opportunity)


def line(match, side):
    return next(row for row in explain.rows(match, side) if row.code == "sectors")


@pytest.mark.parametrize(
    ("sectors", "must", "answer", "eligible", "text"),
    [
        ([], True, "unknown", True, ""),
        ([], False, "unknown", True, ""),
        (["chimie"], True, "missing", False, f"Exigé et absent du profil : {BUILDING} ou {WATER}."),
        (["chimie"], False, "missing", True, f"Souhaité et absent du profil : {BUILDING}, {WATER}."),
        (["chimie", "eau"], True, "met", True, f"Secteur déclaré : {WATER}."),
        (["eau"], False, "partly", True, f"Secteur déclaré : {WATER}. Souhaité et absent du profil : {BUILDING}."),
        (["btp", "eau"], False, "met", True, f"Secteur déclaré : {BUILDING}, {WATER}."),
    ],
)  # fmt: skip
def test_of_sectors_exacted_one_is_enough_and_a_silence_excludes_nobody(sectors, must, answer, eligible, text):
    company = OrganisationFactory(naf="28.14Z", profile__sectors=sectors)  # a trade near water is no sector said
    match = scored(company, ("eau", must), ("btp", must))

    asked = f" ({BUILDING}, {WATER})"
    for side, question in [
        ("sme", "Travaillez-vous dans un des secteurs demandés ?"),
        ("group", "L'entreprise travaille-t-elle dans un des secteurs demandés ?"),
    ]:
        row = line(match, side)
        assert (row.answer, match.eligible) == (answer, eligible)
        said = question + asked if answer == "unknown" else text
        assert plain(row.question or row.evidence) == said


def test_what_is_exacted_and_missing_is_the_first_thing_that_either_side_reads():
    match = scored(OrganisationFactory(profile__sectors=["chimie"]), ("eau", True))

    for side in ("sme", "group"):
        first = explain.fit(match, side).reasons[0]
        assert (first.answer, plain(first.text)) == ("missing", f"Exigé et absent du profil : {WATER}.")
    with translation.override("en"):
        assert line(match, "group").evidence == "Required and missing from the profile: Water and sanitation."


@pytest.mark.parametrize(("of_need", "said"), [("eau", 1), ("mines", 2)])
def test_a_sector_that_the_trade_tells_already_is_not_told_twice(of_need, said):
    company = OrganisationFactory(profile__sectors=["eau", "mines"], profile__wanted_places=["MA"])
    opportunity = OpportunityFactory(published=True, sectors=[of_need])
    opportunity.criteria.create(kind="sector", code="eau", must=False)
    refresh.refresh_due()

    reasons = explain.reasons(Match.objects.get(company=company, opportunity=opportunity), "sme")

    assert sum("ecteur" in reason.text for reason in reasons) == said


def test_the_audience_says_whom_the_musts_exclude_together_and_who_meets_each_wish():
    for sectors in (["eau"], ["btp"], ["eau", "btp"], ["mines"], []):
        OrganisationFactory(profile__sectors=sectors)

    exacted = counted(Opportunity(title="vannes"), ("sector", "eau", True), ("sector", "btp", True))
    wished = counted(Opportunity(title="vannes"), ("sector", "eau", False), ("sector", "btp", False))

    assert (exacted["eligible"], wished["eligible"]) == (4, 5)
    assert exacted["excluded"] == [{"kind": "sector", "code": "", "companies": 1}]
    assert sorted(wished["having"], key=str) == [
        {"kind": "sector", "code": "btp", "companies": 2},
        {"kind": "sector", "code": "eau", "companies": 2},
    ]


@pytest.fixture
def author(client):
    author = group_user()
    client.force_login(author)
    return author


def test_a_group_asks_for_them_and_counts_while_it_types(client, author):
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author)
    OrganisationFactory(profile__sectors=["chimie"])
    OrganisationFactory(profile__sectors=["eau"])
    step = reverse("opportunities:edit_step", args=[opportunity.pk, "criteres"])
    typed = {"experience": "", "sectors_must": ["eau", "btp"], "sectors_wish": ["mines"]}

    aside = client.get(reverse("matching:audience", args=[opportunity.pk]), typed)
    client.post(step, {**typed, "revision": opportunity.revision})

    assert "≈ 1 PME compatible" in aside.text
    assert f"<li>Secteur : {BUILDING} ou {WATER} : 1 PME</li>" in plain(aside.text)
    assert set(opportunity.criteria.values_list("kind", "code", "must")) == {
        ("sector", "eau", True), ("sector", "btp", True), ("sector", "mines", False)
    }  # fmt: skip
    form = client.get(step).context["form"]
    assert (sorted(form["sectors_must"].value()), form["sectors_wish"].value()) == (["btp", "eau"], ["mines"])
    Opportunity.objects.filter(pk=opportunity.pk).update(state="published", published_at=timezone.now())
    opportunity.refresh_from_db()
    client.force_login(sme_user())
    page = plain(client.get(opportunity.get_absolute_url()).text)
    assert f"Secteur : {BUILDING} ou {WATER} · indispensable" in page
    assert f"Secteur : {MINES} · souhaité" in page


def test_the_need_has_its_sectors_by_families_and_the_criteria_each_theirs_behind_one_summary(client, author):
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author)

    steps = [reverse("opportunities:edit_step", args=[opportunity.pk, step]) for step in ("besoin", "criteres")]
    need, criteria = (plain(client.get(step).text) for step in steps)

    assert need.count("Construction et environnement") == 1
    assert "Construction et environnement" not in criteria
    assert criteria.count(WATER) == 2


def test_another_step_leaves_them_as_they_are(client, author):
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author)
    opportunity.criteria.create(kind="sector", code="eau", must=True)
    step = reverse("opportunities:edit_step", args=[opportunity.pk, "besoin"])

    client.post(step, {"title": "Des vannes", "language": "fr", "revision": opportunity.revision, "sectors": ["btp"]})

    assert list(opportunity.criteria.values_list("kind", "code", "must")) == [("sector", "eau", True)]


def test_a_must_added_afterwards_is_told_field_by_field_and_turns_no_applicant_away(author):
    opportunity = OpportunityFactory(published=True, owner=author.organisation, sectors=["eau"], places=["MA"])
    sme = sme_user(profile__sectors=["chimie"], profile__wanted_places=["MA"])
    application = ApplicationFactory(sent=True, opportunity=opportunity, contact=sme)
    after = [["sector", "btp", True], ["sector", "eau", True], ["sector", "mines", False]]

    changes.amend(opportunity, {"criteria": [[], after]}, by=author)
    amendments.accept(Amendment.objects.get(), by=UserFactory(staff=True))
    changes.announce_due()
    refresh.refresh_due()

    application.refresh_from_db()
    assert application.state == Application.State.SENT
    assert Match.objects.get(company=sme.organisation).eligible is False
    told = f"Secteur : {BUILDING} ou {WATER} (exigé)"
    assert told in plain(Email.objects.get(template="application_changed").text)
    assert not Email.objects.filter(template="application_declined").exists()
    opportunity.refresh_from_db()
    assert told in plain(history.lines(opportunity)[0].changes[0].after)

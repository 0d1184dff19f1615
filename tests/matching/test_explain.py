import random

import pytest
from django.utils import translation

from accounts.models import CountryExperience, Reference
from matching import explain, refresh
from matching.engine.criteria import CRITERIA
from matching.models import Match
from matching.phrases import PHRASES, Reader, question, told
from tests.factories import MatchFactory, OpportunityFactory, OrganisationFactory
from tests.matching.market import some_market


def part(criterion, answer="met", points=5.0, most=10.0, **evidence):
    return [criterion, answer, points, most, evidence] if evidence else [criterion, answer, points, most]


@pytest.fixture
def valves():
    """A maker of valves that has worked in Morocco, and a group that needs valves there."""
    company = OrganisationFactory(profile__sectors=["eau"], profile__products="Vannes", profile__wanted_places=["MA"])
    Reference.objects.create(
        profile=company.sme_profile, title="Vannes de la station de Fès", place="MA", year=2023, client_name="Secret"
    )
    opportunity = OpportunityFactory(published=True)
    opportunity.criteria.create(kind="certification", code="iso-9001", must=True)
    refresh.refresh_due()
    return Match.objects.get(company=company, opportunity=opportunity)


def test_every_criterion_has_its_words():
    assert set(PHRASES) == {criterion.code for criterion in CRITERIA}
    assert set(explain.ORDER) < set(PHRASES)


def test_reasons_speak_to_each_side(valves):
    assert [reason.text for reason in explain.reasons(valves, "sme")] == [
        "Maroc\xa0: vous y avez déjà travaillé dans ce secteur.",
        "C'est votre secteur\xa0: Eau et assainissement.",
        "Maroc\xa0: vous voulez y aller.",
    ]
    assert [reason.text for reason in explain.reasons(valves, "group")] == [
        "Maroc\xa0: l'entreprise y a déjà travaillé dans ce secteur.",
        "C'est son secteur\xa0: Eau et assainissement.",
        "Maroc\xa0: l'entreprise veut y aller.",
    ]


def test_the_table_asks_what_is_unknown_and_says_where_to_answer(valves):
    rows = {row.code: row for row in explain.rows(valves, "sme")}

    certifications = rows["certifications"]
    assert str(certifications.criterion) == "Certifications"
    assert str(certifications.answer_label) == "À préciser"
    assert certifications.question == "Avez-vous la certification demandée\xa0? (ISO 9001 – qualité)"
    assert certifications.url == "/profil/capacites/#lignes"
    assert rows["place"].url == ""
    assert sum(row.points for row in rows.values()) == pytest.approx(valves.score, abs=1e-6)


def test_the_reference_is_named_to_the_group_only_when_it_may_be_shared(valves):
    shared = {row.code: row.evidence for row in explain.rows(valves, "group")}["reference"]
    Reference.objects.update(shareable=False)

    hidden = {row.code: row.evidence for row in explain.rows(valves, "group")}["reference"]
    own = {row.code: row.evidence for row in explain.rows(valves, "sme")}["reference"]

    assert shared == "La référence «\xa0Vannes de la station de Fès\xa0» s'en approche\xa0: station, vannes."
    assert hidden == "Une référence s'en approche\xa0: station, vannes."
    assert own == "Votre référence «\xa0Vannes de la station de Fès\xa0» s'en approche\xa0: station, vannes."


def test_the_group_gets_no_link_into_the_profile(valves):
    assert {row.url for row in explain.rows(valves, "group")} == {""}


def test_the_table_takes_one_query_and_reasons_none(valves, django_assert_num_queries):
    with django_assert_num_queries(1):
        explain.rows(valves, "sme")
    with django_assert_num_queries(0):
        explain.fit(valves, "sme")


def test_what_excludes_comes_first():
    match = MatchFactory(
        parts=[
            part("codes", code="sector:eau"),
            part("certifications", "missing", 0.0, lacks=["iso-9001", "mase"], must=["mase"]),
        ],
        eligible=False,
    )

    first = explain.reasons(match, "sme")[0]

    assert first.answer == "missing"
    assert first.text == (
        "Exigé et absent du profil\xa0: MASE – sécurité des intervenants. "
        "Souhaité et absent du profil\xa0: ISO 9001 – qualité."
    )


@pytest.mark.parametrize("side", ["sme", "group"])
@pytest.mark.parametrize(
    ("headcount", "first", "eligible"),
    [("10-19", "inférieur au minimum exigé", False), ("250-499", "", True), ("", "", True)],
)
def test_a_headcount_that_is_exacted_excludes_whoever_is_known_to_be_smaller(side, headcount, first, eligible):
    company = OrganisationFactory(profile__headcount=headcount, profile__sectors=["eau"])
    opportunity = OpportunityFactory(published=True, sectors=["eau"])
    opportunity.criteria.create(kind="headcount", code="250-499", must=True)
    refresh.refresh_due()

    fit = explain.fit(Match.objects.get(company=company, opportunity=opportunity), side)

    assert fit.eligible is eligible
    said = " ".join(reason.text for reason in (fit.reasons if eligible else fit.reasons[:1]))
    assert first in said


def test_an_incomplete_profile_is_asked_before_anything_else():
    parts = [part("kind"), part("text", "unknown"), part("reference", "unknown")]
    match = MatchFactory(parts=parts, band="incomplete")

    assert [reason.answer for reason in explain.reasons(match, "sme")] == ["unknown", "unknown", "met"]


def test_the_same_question_is_asked_once():
    match = MatchFactory(parts=[part("code_place", "unknown"), part("place", "unknown")], band="incomplete")

    assert len(explain.reasons(match, "group")) == 1


@pytest.mark.parametrize(
    ("criterion", "code", "text"),
    [
        ("codes", "cpv:4531", "C'est votre métier\xa0: Travaux de construction."),
        ("codes", "~cpv:4531", "Votre métier va souvent avec ce besoin\xa0: Travaux de construction."),
        ("code_place", "cpv:4531", "Maroc\xa0: vous y avez déjà exercé ce métier."),
        ("code_place", "~cpv:4531", "Maroc\xa0: vous y avez une expérience proche, par le métier ou par le lieu."),
    ],
)
def test_a_trade_akin_is_not_called_the_trade_asked(criterion, code, text):
    part = {"criterion": criterion, "answer": "met", "evidence": {"code": code, "place": "MA"}}

    assert told(part, Reader(is_sme=True, titles={})) == text


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("side", ["sme", "group"])
@pytest.mark.parametrize("criterion", sorted(PHRASES))
@pytest.mark.parametrize("answer", ["met", "partly", "missing", "unknown"])
def test_every_answer_can_be_told_with_and_without_evidence(criterion, answer, side, language):
    reader = Reader(side == "sme", {1: "Une référence"})
    full = {
        "words": ["vanne"],
        "work": "r1",
        "place": "MA",
        "code": "cpv:4531",
        "count": 2,
        "has": ["fr"],
        "lacks": ["en"],
    }
    with translation.override(language):
        for evidence in ({}, full, {"work": "xMA", "place": "MA", "code": "~sector:eau"}):
            found = {"criterion": criterion, "answer": answer, "points": 1.0, "max": 2.0, "evidence": evidence}
            text = question(found, reader) if answer == "unknown" else told(found, reader)
            assert "%" not in text
            assert text or criterion in {"certifications", "languages", "experience", "sectors"}


def test_country_sales_without_a_reference_are_told_as_such():
    company = OrganisationFactory(profile__sectors=["eau"])
    CountryExperience.objects.create(profile=company.sme_profile, place="MA", level="regular")
    opportunity = OpportunityFactory(published=True)
    refresh.refresh_due()

    rows = {
        row.code: row for row in explain.rows(Match.objects.get(company=company, opportunity=opportunity), "group")
    }

    assert rows["place"].evidence == "Maroc\xa0: l'entreprise y exporte déjà."
    assert rows["reference"].question == "Aucune référence n'est encore décrite."


def test_thirty_pairs_all_have_three_reasons_or_say_what_lacks():
    random.seed(4)
    some_market(companies=10, opportunities=3, seed=4)
    refresh.refresh_due()

    for match in Match.objects.all():
        told_reasons = explain.reasons(match, "sme")
        assert len(told_reasons) == 3
        assert len({reason.text for reason in told_reasons}) == 3


@pytest.mark.parametrize(
    ("criterion", "answer", "evidence", "out"),
    [
        ("volume", "missing", {"must": True}, True),
        ("volume", "met", {"must": True}, False),
        ("volume", "missing", {}, False),
        ("headcount", "missing", {"must": True}, True),
        ("sectors", "met", {"must": ["eau", "btp"], "has": ["eau"], "lacks": ["btp"]}, False),  # one is enough
        ("sectors", "missing", {"must": ["eau", "btp"], "lacks": ["eau", "btp"]}, True),
        ("languages", "partly", {"must": ["en"], "has": ["de"], "lacks": ["en"]}, True),
        ("languages", "partly", {"must": ["en"], "has": ["en"], "lacks": ["de"]}, False),
    ],
)
def test_what_is_exacted_and_absent_comes_before_any_other_reason(criterion, answer, evidence, out):
    part = {"criterion": criterion, "answer": answer, "points": 0, "max": 5, "evidence": evidence}

    assert explain.excludes(part) is out
    assert (explain.importance(part, incomplete=False) == (-1, 0)) is out

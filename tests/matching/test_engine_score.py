"""The engine's promises, over made-up markets of every shape."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import engine
from matching.engine.criteria import CRITERIA
from matching.engine.records import Asked, Need, Profile, Work

WORDS = ["vanne", "pompe", "eau", "électricité", "câble", "audit", "béton", "valves", "réseaux"]
CODES = [
    "cpv:45311000",
    "cpv:45310000",
    "cpv:42131000",
    "hs:848180",
    "hs:84",
    "naf:28.14Z",
    "sector:eau",
    "sector:btp",
]
PLACES = [
    ("FR-60", "FR-R32", "FR", "Z-EUW"),
    ("FR-75", "FR-R11", "FR", "Z-EUW"),
    ("MA", "Z-AFN"),
    ("DZ", "Z-AFN"),
    ("Z-AFN",),
]
KINDS = ["co_export", "hosting"]
CERTIFICATIONS = ["iso-9001", "iso-14001"]

texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
codes = st.lists(st.sampled_from(CODES), max_size=3).map(tuple)
places = st.lists(st.sampled_from(PLACES), max_size=2).map(tuple)
unit = st.sampled_from([None, 0.0, 0.3, 0.6, 1.0])
size = st.sampled_from([None, 0, 3, 5])


def some_of(values):
    return st.one_of(st.none(), st.frozensets(st.sampled_from(values)))


works = st.builds(
    Work,
    key=st.just("r1"),
    text=texts,
    labels=texts,
    codes=codes,
    places=places,
    strength=st.sampled_from([0.6, 1.0]),
    is_reference=st.booleans(),
)
profiles = st.builds(
    Profile,
    id=st.just(0),
    name=texts,
    text=texts,
    labels=texts,
    codes=codes,
    works=st.lists(works, max_size=3).map(tuple),
    wanted=places,
    kinds=st.frozensets(st.sampled_from(KINDS)),
    certifications=some_of(CERTIFICATIONS),
    languages=some_of(["fr", "en"]),
    experience=some_of(["MA", "DZ"]),
    headcount=size,
    maturity=unit,
    freshness=unit,
)
asked = st.builds(Asked, family=st.just("certifications"), code=st.sampled_from(CERTIFICATIONS), must=st.booleans())
needs = st.builds(
    Need,
    id=st.just(0),
    title=texts,
    body=texts,
    labels=texts,
    codes=codes,
    places=places,
    kind=st.sampled_from(["", *KINDS]),
    asked=st.lists(asked, max_size=2, unique_by=lambda one: one.code).map(tuple),
    headcount=size,
    headcount_must=st.booleans(),
    maturity=unit,
)


def numbered(records):
    return [replace(record, id=number) for number, record in enumerate(records)]


companies = st.lists(profiles, min_size=1, max_size=6).map(numbered)
openings = st.lists(needs, min_size=1, max_size=5).map(numbered)


def score_one(need, profile, statistics):
    return score_all(need, [profile], statistics)


def score_all(need, some_profiles, statistics):
    columns = engine.Companies([engine.company_vectors(profile, statistics) for profile in some_profiles])
    return engine.score(engine.OneNeed(engine.need_vectors(need, statistics), columns), engine.ACTIVE)


@settings(max_examples=150, deadline=None)
@given(companies, openings)
def test_a_pair_has_the_same_score_and_parts_whichever_way_it_was_reached(some_profiles, some_needs):
    statistics = engine.Statistics.of(some_profiles, "test")
    open_needs = engine.Needs([engine.need_vectors(need, statistics) for need in some_needs])
    from_companies = [
        engine.score(engine.OneCompany(engine.company_vectors(profile, statistics), open_needs), engine.ACTIVE)
        for profile in some_profiles
    ]

    for n, need in enumerate(some_needs):
        from_need = score_all(need, some_profiles, statistics)
        for c in range(len(some_profiles)):
            assert from_need.score[c] == pytest.approx(from_companies[c].score[n], abs=1e-6)
            assert from_need.parts(c) == from_companies[c].parts(n)
            assert from_need.eligible[c] == from_companies[c].eligible[n]
            assert from_need.band(c) == from_companies[c].band(n)


@settings(max_examples=100, deadline=None)
@given(companies, needs)
def test_the_parts_sum_to_the_score_between_0_and_100(some_profiles, need):
    scores = score_all(need, some_profiles, engine.Statistics.of(some_profiles, "test"))

    for c in range(len(some_profiles)):
        parts = scores.parts(c)
        assert sum(part["points"] for part in parts) == pytest.approx(scores.score[c], abs=1e-6)
        assert all(0 <= part["points"] <= part["max"] + 1e-3 for part in parts)
        assert 0 <= scores.score[c] <= 100.01


@settings(max_examples=60, deadline=None)
@given(companies, needs, st.randoms())
def test_the_order_of_companies_changes_nothing(some_profiles, need, chance):
    statistics = engine.Statistics.of(some_profiles, "test")
    before = score_all(need, some_profiles, statistics)
    shuffled = chance.sample(some_profiles, len(some_profiles))

    after = score_all(need, shuffled, statistics)

    assert {p.id: before.parts(c) for c, p in enumerate(some_profiles)} == {
        p.id: after.parts(c) for c, p in enumerate(shuffled)
    }
    assert before.pairs.ids[before.ranked()].tolist() == after.pairs.ids[after.ranked()].tolist()


@settings(max_examples=100, deadline=None)
@given(profiles, needs, st.sampled_from(CODES))
def test_adding_a_code_that_the_need_asks_never_lowers_the_score(profile, need, code):
    statistics = engine.Statistics.of([profile], "test")
    need = replace(need, codes=(*need.codes, code))
    before = score_one(need, profile, statistics).score[0]

    after = score_one(need, replace(profile, codes=(*profile.codes, code)), statistics).score[0]

    assert after >= before - 1e-9


@settings(max_examples=100, deadline=None)
@given(profiles, needs, st.sampled_from(PLACES))
def test_adding_a_country_that_the_need_asks_never_lowers_the_score(profile, need, place):
    statistics = engine.Statistics.of([profile], "test")
    need = replace(need, places=(*need.places, place))
    sales = Work(key="x", places=(place,), is_reference=False)
    before = score_one(need, profile, statistics).score[0]

    wanted = score_one(need, replace(profile, wanted=(*profile.wanted, place)), statistics).score[0]
    worked = score_one(need, replace(profile, works=(*profile.works, sales)), statistics).score[0]

    assert wanted >= before - 1e-9
    assert worked >= before - 1e-9


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.code)
def test_unknown_is_never_below_missing_and_never_above_met(criterion):
    assert 0 < criterion.neutral <= criterion.met_from


def test_a_silent_company_gets_a_neutral_score_and_only_questions():
    need = Need(id=1, title="vanne", codes=("sector:eau",), places=(("MA", "Z-AFN"),), kind="hosting")
    silent = Profile(id=1, complete=False)

    scores = score_one(need, silent, engine.Statistics.of([silent], "test"))

    assert {part["answer"] for part in scores.parts(0)} == {"unknown"}
    assert 0 < scores.score[0] < 50
    assert scores.band(0) == "incomplete"
    assert scores.eligible[0]


@pytest.mark.parametrize(
    ("held", "must", "eligible", "answer"),
    [
        (None, True, True, "unknown"),
        (frozenset(), True, False, "missing"),
        (frozenset(), False, True, "missing"),
        (frozenset({"iso-9001"}), True, True, "met"),
    ],
)
def test_only_a_known_lack_of_something_eliminatory_excludes(held, must, eligible, answer):
    need = Need(id=1, title="vanne", asked=(Asked("certifications", "iso-9001", must),))
    profile = Profile(id=1, certifications=held)

    scores = score_one(need, profile, engine.Statistics.of([profile], "test"))

    part = next(part for part in scores.parts(0) if part["criterion"] == "certifications")
    assert bool(scores.eligible[0]) is eligible
    assert part["answer"] == answer


def test_the_eligible_come_first_then_the_best_then_the_oldest():
    statistics = engine.Statistics.of([], "test")
    need = Need(id=1, title="vanne", headcount=3, headcount_must=True)
    some = [
        Profile(id=1, text="vanne", headcount=0),
        Profile(id=2, headcount=5),
        Profile(id=4, text="vanne", headcount=5),
        Profile(id=3, text="vanne", headcount=5),
    ]

    scores = score_all(need, some, statistics)

    assert scores.pairs.ids[scores.ranked()].tolist() == [3, 4, 2, 1]


def test_evidence_names_the_reference_the_words_the_code_and_the_place():
    need = Need(id=1, title="Vannes de réseau", codes=("cpv:42131100",), places=(("MA", "Z-AFN"),))
    works_ = (
        Work(key="r1", text="audit", codes=("cpv:79212000",), places=(("FR", "Z-EUW"),)),
        Work(key="r2", text="vanne pour réseaux", codes=("cpv:42131200",), places=(("MA", "Z-AFN"),)),
    )
    profile = Profile(id=1, works=works_)

    scores = score_one(need, profile, engine.Statistics.of([profile], "test"))

    evidence = {part["criterion"]: part.get("evidence") for part in scores.parts(0)}
    assert evidence["reference"] == {"work": "r2", "words": ["réseau", "vannes"]}
    assert evidence["codes"] == {"code": "cpv:42131"}
    assert evidence["code_place"] == {"work": "r2", "place": "MA", "code": "cpv:42131"}
    assert evidence["place"] == {"work": "r2", "place": "MA"}
    assert evidence["near"] == {"count": 1}


@pytest.mark.parametrize(
    ("place", "points"),
    [("FR-60", 1.0), ("FR-59", 0.5), ("FR-75", 0.1)],
)
def test_the_nearer_the_place_the_better(place, points):
    chains = {
        "FR-60": ("FR-60", "FR-R32", "FR", "Z-EUW"),
        "FR-59": ("FR-59", "FR-R32", "FR", "Z-EUW"),
        "FR-75": ("FR-75", "FR-R11", "FR", "Z-EUW"),
    }
    need = Need(id=1, title="vanne", places=(chains["FR-60"],))
    profile = Profile(id=1, works=(Work(key="r1", text="vanne", places=(chains[place],)),))

    scores = score_one(need, profile, engine.Statistics.of([profile], "test"))

    place_answers = next(one for one in scores.answers if one.criterion.code == "place")
    assert place_answers.value.tolist() == [points]


def test_a_wish_for_a_whole_zone_is_a_wish_for_its_countries():
    need = Need(id=1, places=(("MA", "Z-AFN"),))
    whole, neighbour = Profile(id=1, wanted=(("Z-AFN",),)), Profile(id=2, wanted=(("DZ", "Z-AFN"),))

    scores = score_all(need, [whole, neighbour], engine.Statistics.of([], "test"))

    wanted = next(one for one in scores.answers if one.criterion.code == "wanted")
    assert np.allclose(wanted.value, [1.0, 0.25])

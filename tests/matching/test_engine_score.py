"""The engine's promises, over made-up markets of every shape."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching import answers, engine
from matching.engine.companies import SHORT, distinct
from matching.engine.criteria import CRITERIA
from matching.engine.legend import legend
from matching.engine.packed import HEAD
from matching.engine.records import Asked, Need, Profile, Sales, Work

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


works = st.builds(Work, key=st.integers(1, 99), text=texts, codes=codes, places=places.map(lambda some: some[:1]))
sales = st.builds(Sales, place=st.sampled_from(PLACES), strength=st.sampled_from([0.6, 1.0]))
profiles = st.builds(
    Profile,
    id=st.just(0),
    name=texts,
    text=texts,
    codes=st.lists(st.sampled_from(CODES).map(lambda code: (code, "~sector:eau")), max_size=3).map(tuple),
    works=st.lists(works, max_size=9).map(tuple),
    sales=st.lists(sales, max_size=2).map(tuple),
    wanted=places,
    kinds=st.frozensets(st.sampled_from(KINDS)),
    certifications=some_of(CERTIFICATIONS),
    languages=some_of(["fr", "en"]),
    experience=some_of(["MA", "DZ"]),
    headcount=size,
    volume=size,
    maturity=unit,
    freshness=unit,
    proposed=st.integers(0, 4),
    introduced=st.booleans(),
)
named = st.sampled_from(
    [*(("certifications", code) for code in CERTIFICATIONS), *(("sectors", slug) for slug in ("eau", "btp", "mines"))]
)
asked = st.builds(lambda one, must: Asked(*one, must), named, st.booleans())
needs = st.builds(
    Need,
    id=st.just(0),
    title=texts,
    body=texts,
    codes=codes,
    places=places,
    kind=st.sampled_from(["", *KINDS]),
    asked=st.lists(asked, max_size=3, unique_by=lambda one: one.code).map(tuple),
    headcount=size,
    headcount_must=st.booleans(),
    volume=size,
    volume_must=st.booleans(),
    maturity=unit,
)


def numbered(records):
    return [replace(record, id=number) for number, record in enumerate(records)]


companies = st.lists(profiles, min_size=1, max_size=6).map(numbered)
openings = st.lists(needs, min_size=1, max_size=5).map(numbered)


EVERYTHING = replace(
    engine.ACTIVE, weights={criterion.code: engine.ACTIVE.weights[criterion.code] or 0.1 for criterion in CRITERIA}
)


def label(code):
    return {"cpv:45311000": "câblage électrique", "cpv:42131000": "robinets et vannes"}.get(code, "")


class World:
    """Some companies under their own word statistics."""

    def __init__(self, profiles, blocks=1):
        self.lexicon = engine.Lexicon(label)
        self.packed = {profile.id: engine.pack(profile, self.lexicon) for profile in profiles}
        whole = np.concatenate([np.zeros(0, np.int32), *self.packed.values()])
        self.statistics = engine.Statistics.of([(whole, lengths(self.packed.values()))], self.lexicon, "test")
        self.blocks = [
            (self.laid_out([profile.id for profile in profiles[part::blocks]]), None) for part in range(blocks)
        ]

    def laid_out(self, ids):
        rows = [self.packed[company] for company in ids]
        return engine.lay_out(ids, np.concatenate([np.zeros(0, np.int32), *rows]), lengths(rows), self.statistics)

    def vectors(self, need):
        return engine.need_vectors(need, self.statistics, self.lexicon)

    def of_need(self, need, **sought):
        plan = engine.Plan(engine.Question(self.vectors(need), self.lexicon), EVERYTHING)
        return engine.best_of(plan, self.blocks, engine.Sought(**{"most": 1_000} | sought))

    def of_company(self, company, needs):
        record = engine.Company(company, self.packed[company])
        columns = engine.Needs([self.vectors(need) for need in needs])
        return engine.facing_needs(engine.OneCompany(record, columns, self.lexicon, self.statistics), EVERYTHING)

    def answers(self, need, scores, position):
        """What the numbers of a pair say."""
        some = scores.at(np.array([position]))
        asked = np.flatnonzero(some.worth[:, 0]).tolist()
        numbers = some.points[asked, 0].tolist(), int(some.said_bits(asked)[0]), some.facts(asked)[0].tolist()
        return answers.read(legend(self.vectors(need), EVERYTHING), *numbers)


def lengths(rows):
    return np.array([len(row) for row in rows], np.int64)


def score_one(need, profile):
    return World([profile]).of_need(need)


@settings(max_examples=150, deadline=None)
@given(companies, openings, st.integers(1, 3))
def test_a_pair_has_the_same_score_and_answers_whichever_way_it_was_reached(some_profiles, some_needs, blocks):
    world = World(some_profiles, blocks)
    from_companies = {profile.id: world.of_company(profile.id, some_needs) for profile in some_profiles}

    for n, need in enumerate(some_needs):
        from_need = world.of_need(need)
        assert sorted(from_need.pairs.ids.tolist()) == [profile.id for profile in some_profiles]
        for c, company in enumerate(from_need.pairs.ids.tolist()):
            other = from_companies[company]
            assert from_need.score[c] == pytest.approx(other.score[n], abs=1e-6)
            assert world.answers(need, from_need, c) == world.answers(need, other, n)
            assert from_need.eligible[c] == other.eligible[n]
            assert from_need.bands[c] == other.bands[n]


@settings(max_examples=100, deadline=None)
@given(companies, needs)
def test_the_parts_sum_to_the_score_between_0_and_100(some_profiles, need):
    world = World(some_profiles)
    scores = world.of_need(need)

    for c in range(len(some_profiles)):
        parts = world.answers(need, scores, c)
        assert sum(part["points"] for part in parts) == pytest.approx(scores.score[c], abs=1e-6)
        assert all(0 <= part["points"] <= part["max"] + 1e-3 for part in parts)
        assert 0 <= scores.score[c] <= 100.01


@settings(max_examples=60, deadline=None)
@given(companies, needs, st.randoms())
def test_the_order_of_companies_changes_nothing(some_profiles, need, chance):
    def told(some):
        world = World(some)
        scores = world.of_need(need)
        found = {company: world.answers(need, scores, c) for c, company in enumerate(scores.pairs.ids.tolist())}
        return found, scores.pairs.ids[scores.ranked()].tolist()

    assert told(chance.sample(some_profiles, len(some_profiles))) == told(some_profiles)


@settings(max_examples=80, deadline=None)
@given(st.lists(profiles, min_size=1, max_size=30).map(numbered), needs, st.integers(1, 4), st.integers(1, 3))
@example([Profile(0), Profile(1, name="vanne")], Need(0, body="vanne"), 1, 1)  # a name alone tells nothing
def test_the_best_are_those_of_an_exact_look_at_everybody(some_profiles, need, most, blocks):
    everybody = World(some_profiles).of_need(need)
    named = frozenset({some_profiles[-1].id})
    world = World(some_profiles, blocks)

    found = world.of_need(need, most=most, floor=60.0, always=named)

    best = everybody.pairs.ids[everybody.ranked(most)].tolist()
    high = set(everybody.pairs.ids[everybody.standing >= 60.0].tolist())
    assert found.pairs.ids[found.ranked(most)].tolist() == best
    assert set(found.pairs.ids.tolist()) >= high | named


@settings(max_examples=100, deadline=None)
@given(profiles, needs, st.sampled_from(CODES))
def test_adding_a_code_that_the_need_asks_never_lowers_the_score(profile, need, code):
    others = tuple(one for one in need.asked if one.family != "sectors")  # a sector said may not be one exacted
    need = replace(need, codes=(*need.codes, code), asked=others)
    world = World([replace(profile, id=1), replace(profile, id=2, codes=(*profile.codes, (code,)))])

    before, after = by_id(world.of_need(need))

    assert after >= before - 1e-9


@settings(max_examples=100, deadline=None)
@given(profiles, needs, st.sampled_from(PLACES))
def test_adding_a_country_that_the_need_asks_never_lowers_the_score(profile, need, place):
    need = replace(need, places=(*need.places, place))
    wanting = replace(profile, id=2, wanted=(*profile.wanted, place))
    selling = replace(profile, id=3, sales=(*profile.sales, Sales(place)))

    before, wanted, worked = by_id(World([replace(profile, id=1), wanting, selling]).of_need(need))

    assert wanted >= before - 1e-9
    assert worked >= before - 1e-9


def by_id(scores):
    return scores.score[np.argsort(scores.pairs.ids)].tolist()


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda criterion: criterion.code)
def test_unknown_is_never_below_missing_and_never_above_met(criterion):
    assert 0 < criterion.neutral <= criterion.met_from


def test_a_silent_company_gets_a_neutral_score_and_only_questions():
    need = Need(id=1, title="vanne", codes=("sector:eau",), places=(("MA", "Z-AFN"),), kind="hosting")
    world = World([Profile(id=1, complete=False)])

    scores = world.of_need(need)

    told = {part["criterion"]: part["answer"] for part in world.answers(need, scores, 0)}
    assert {told[criterion] for criterion in told.keys() - {"exposure", "newcomer"}} == {"unknown"}
    assert 0 < scores.score[0] < 50
    assert scores.bands[0] == "incomplete"
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
    world = World([Profile(id=1, certifications=held)])

    scores = world.of_need(need)

    part = next(part for part in world.answers(need, scores, 0) if part["criterion"] == "certifications")
    assert bool(scores.eligible[0]) is eligible
    assert part["answer"] == answer


@pytest.mark.parametrize(("held", "answer"), [(None, "unknown"), (1, "missing"), (2, "met"), (3, "met")])
@pytest.mark.parametrize("must", [False, True])
@pytest.mark.parametrize("name", ["headcount", "volume"])
def test_a_band_below_the_least_is_missing_and_excludes_only_where_it_is_exacted(name, must, held, answer):
    need = Need(id=1, title="vanne", **{name: 2, f"{name}_must": must})
    world = World([Profile(id=1, **{name: held})])

    scores = world.of_need(need)

    part = next(part for part in world.answers(need, scores, 0) if part["criterion"] == name)
    assert part["answer"] == answer
    assert part.get("evidence", {}).get("must", False) is must
    assert bool(scores.eligible[0]) is (answer != "missing" or not must)


SECTORS_HELD = {None: (), "other": ("mines",), "one": ("eau",), "both": ("btp", "eau")}


@pytest.mark.parametrize(
    ("asked_", "held", "answer", "share_", "eligible"),
    [
        ({"eau": True, "btp": True}, None, "unknown", 0.5, True),
        ({"eau": True, "btp": True}, "other", "missing", 0.0, False),
        ({"eau": True, "btp": True}, "one", "met", 1.0, True),  # of those exacted one is enough
        ({"eau": True, "btp": True}, "both", "met", 1.0, True),
        ({"eau": False, "btp": False}, None, "unknown", 0.5, True),
        ({"eau": False, "btp": False}, "other", "missing", 0.0, True),
        ({"eau": False, "btp": False}, "one", "partly", 0.5, True),
        ({"eau": False, "btp": False}, "both", "met", 1.0, True),
        ({"eau": True, "btp": False}, "one", "partly", 0.5, True),
        ({"btp": True, "eau": False}, "other", "missing", 0.0, False),
    ],
)
def test_sectors_asked_by_name_are_read_from_those_that_a_company_declares(asked_, held, answer, share_, eligible):
    need = Need(id=1, title="vanne", asked=tuple(Asked("sectors", slug, must) for slug, must in asked_.items()))
    declared = tuple((f"sector:{slug}", f"~sector:{slug}", "cpv:45") for slug in SECTORS_HELD[held])
    near = ("naf:36.00Z", "~sector:eau")  # a trade near a sector is no sector declared
    world = World([Profile(id=1, codes=(near, *declared))])

    scores = world.of_need(need)

    part = next(part for part in world.answers(need, scores, 0) if part["criterion"] == "sectors")
    assert part["answer"] == answer
    assert share(scores, "sectors") == pytest.approx([share_], abs=1e-3)
    assert bool(scores.eligible[0]) is eligible
    if held:
        assert sorted(part["evidence"].get("has", [])) == sorted(set(SECTORS_HELD[held]) & set(asked_))


BEFORE = {code: weight for code, weight in engine.ACTIVE.weights.items() if code not in {"sectors", "volume"}}


@settings(max_examples=100, deadline=None)
@given(companies, needs)
def test_a_need_that_asks_neither_sector_nor_volume_scores_as_it_did_before_they_could_be_asked(some_profiles, need):
    asked_ = tuple(one for one in need.asked if one.family != "sectors")
    need = replace(need, asked=asked_, volume=None, volume_must=False)
    silent = [replace(profile, volume=None) for profile in some_profiles]

    def scored(world, weights):
        plan = engine.Plan(engine.Question(world.vectors(need), world.lexicon), weights)
        found = engine.best_of(plan, world.blocks, engine.Sought(1_000))
        rows = [CRITERIA.index(one) for one in CRITERIA if one.code in BEFORE]
        order = np.argsort(found.pairs.ids)
        told = found.points[np.ix_(rows, order)], found.worth[np.ix_(rows, order)], found.said[np.ix_(rows, order)]
        return [one.tolist() for one in (*told, found.score[order], found.eligible[order], found.bands[order])]

    assert scored(World(some_profiles), engine.ACTIVE) == scored(World(silent), replace(engine.ACTIVE, weights=BEFORE))


def test_the_eligible_come_first_then_the_best_then_the_oldest():
    need = Need(id=1, title="vanne", headcount=3, headcount_must=True)
    some = [
        Profile(id=1, text="vanne", headcount=0),
        Profile(id=2, headcount=5),
        Profile(id=4, text="vanne", headcount=5),
        Profile(id=3, text="vanne", headcount=5),
    ]

    scores = World(some).of_need(need)

    assert scores.pairs.ids[scores.ranked()].tolist() == [3, 4, 2, 1]


def test_evidence_names_the_reference_the_words_the_code_and_the_place():
    need = Need(id=1, title="Vannes de réseau", codes=("cpv:42131100",), places=(("MA", "Z-AFN"),))
    works_ = (
        Work(key=1, text="audit", codes=("cpv:79212000",), places=(("FR", "Z-EUW"),)),
        Work(key=2, text="vanne pour réseaux", codes=("cpv:42131200",), places=(("MA", "Z-AFN"),)),
    )
    world = World([Profile(id=1, works=works_)])

    scores = world.of_need(need)

    evidence = {part["criterion"]: part.get("evidence") for part in world.answers(need, scores, 0)}
    assert evidence["reference"] == {"work": "r2", "words": ["réseau", "vannes"]}
    assert evidence["codes"] == {"code": "cpv:42131"}
    assert evidence["code_place"] == {"work": "r2", "place": "MA", "code": "cpv:42131"}
    assert evidence["place"] == {"work": "r2", "place": "MA"}
    assert evidence["near"] == {"count": 1}


@pytest.mark.parametrize(("place", "points"), [("FR-60", 1.0), ("FR-59", 0.5), ("FR-75", 0.1)])
def test_the_nearer_the_place_the_better(place, points):
    chains = {
        "FR-60": ("FR-60", "FR-R32", "FR", "Z-EUW"),
        "FR-59": ("FR-59", "FR-R32", "FR", "Z-EUW"),
        "FR-75": ("FR-75", "FR-R11", "FR", "Z-EUW"),
    }
    need = Need(id=1, title="vanne", places=(chains["FR-60"],))

    scores = score_one(need, Profile(id=1, works=(Work(key=1, text="vanne", places=(chains[place],)),)))

    assert share(scores, "place") == pytest.approx([points], abs=1e-3)


def test_the_first_times_that_a_company_was_proposed_count_most():
    companies_ = [Profile(id=level, text="vanne", proposed=level) for level in range(5)]

    scores = World(companies_).of_need(Need(id=1, title="vanne"))

    row = [criterion.code for criterion in CRITERIA].index("exposure")
    shares = scores.points[row] / 1_000 / scores.worth[row]
    told = dict(zip(scores.pairs.ids.tolist(), shares.tolist(), strict=True))
    assert told == pytest.approx({0: 1.0, 1: 0.5, 2: 0.293, 3: 0.134, 4: 0.0}, abs=0.001)


def test_a_wish_for_a_whole_zone_is_a_wish_for_its_countries():
    need = Need(id=1, places=(("MA", "Z-AFN"),))
    some = [Profile(id=1, wanted=(("Z-AFN",),)), Profile(id=2, wanted=(("DZ", "Z-AFN"),))]

    scores = World(some).of_need(need)

    assert share(scores, "wanted") == pytest.approx([1.0, 0.25], abs=1e-3)


def share(scores, code):
    """Of what a criterion can bring, by company."""
    row = [criterion.code for criterion in CRITERIA].index(code)
    shares = scores.points[row] / 1_000 / scores.worth[row]
    return shares[np.argsort(scores.pairs.ids)].tolist()


@pytest.mark.parametrize("count", [3, SHORT, SHORT + 1])
def test_each_company_keeps_its_own_figures_however_many_different_ones_there_are(count):
    head = np.zeros((count, len(HEAD)), np.int64)
    told = np.random.default_rng(1).permutation(count)
    head[:, HEAD.index("headcount")] = told

    traits = distinct(head, ["headcount", "volume"])

    assert traits.figures["headcount"][traits.of].tolist() == told.tolist()

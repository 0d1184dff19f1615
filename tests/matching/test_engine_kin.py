from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from accounts.models import Reference
from matching import engine, market, refresh
from matching.engine import kin
from matching.engine.records import Need, Profile, Work
from matching.engine.text import terms
from matching.models import Corpus
from tests.factories import OrganisationFactory
from tests.matching.test_engine_score import World, companies, openings

MEALS, BREAD, ROADS, PAPER = "cpv:55523100", "cpv:15811000", "cpv:45233140", "cpv:30197630"


def firms(*references):
    """Companies, each with these references: (text, code)."""
    return [
        Profile(id=number, works=tuple(Work(n, text, (code,)) for n, (text, code) in enumerate(some)))
        for number, some in enumerate(references)
    ]


CANTEENS = [("repas de cantine", MEALS), ("pain et goûters", BREAD)]
BUILDERS = [("enrobés de chaussée", ROADS), ("trottoirs et bordures", ROADS)]
OFFICES = [("papier blanc", PAPER)]
OTHERS = [[(f"autre{digits}", f"cpv:{digits}00000")] for digits in range(331, 391)]
MARKET = firms(*[CANTEENS, BUILDERS, OFFICES] * 30, *OTHERS * 5)


@pytest.fixture(scope="module")
def learnt():
    return World(MARKET)


def worths(world, title="", *codes):
    need = Need(id=0, title=title, codes=codes)
    return world.vectors(need).codes


@pytest.mark.parametrize(
    ("title", "code", "akin"),
    [
        ("Goûters des écoles", "", "~cpv:1581"),  # by a word
        ("", MEALS, "~cpv:1581"),  # by another reference of the same companies
    ],
)
def test_words_and_codes_of_a_need_tell_which_trades_are_akin(learnt, title, code, akin):
    found = worths(learnt, title, *filter(None, [code]))

    assert found[akin] >= kin.LEAST_WORTH
    assert "~cpv:3019" not in found


def test_what_is_its_own_is_never_called_akin_and_never_worth_less(learnt):
    plain = engine.nodes.code_nodes((MEALS,))

    found = worths(learnt, "Repas", MEALS)

    assert not {f"~{node}" for node in plain} & found.keys()
    assert all(found[node] >= worth for node, worth in plain.items() if worth)


def test_a_company_akin_comes_before_a_stranger(learnt):
    baker, printer = firms([("pain", BREAD)], [("papier", PAPER)])
    world = World([*MARKET, replace(baker, id=1_001), replace(printer, id=1_000)])

    scores = world.of_need(Need(id=0, title="Distribution", codes=(MEALS,)))

    points = dict(zip(scores.pairs.ids.tolist(), scores.score.tolist(), strict=True))
    assert points[0] > points[1_001] > points[1_000]


@pytest.mark.parametrize(
    "need", [Need(id=0), Need(id=0, title="Inconnu au bataillon"), Need(id=0, codes=("sector:eau",))]
)
def test_a_need_that_tells_nothing_has_no_kin(learnt, need):
    assert not [node for node in learnt.vectors(need).codes if node.startswith("~cpv")]


def test_few_references_teach_nothing():
    assert not [node for node in worths(World(MARKET[:99]), "Goûters", MEALS) if node.startswith("~")]


def test_a_word_weighs_by_what_it_tells_of_the_trade():
    everywhere = [
        replace(one, works=tuple(replace(work, text=f"{work.text} divers") for work in one.works)) for one in MARKET
    ]
    world = World(everywhere)

    def telling(word, among=world):
        return among.statistics.kin.telling(among.lexicon.find("term", terms(word)[0]))

    assert telling("divers") < 0.1 < 0.9 < telling("goûters")
    assert telling("inconnu") == kin.UNHEARD
    assert telling("divers", among=World(everywhere[:99])) == 1
    found = world.vectors(Need(id=0, title="Goûters divers")).text
    assert found[terms("goûters")[0]] > 10 * found.get(terms("divers")[0], 0)


def test_a_sector_teaches_nothing_of_the_many_divisions_that_it_implies():
    profiles = [Profile(id=n, text="pompes", codes=(("sector:eau", "cpv:65", "hs:84"),)) for n in range(300)]

    assert World(profiles).statistics.kin.names.tolist() == []


def test_a_profile_that_declares_a_code_teaches_its_words():
    profiles = [Profile(id=n, text="pompes", codes=(("hs:841370",),)) for n in range(300)]
    others = [Profile(id=n, text="papier", codes=(("hs:480256",),)) for n in range(300, 6_000)]

    assert "~hs:8413" in worths(World([*profiles, *others]), "Pompes de relevage")


def test_counting_in_parts_is_counting_at_once(learnt):
    rows = [learnt.packed[profile.id] for profile in MARKET]
    parts = [(np.concatenate(some), np.array([len(row) for row in some])) for some in (rows[:50], rows[50:])]

    found = engine.Statistics.of(parts, learnt.lexicon, "parts").kin

    for name in ("names", "deeds", "seen", "frequency", "starts", "at"):
        assert np.array_equal(getattr(found, name), getattr(learnt.statistics.kin, name)), name
    for name in ("counts", "pairs"):
        assert getattr(found, name) == pytest.approx(getattr(learnt.statistics.kin, name)), name


def test_what_was_counted_can_be_kept(learnt):
    kept = engine.Kin.read(learnt.statistics.kin.write())

    assert kept.worths((MEALS,), [0, 1]) == learnt.statistics.kin.worths((MEALS,), [0, 1])


@pytest.mark.django_db
def test_it_is_counted_with_the_words_and_none_before():
    profile = OrganisationFactory().sme_profile
    Reference.objects.create(profile=profile, title="Vannes", codes=["cpv:42131000"])
    refresh.refresh_due()
    corpus = Corpus.objects.latest()

    assert market.read_statistics(corpus).kin.names.tolist() == ["~cpv:42", "~cpv:421", "~cpv:4213"]
    corpus.kin = b""
    assert market.read_statistics(corpus).kin.names.tolist() == []


@given(some_profiles=companies, some_needs=openings)
@settings(max_examples=40, deadline=None)
def test_both_ways_agree_on_trades_akin(some_profiles, some_needs):
    world = World([*some_profiles, *(replace(one, id=one.id + 100) for one in MARKET)])
    assert world.statistics.kin.deeds >= kin.ENOUGH

    for company in some_profiles:
        back = world.of_company(company.id, some_needs)
        for position, need in enumerate(some_needs):
            scores = world.of_need(need, always=frozenset([company.id]))
            there = scores.pairs.ids.tolist().index(company.id)
            assert scores.points[:, there].tolist() == back.points[:, position].tolist()

"""Words across languages: learnt from labels that say both, worth less than the word itself, and shown."""

import numpy as np
import pytest

from matching import engine, features
from matching.engine.bridge import Bridge
from matching.engine.legend import legend
from matching.engine.records import Need, Profile
from matching.engine.text import root

LABELS = [
    ("Pompes à eau", "Water pumps"),
    ("Pompes à chaleur", "Heat pumps"),
    ("Vannes", "Valves"),
    ("Eau de source", "Spring water"),
    ("Télécommunications", "Telecommunications"),
    ("", "Nothing in French"),
]


def across(bridge, word):
    found = bridge.of.get(root(word))
    return found.written if found else None


@pytest.mark.parametrize(
    ("word", "other"),
    [("pompe", "pumps"), ("pumps", "pompes"), ("eau", "water"), ("vannes", "valves"), ("valve", "vannes")],
)
def test_words_that_stand_in_the_same_labels_stand_for_each_other(word, other):
    assert across(Bridge.learnt(LABELS), word) == other


@pytest.mark.parametrize("word", ["télécommunications", "nothing", "inconnu"])
def test_a_word_that_both_languages_share_or_nobody_explains_has_no_bridge(word):
    assert across(Bridge.learnt(LABELS), word) is None


def test_the_order_of_labels_changes_nothing_and_it_is_read_as_written():
    bridge = Bridge.learnt(LABELS)

    assert {one: to.root for one, to in Bridge.learnt(LABELS[::-1]).of.items()} == {
        one: to.root for one, to in bridge.of.items()
    }
    assert Bridge.read(bridge.write()) == bridge
    assert Bridge.read("") == Bridge({})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("word", "other"), [("bois", "wood"), ("wood", "bois"), ("coton", "cotton"), ("Allemagne", "germany")]
)
def test_the_labels_that_the_platform_ships_teach_it_words(word, other):
    found = across(Bridge.learnt(features.bilingual()), word)

    assert found is not None
    assert root(found) == root(other)


def faced(need, *profiles):
    """The scores of companies, with a bridge; and the legend of the need."""
    lexicon = engine.Lexicon(lambda code: "")
    packed = [engine.pack(profile, lexicon) for profile in profiles]
    whole, lengths = np.concatenate(packed), np.array([len(row) for row in packed])
    statistics = engine.Statistics.of([(whole, lengths)], lexicon, "test", LABELS)
    vectors = engine.need_vectors(need, statistics, lexicon)
    block = engine.lay_out(np.arange(len(lengths)), whole, lengths, statistics)
    plan = engine.Plan(engine.Question(vectors, lexicon), engine.ACTIVE)
    return engine.best_of(plan, [(block, None)], engine.Sought(9)), legend(vectors, engine.ACTIVE)


@pytest.mark.parametrize(
    ("asked", "same", "translated"),
    [("vannes", "Fabricant de vannes", "Maker of valves"), ("valves", "Maker of valves", "Fabricant de vannes")],
)
def test_a_need_finds_companies_of_the_other_language_behind_those_of_its_own(asked, same, translated):
    own, other, none = (Profile(n, text=text) for n, text in enumerate([same, translated, "Fabricant de chaises"]))

    scores, told = faced(Need(0, title=asked), own, other, none)

    by_company = dict(zip(scores.pairs.ids.tolist(), scores.score.tolist(), strict=True))
    assert by_company[0] > by_company[1] > by_company[2]
    assert any(f"{asked} → " in word for word in told["words"]["text"])

"""A company as a row of whole numbers: what is kept of it in the database, and laid out in columns from there.

HEAD numbers first, then each list after the other, then the works: their keys, codes and places, how many words each
has, and the words. A word of the profile carries its count in its upper bits.
"""

from collections import Counter
from itertools import chain

import numpy as np

from matching.engine.lexicon import Array, Lexicon
from matching.engine.records import Profile
from matching.engine.text import terms

LISTS = ("text", "codes", "wanted", "sales", "kinds", "certifications", "languages", "experience")
FIGURES = ("headcount", "volume", "maturity", "freshness", "reach", "proposed", "flags")
FLAGS = (
    "complete", "introduced", "has_text", "has_reference", "has_codes", "has_places", "has_wanted", "has_kinds",
    "knows_certifications", "knows_languages", "knows_experience", "knows_sectors",
)  # fmt: skip
HEAD = (*(f"n_{name}" for name in LISTS), "n_works", "n_words", "length", *FIGURES)
PLACE_IN_HEAD = {name: place for place, name in enumerate(HEAD)}
UNKNOWN = -1
PERCENT = 100
FIGURE_UNITS = {"maturity": PERCENT, "freshness": PERCENT}
COUNT_SHIFT, MANY = 24, 127  # a word's number is below 2**24, its count at most 127
MOST_PLACES = 50
SECTOR = "sector:"  # before the name of a sector among codes


def pack(profile: Profile, lexicon: Lexicon) -> Array:
    """The company as int32 numbers, in the lexicon's numbering."""
    own = terms(profile.text)
    words = [terms(work.text) for work in profile.works]
    said = bool(own or any(words))
    counted = Counter(chain(own, *words, terms(profile.name) if said else ()))  # a name alone tells nothing
    text = [lexicon.term(term) | min(count, MANY) << COUNT_SHIFT for term, count in counted.items()]
    lists = (
        text,
        [lexicon.codes(group) for group in profile.codes],
        [lexicon.place(place) for place in profile.wanted],
        [lexicon.sales(sales) for sales in profile.sales],
        *(
            [lexicon.thing(code) for code in sorted(family or ())]
            for family in (profile.kinds, profile.certifications, profile.languages, profile.experience)
        ),
    )
    work_terms = [[lexicon.term(term) for term in dict.fromkeys(found)] for found in words]
    works = [
        [work.key for work in profile.works],
        [lexicon.codes(work.codes) for work in profile.works],
        [lexicon.place(work.places[0] if work.places else ()) for work in profile.works],
        [len(found) for found in work_terms],
        *work_terms,
    ]
    head = [
        *map(len, lists),
        len(profile.works),
        sum(map(len, work_terms)),
        counted.total(),
        *figures(profile, has_text=said),
    ]
    return np.fromiter(chain(head, *lists, *works), np.int32)


def figures(profile: Profile, *, has_text: bool) -> list[int]:
    reached = {place[0] for work in profile.works for place in work.places if place}
    reached |= {sales.place[0] for sales in profile.sales if sales.place}
    flags = (
        profile.complete,
        profile.introduced,
        has_text,
        bool(profile.works),
        bool(profile.codes) or any(work.codes for work in profile.works),
        bool(reached),
        bool(profile.wanted),
        bool(profile.kinds),
        profile.certifications is not None,
        profile.languages is not None,
        profile.experience is not None,
        any(group[0].startswith(SECTOR) for group in profile.codes if group),
    )
    return [
        UNKNOWN if profile.headcount is None else profile.headcount,
        UNKNOWN if profile.volume is None else profile.volume,
        percent(profile.maturity),
        percent(profile.freshness),
        min(len(reached), MOST_PLACES),
        profile.proposed,
        sum(flag << place for place, flag in enumerate(flags)),
    ]


def percent(share: float | None) -> int:
    return UNKNOWN if share is None else round(PERCENT * share)


def real(figures: Array, name: str) -> Array:
    """Figures as real numbers, NaN where unknown."""
    return np.where(figures < 0, np.nan, figures / FIGURE_UNITS.get(name, 1))


class Company:
    """A packed company, its lists read."""

    def __init__(self, id_: int, packed: Array) -> None:
        self.id, self.packed = id_, packed
        head = dict(zip(HEAD, packed[: len(HEAD)].tolist(), strict=True))
        self.length = head["length"]
        self.figures = {name: head[name] for name in FIGURES if name != "flags"}
        self.figures |= {name: head["flags"] >> place & 1 for place, name in enumerate(FLAGS)}
        at = len(HEAD)
        self.lists: dict[str, list[int]] = {}
        for name in LISTS:
            self.lists[name] = packed[at : at + head[f"n_{name}"]].tolist()
            at += head[f"n_{name}"]
        count = head["n_works"]
        columns = packed[at : at + 4 * count].reshape(4, count).tolist()
        self.keys, self.codes, self.places, lengths = columns
        at += 4 * count
        self.words: list[list[int]] = []
        for length in lengths:
            self.words.append(packed[at : at + length].tolist())
            at += length

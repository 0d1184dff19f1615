"""A block of companies as columns, and their references, one company's after the other's, as columns of their own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.engine.kernels import Columns
from matching.engine.lexicon import Array
from matching.engine.packed import COUNT_SHIFT, FIGURES, FLAGS, HEAD, LISTS, PLACE_IN_HEAD, real
from matching.engine.postings import Names, Postings, ragged
from matching.engine.statistics import Statistics

SATURATION, LENGTH_SHARE = 1.2, 0.2  # BM25's k1 and b: a long profile is evidence, not noise
HUNDREDTH = 100  # a word's weight in a text is kept in hundredths
ALL = slice(None)
NAMED = ("codes", "wanted", "sales")  # lists of which a company mostly has one or two
TOLD = ("flags", "reach")
COUNTED = tuple(name for name in FIGURES if name not in TOLD)
SHORT = 65_536  # so many rows of figures, hardly ever reached, are named by half the bytes
BLOCK = 262_144  # companies: few enough for their columns to stay in a cache, enough to be worth a call


@dataclass(frozen=True, slots=True)
class Works:
    """All references of a block."""

    starts: Array  # where each company's begin, and one more for the end
    keys: Array
    codes: Array
    places: Array
    words: Postings

    def __len__(self) -> int:
        return len(self.keys)

    def of(self, companies: Array) -> tuple[Array, Array]:
        """(references, lengths): those of some companies in their order, one company after the other."""
        starts = self.starts[companies].astype(np.int64)
        lengths = self.starts[companies + 1] - starts
        return ragged(starts, lengths), lengths


@dataclass(frozen=True, eq=False)
class Traits:
    """Figures that are read together: their distinct rows, and which of them each company has."""

    of: Array
    figures: dict[str, Array]

    @cached_property
    def real(self) -> dict[str, Array]:
        return {name: real(column, name) for name, column in self.figures.items()}

    @property
    def size(self) -> int:
        return len(next(iter(self.figures.values())))


@dataclass(frozen=True)
class Companies:
    """Columns of companies, a row each."""

    ids: Array
    traits: tuple[Traits, Traits]  # what it tells of itself at all; what else there is to count
    lists: dict[str, Postings]
    named: dict[str, Names]
    works: Works

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def columns(self) -> Columns:
        """What a look at a company goes through."""
        codes, sales, works = self.named["codes"], self.named["sales"], self.works
        return Columns(
            codes.starts, codes.names, sales.starts, sales.names, works.starts, works.codes, works.places
        )  # fmt: skip

    def traits_with(self, figure: str) -> Traits:
        return next(traits for traits in self.traits if figure in traits.figures)

    def figure(self, name: str, rows: Array | slice = ALL) -> Array:
        """A figure of each company, -1 where unknown."""
        traits = self.traits_with(name)
        found: Array = traits.figures[name][traits.of[rows]]
        return found

    @cached_property
    def _by_id(self) -> Array:
        return np.argsort(self.ids).astype(np.int32)

    def rows_of(self, companies: Collection[int]) -> Array:
        """The rows of those of these companies that stand here."""
        sought = np.array(sorted(companies), np.int64)
        place = np.searchsorted(self.ids, sought, sorter=self._by_id)
        rows = self._by_id[np.minimum(place, len(self.ids) - 1)] if len(self.ids) else place[:0]
        found: Array = rows[self.ids[rows] == sought] if len(rows) else rows
        return found


def lay_out(ids: Sequence[int] | Array, packed: Array, lengths: Array, statistics: Statistics) -> Companies:
    """Columns from packed companies that stand one after the other in `packed`, each `lengths` long."""
    starts = np.cumsum(lengths) - lengths
    head = packed[starts[:, None] + np.arange(len(HEAD))] if len(lengths) else np.zeros((0, len(HEAD)), np.int32)
    order = alike_together(head)
    starts, head = starts[order].astype(np.int64), head[order]
    at = starts + len(HEAD)
    lists, named = {}, {}
    for place, name in enumerate(LISTS):
        counts = head[:, place]
        found = packed[ragged(at, counts)]
        at = at + counts
        if name in NAMED:
            named[name] = Names.of(found, counts)
        else:
            lists[name] = texts(found, counts, head, statistics) if name == "text" else Postings.of(found, counts)
    return Companies(
        np.asarray(ids, np.int64)[order], traits_of(head), lists, named, lay_out_works(packed, at, head, statistics)
    )


def alike_together(head: Array) -> Array:
    """An order in which a look at a company mostly takes the same turns as at the one before: twice as fast."""
    return np.lexsort([head[:, PLACE_IN_HEAD[f"n_{name}"]] for name in ("sales", "codes", "wanted", "works")])


def texts(found: Array, counts: Array, head: Array, statistics: Statistics) -> Postings:
    lengths = np.repeat(head[:, PLACE_IN_HEAD["length"]], counts)
    values = saturated(found >> COUNT_SHIFT, lengths, statistics.profile_length)
    return Postings.of(found & ((1 << COUNT_SHIFT) - 1), counts, values)


def saturated(times: Array | int, length: Array, mean_length: float) -> Array:
    """BM25's share of a document, in hundredths: the first mention of a word counts most."""
    norm = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / mean_length)
    return np.rint(HUNDREDTH * (SATURATION + 1) * times / (times + norm)).astype(np.uint8)


def traits_of(head: Array) -> tuple[Traits, Traits]:
    told, counted = (distinct(head, names) for names in (TOLD, COUNTED))
    flags = told.figures.pop("flags")
    flagged = {name: (flags >> place & 1).astype(np.int8) for place, name in enumerate(FLAGS)}
    return Traits(told.of, told.figures | flagged), counted


def distinct(head: Array, names: Sequence[str]) -> Traits:
    columns = head[:, [PLACE_IN_HEAD[name] for name in names]].astype(np.int64)
    low = columns.min(axis=0, initial=0)
    key = np.zeros(len(head), np.int64)
    for place, width in enumerate((columns.max(axis=0, initial=0) - low + 1).tolist()):
        key = key * width + columns[:, place] - low[place]
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    rows = columns[first]
    short = np.uint16 if len(rows) <= SHORT else np.int32
    return Traits(of.astype(short), {name: rows[:, place].astype(np.int32) for place, name in enumerate(names)})


def lay_out_works(packed: Array, at: Array, head: Array, statistics: Statistics) -> Works:
    """The works' columns; `at` is where each company's works begin in `packed`."""
    counts = head[:, PLACE_IN_HEAD["n_works"]].astype(np.int64)
    keys, codes, places, n_words = (packed[ragged(at + number * counts, counts)] for number in range(4))
    words = packed[ragged(at + 4 * counts, head[:, PLACE_IN_HEAD["n_words"]].astype(np.int64))]
    values = saturated(1, np.repeat(n_words, n_words), statistics.reference_length)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return Works(starts, keys, codes, places, Postings.of(words, n_words, values))

"""A block of companies as columns, and their references as columns of their own.

Companies stand in the order of their number of references, most first, and references in turns: every company's first,
then every second one, … Reckoning over each company's references is then a few operations on whole stretches.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.engine.lexicon import Array
from matching.engine.packed import COUNT_SHIFT, FIGURES, FLAGS, HEAD, LISTS, PLACE_IN_HEAD, real
from matching.engine.postings import Few, Postings, ragged
from matching.engine.statistics import Statistics

SATURATION, LENGTH_SHARE = 1.2, 0.2  # BM25's k1 and b: a long profile is evidence, not noise
HUNDREDTH = 100  # a word's weight in a text is kept in hundredths
TURNS = 6  # references beyond are kept company by company
ALL = slice(None)
FEW = ("codes", "wanted", "sales")  # lists of which a company mostly has one or two
TOLD = ("flags", "reach")
COUNTED = tuple(name for name in FIGURES if name not in TOLD)
BLOCK = 262_144  # companies: few enough for their columns to stay in a cache, enough to be worth a call


@dataclass(frozen=True, slots=True)
class Works:
    """All references of a block."""

    counts: Array  # a company each
    starts: tuple[int, ...]  # where each turn begins; the last: where the rest does
    rest: Array  # where the rest of each company with more than TURNS references begins, one more for the end
    owners: Array
    keys: Array
    codes: Array
    places: Array
    inheriting: Array  # those without codes
    words: Postings

    def __len__(self) -> int:
        return len(self.keys)

    def top(self, values: Array) -> Array:
        """The greatest over each company's references; 0 without any."""
        return self._over(np.maximum, values, values.dtype)

    def sum(self, values: Array) -> Array:
        return self._over(np.add, values, np.dtype(np.uint16))

    def _over(self, how: np.ufunc, values: Array, dtype: "np.dtype[np.generic]") -> Array:
        out = np.zeros(len(self.counts), dtype)
        for start, end in zip(self.starts, self.starts[1:], strict=False):
            some = out[: end - start]
            how(some, values[start:end], out=some)
        if len(self.rest) > 1:
            some = out[: len(self.rest) - 1]
            how(some, how.reduceat(values, self.rest[:-1], dtype=dtype), out=some)
        return out

    def of(self, companies: Array) -> tuple[Array, Array]:
        """(references, lengths): those of some companies in their order, one company after the other."""
        lengths = self.counts[companies]
        owner = np.repeat(companies, lengths)
        turn = ragged(np.zeros(len(companies), np.int64), lengths)
        regular = turn < TURNS
        found = np.empty(len(owner), np.int64)
        found[regular] = np.array(self.starts)[turn[regular]] + owner[regular]
        late = ~regular
        if late.any():
            found[late] = self.rest[owner[late]] + turn[late] - TURNS
        return found, lengths


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
    few: dict[str, Few]
    works: Works

    def __len__(self) -> int:
        return len(self.ids)

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
    order = np.argsort(-head[:, PLACE_IN_HEAD["n_works"]], kind="stable")
    starts, head = starts[order].astype(np.int64), head[order]
    at = starts + len(HEAD)
    lists, few = {}, {}
    for place, name in enumerate(LISTS):
        counts = head[:, place]
        found = packed[ragged(at, counts)]
        at = at + counts
        if name in FEW:
            few[name] = Few.of(found, counts)
        else:
            lists[name] = texts(found, counts, head, statistics) if name == "text" else Postings.of(found, counts)
    return Companies(
        np.asarray(ids, np.int64)[order], traits_of(head), lists, few, lay_out_works(packed, at, head, statistics)
    )


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
    flagged = {name: flags >> place & 1 for place, name in enumerate(FLAGS)}
    return Traits(told.of, told.figures | flagged), counted


def distinct(head: Array, names: Sequence[str]) -> Traits:
    columns = head[:, [PLACE_IN_HEAD[name] for name in names]].astype(np.int64)
    low = columns.min(axis=0, initial=0)
    key = np.zeros(len(head), np.int64)
    for place, width in enumerate((columns.max(axis=0, initial=0) - low + 1).tolist()):
        key = key * width + columns[:, place] - low[place]
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    rows = columns[first]
    return Traits(of.astype(np.intp), {name: rows[:, place] for place, name in enumerate(names)})


def lay_out_works(packed: Array, at: Array, head: Array, statistics: Statistics) -> Works:
    """The works' columns; `at` is where each company's works begin in `packed`."""
    counts = head[:, PLACE_IN_HEAD["n_works"]].astype(np.int64)
    company = np.repeat(np.arange(len(counts)), counts)
    turn = ragged(np.zeros(len(counts), np.int64), counts)
    order = np.lexsort((turn, company, np.where(turn < TURNS, turn, TURNS)))
    per_turn = [int((counts > number).sum()) for number in range(TURNS)]
    starts = tuple(np.cumsum([0, *per_turn]).tolist())
    late = counts[counts > TURNS] - TURNS
    rest = starts[-1] + np.cumsum(np.concatenate([[0], late]))
    columns = [packed[ragged(at + number * counts, counts)] for number in range(4)]
    keys, codes, places, n_words = (column[order] for column in columns)
    words_at = np.repeat(at + 4 * counts, counts) + before_within(columns[3], company, counts)
    words = packed[ragged(words_at[order], n_words)]
    values = saturated(1, np.repeat(n_words, n_words), statistics.reference_length)
    owners = company[order].astype(np.int32)
    return Works(
        counts=counts.astype(np.int32),
        starts=starts,
        rest=rest,
        owners=owners,
        keys=keys,
        codes=codes.astype(np.intp),
        places=places.astype(np.intp),
        inheriting=np.flatnonzero(codes == 0),
        words=Postings.of(words, n_words, values),
    )


def before_within(lengths: Array, company: Array, counts: Array) -> Array:
    """How much of its company's works comes before each."""
    before = np.cumsum(lengths) - lengths
    first = np.cumsum(counts) - counts
    base = np.zeros(len(counts), np.int64)
    base[counts > 0] = before[first[counts > 0]]
    shift: Array = before - base[company]
    return shift

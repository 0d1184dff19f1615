"""One record facing many of the other side: the same whole numbers a pair, whichever side the many are on.

A state is what two records share, reckoned in whole numbers: it is the same to the last bit in both directions. A need
facing companies adds up everybody's points at once (`OneNeed`); states are read of the few that matter (`Promising`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from matching.engine import kernels, nodes
from matching.engine.companies import HUNDREDTH, Companies, Traits
from matching.engine.kernels import WORDS_SHIFT, Points, Worths
from matching.engine.lexicon import Array, Lexicon
from matching.engine.needs import FAMILIES, NODE_MASK, SECTORS, WORTH_SHIFT, Vectors, numbered
from matching.engine.packed import SECTOR
from matching.engine.postings import Names

FULL = 8_192 * HUNDREDTH  # a full answer to a need's words
UNITS = {
    "text": FULL,
    "reference": FULL,
    "codes": nodes.CODE_UNIT,
    "near": nodes.CODE_UNIT,
    "code_place": nodes.CODE_UNIT * nodes.PLACE_UNIT,
    "place": nodes.PLACE_UNIT,
    "wanted": nodes.PLACE_UNIT,
    "kinds": 1,
    **dict.fromkeys(FAMILIES, 1),
    **{f"{family}_must": 1 for family in FAMILIES},
}
SUMMED = ("text", "reference")  # states that are sums of words
STEPS = {"near": 400}  # where a state's greatest value is more than what it is shared by
MANY = 1_000  # rows: to look each of them up costs more than to count for all
FOUND = {
    "codes": kernels.CODES,
    "place": kernels.PLACE,
    "text": kernels.TEXT,
    "reference": kernels.REFERENCE,
    "near": kernels.NEAR,
    "code_place": kernels.CODE_PLACE,
    "own_codes": kernels.OWN_CODES,
    "own_sales": kernels.SALES,
}
NODED = ("codes", "place", "wanted")  # states that carry the number of a need's node
STATES = tuple(UNITS)


class View(ABC):
    """Some pairs: states and figures as real numbers, an entry a pair."""

    size: int
    dtype: Any = np.float64

    @abstractmethod
    def state(self, name: str) -> Array:
        """Whole numbers, an entry a pair."""

    @abstractmethod
    def company(self, name: str) -> Array: ...

    @abstractmethod
    def need(self, name: str) -> Array: ...

    @abstractmethod
    def asks(self, name: str) -> Array: ...

    def share(self, name: str) -> Array:
        """A state as a share of what it can be."""
        found = self.state(name)
        if name in NODED:
            found = found >> WORTH_SHIFT
        return np.multiply(found, self.dtype(1 / UNITS[name]), dtype=self.dtype)

    def node(self, name: str) -> Array:
        """The number, from 1, of the need's node that a state comes from; 0 without any."""
        found: Array = self.state(name) & NODE_MASK
        return found


class NeedAlone(View):
    """What a need asks, without a company in sight."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors, self.size = vectors, 1

    def state(self, name: str) -> Array:
        raise TypeError(f"{name} takes a company")

    company = state

    def need(self, name: str) -> Array:
        return self.vectors.figure(name)

    def asks(self, name: str) -> Array:
        return np.full(1, self.vectors.asks[name])


class Question(NeedAlone):
    """What a need is worth to each name of the lexicon: reckoned once, whatever companies it faces then."""

    def __init__(self, vectors: Vectors, lexicon: Lexicon) -> None:
        super().__init__(vectors)
        self.lexicon = lexicon
        self.codes = self._table("codes", "codes", vectors.codes)
        self.places = self._table("places", "place", vectors.places)
        self.wishes = self._table("wishes", "place", vectors.wishes)
        self.labels = self._labels()
        self.words = {name: self._terms(getattr(vectors, name)) for name in ("text", "reference")}
        self.sales = of_sales(self.places[lexicon.places_of_sales], lexicon.strengths_of_sales)
        self.worths = Worths(self.codes, self.places, self.sales, self.labels)
        self.things = {"kinds": self._things((vectors.kind,))}
        for family in FAMILIES:
            self.things[family] = self._things(vectors.asked[family])
            self.things[f"{family}_must"] = self._things(vectors.must[family])
        self.sectors = {SECTORS: self.sectors_named(vectors.asked[SECTORS])}
        self.sectors[f"{SECTORS}_must"] = self.sectors_named(vectors.must[SECTORS])

    def sectors_named(self, sectors: Sequence[str]) -> Array:
        """Which of these sectors each code group declares, by its number: a bit a sector, the first one's lowest."""
        table = np.zeros(len(self.lexicon.spaces["codes"]), np.int64)
        for place, sector in enumerate(sectors):
            table[self.lexicon.met["codes"].numbers(f"{SECTOR}{sector}")] |= 1 << place
        return table

    def sectors_of(self, name: str, codes: Names, rows: Array | None = None) -> Array:
        """How many of the sectors asked ("sectors") or exacted ("sectors_must") each company declares."""
        table = self.sectors[name]
        if not table.any():
            return np.zeros(len(codes.starts) - 1 if rows is None else len(rows), np.int32)
        return np.bitwise_count(codes.bits(table, rows)).astype(np.int32)

    def _terms(self, weights: Mapping[str, int]) -> dict[int, int]:
        found = ((self.lexicon.find("term", term), weight) for term, weight in weights.items())
        return {number: weight for number, weight in found if number is not None}

    def _things(self, codes: Iterable[str]) -> dict[int, int]:
        return {number: 1 for code in codes if (number := self.lexicon.find("thing", code)) is not None}

    def _table(self, met: str, space: str, found: Mapping[str, int]) -> Array:
        """What every name of a space is worth to the need, by its number: the best node comes last and stays."""
        table = np.zeros(len(self.lexicon.spaces[space]), np.uint16)
        for node, worth in numbered(found).items():
            table[self.lexicon.met[met].numbers(node)] = worth
        return table

    def _labels(self) -> Array:
        """How much of the need's words the labels of each code group hold."""
        table = np.zeros(len(self.lexicon.spaces["codes"]), np.int32)
        for term, weight in self.vectors.reference.items():
            table[self.lexicon.met["labels"].numbers(term)] += weight * HUNDREDTH
        return table


class Ladder(View):
    """Every value that one state can take, in the steps that it is looked up by."""

    def __init__(self, question: Question, name: str) -> None:
        self.question, self.name = question, name
        step = 1 << WORDS_SHIFT if name in SUMMED else 1
        self.values = np.arange(0, STEPS.get(name, UNITS[name]) + 1, step) + step // 2
        if name in NODED:
            self.values <<= WORTH_SHIFT
        self.size = len(self.values)

    def state(self, name: str) -> Array:
        if name != self.name:
            raise TypeError(f"one state at a time, not {name}")
        return self.values

    def company(self, name: str) -> Array:
        raise TypeError(f"{name} is not a state")

    def need(self, name: str) -> Array:
        return self.question.need(name)

    def asks(self, name: str) -> Array:
        return self.question.asks(name)


class OneNeed(View):
    """A need facing a block of companies, in single precision: enough to find those worth an exact look."""

    dtype = np.float32

    def __init__(self, question: Question, companies: Companies) -> None:
        self.question, self.companies = question, companies
        self.vectors, self.lexicon = question.vectors, question.lexicon
        self.size, self.ids = len(companies), companies.ids
        self.text = companies.lists["text"].total(question.words["text"])
        self.words = companies.works.words.total(question.words["reference"])  # a reference each, without its labels
        self.met = companies.columns, question.worths, self.text, self.words

    def standings(self, points: Points) -> Array:
        """The points of each company."""
        told, counted = (traits.of for traits in self.companies.traits)
        return kernels.standings(*self.met, points, told, counted)

    def state(self, name: str) -> Array:
        """One of those that are looked at last."""
        if name == "wanted":
            return self.companies.named["wanted"].best(self.question.wishes)
        if name in self.question.sectors:
            return self.question.sectors_of(name, self.companies.named["codes"])
        return self.companies.lists[name.removesuffix("_must")].total(self.question.things[name])

    def company(self, name: str) -> Array:
        traits = self.companies.traits_with(name)
        return traits.real[name].astype(np.float32).take(traits.of, mode="clip")

    def need(self, name: str) -> Array:
        return self.question.need(name)

    def asks(self, name: str) -> Array:
        return self.question.asks(name)


class Promising(View):
    """Some of the companies of a block."""

    dtype = np.float32

    def __init__(self, one: OneNeed, rows: Array) -> None:
        self.one, self.rows, self.size = one, rows, len(rows)

    @cached_property
    def found(self) -> Array:
        return kernels.find(*self.one.met, self.rows)

    def state(self, name: str) -> Array:
        companies, question = self.one.companies, self.one.question
        if name in FOUND:
            found: Array = self.found[FOUND[name]]
            return found
        if name == "wanted":
            return companies.named["wanted"].best(question.wishes, self.rows)
        if name in question.sectors:
            return question.sectors_of(name, companies.named["codes"], self.rows)
        held = companies.lists[name.removesuffix("_must")]
        if self.size > MANY:
            return held.total(question.things[name])[self.rows]
        none = np.zeros(self.size, np.int32)
        return sum((held.holds(number, self.rows) for number in question.things[name]), start=none)

    def company(self, name: str) -> Array:
        traits = self.one.companies.traits_with(name)
        return traits.real[name][traits.of[self.rows]]

    def need(self, name: str) -> Array:
        return self.one.need(name)

    def asks(self, name: str) -> Array:
        return self.one.asks(name)


class TraitsOfNeed(View):
    """The distinct rows of companies' figures instead of companies: all that depends on such figures alone."""

    def __init__(self, question: Question, traits: Traits) -> None:
        self.question, self.figures, self.size = question, traits.real, traits.size

    def state(self, name: str) -> Array:
        raise TypeError(f"{name} does not depend on figures alone")

    def company(self, name: str) -> Array:
        return self.figures[name]

    def need(self, name: str) -> Array:
        return self.question.need(name)

    def asks(self, name: str) -> Array:
        return self.question.asks(name)


def product(codes: Array, places: Array) -> Array:
    return (codes >> WORTH_SHIFT) * (places >> WORTH_SHIFT)


def of_sales(places: Array, strengths: Array) -> Array:
    """What sales of a strength prove, from what their places are worth."""
    worth = np.rint((places >> WORTH_SHIFT) * strengths).astype(np.uint16)
    found: Array = np.where(worth, worth << WORTH_SHIFT | places & NODE_MASK, 0).astype(np.uint16)
    return found

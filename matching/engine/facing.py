"""Pairs looked at exactly: states, figures, and what shows them, for a need's few companies or a company's needs."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from matching.engine import nodes
from matching.engine.companies import HUNDREDTH, saturated
from matching.engine.lexicon import Array, Lexicon, codes_of, place_of
from matching.engine.needs import FAMILIES, WORTH_SHIFT, Needs, Vectors
from matching.engine.packed import COUNT_SHIFT, Company
from matching.engine.pairs import FIGURE_UNITS, OneNeed, View, of_sales, product, real
from matching.engine.statistics import Statistics

NONE, SALES = -1, -2  # instead of a reference


class Exact(View):
    """Some pairs of one record, exactly, with all it takes to say why."""

    ids: Array

    @abstractmethod
    def at(self, pairs: Array) -> "Exact":
        """Some of them."""

    @abstractmethod
    def vectors(self, pair: int) -> Vectors: ...

    @abstractmethod
    def words(self, name: str, works: Array | None = None) -> Array:
        """Which of its words ("text", "reference") each need finds in the company, or in one reference: a bit a word."""

    @abstractmethod
    def things(self, family: str) -> Array:
        """Which of the things asked the company has: a bit a thing."""

    @abstractmethod
    def best_work(self, measure: str) -> Array:
        """The first best of each company's references, NONE where none is worth anything."""

    @abstractmethod
    def at_work(self, measure: str, works: Array) -> Array:
        """A measure at one reference a pair; 0 at NONE."""

    @abstractmethod
    def work_keys(self, works: Array) -> Array: ...

    @abstractmethod
    def own(self, name: str) -> Array:
        """What the company's own "codes" or "sales" bring, references left aside."""

    @abstractmethod
    def works_with(self, measure: str, at_least: int) -> Array:
        """How many references reach so much, a pair each."""


class SomeCompanies(Exact):
    """A few of the companies that a need faces."""

    def __init__(self, whole: OneNeed, rows: Array) -> None:
        self.whole, self.rows = whole, rows
        self.size, self.ids = len(rows), whole.ids[rows]
        self._works = whole.companies.works

    def at(self, pairs: Array) -> "SomeCompanies":
        return SomeCompanies(self.whole, self.rows[pairs])

    def state(self, name: str) -> Array:
        return self.whole.state(name)[self.rows]

    def company(self, name: str) -> Array:
        traits = self.whole.companies.traits
        return real(traits.figures[name][traits.of[self.rows]], name)

    def need(self, name: str) -> Array:
        return self.whole.need(name)

    def asks(self, name: str) -> Array:
        return self.whole.asks(name)

    def vectors(self, pair: int) -> Vectors:
        return self.whole.vectors

    def words(self, name: str, works: Array | None = None) -> Array:
        held = self.whole.companies.lists["text"] if works is None else self._works.words
        rows = self.rows if works is None else np.maximum(works, 0)
        labels = self.whole.lexicon.labels
        found = np.zeros(self.size, np.int64)
        for place, term in enumerate(getattr(self.whole.vectors, name)):
            number = self.whole.lexicon.find("term", term)
            has = held.holds(NONE if number is None else number, rows)
            if works is not None:
                told = np.array([term in words for words in labels])
                has = (has | told[self._works.codes[rows]]) & (works >= 0)
            found |= has.astype(np.int64) << place
        return found

    def things(self, family: str) -> Array:
        found = np.zeros(self.size, np.int64)
        for place, code in enumerate(self.whole.vectors.asked[family]):
            number = self.whole.lexicon.find("thing", code)
            has = self.whole.companies.lists[family].holds(NONE if number is None else number, self.rows)
            found |= has.astype(np.int64) << place
        return found

    @cached_property
    def mine(self) -> tuple[Array, Array, Array]:
        """(references, where each company's begin, which companies have some)."""
        works, lengths = self._works.of(self.rows)
        some = np.flatnonzero(lengths)
        return works, (np.cumsum(lengths) - lengths)[some], some

    def best_work(self, measure: str) -> Array:
        works, starts, some = self.mine
        best = np.full(self.size, NONE, np.int64)
        if len(some):
            place = np.arange(len(works))
            values = self.whole.measure(measure)[works].astype(np.int64)
            key = np.maximum.reduceat(values * len(works) + len(works) - 1 - place, starts)
            best[some] = np.where(key >= len(works), works[len(works) - 1 - key % len(works)], NONE)
        return best

    def at_work(self, measure: str, works: Array) -> Array:
        if not len(self._works):
            return np.zeros(len(works), np.int64)
        found: Array = np.where(works >= 0, self.whole.measure(measure)[np.maximum(works, 0)], 0)
        return found

    def work_keys(self, works: Array) -> Array:
        return self._works.keys[works] if len(self._works) else works

    def own(self, name: str) -> Array:
        found: Array = (self.whole.company_codes if name == "codes" else self.whole.sales)[self.rows]
        return found

    def works_with(self, measure: str, at_least: int) -> Array:
        works, starts, some = self.mine
        count = np.zeros(self.size, np.int64)
        if len(some):
            reached = (self.whole.measure(measure)[works] >> WORTH_SHIFT) >= at_least
            count[some] = np.add.reduceat(reached.astype(np.int64), starts)
        return count


class OneCompany(View):
    """A company facing needs."""

    def __init__(self, company: Company, needs: Needs, lexicon: Lexicon, statistics: Statistics) -> None:
        self.record, self.needs, self.lexicon, self.statistics = company, needs, lexicon, statistics
        self.size, self.ids = len(needs), needs.ids
        self._states: dict[str, Array] = {}

    def at(self, pairs: Array) -> "SomeNeeds":
        return SomeNeeds(self, pairs)

    def state(self, name: str) -> Array:
        if name not in self._states:
            self._states[name] = self._reckoned(name)
        return self._states[name]

    def _reckoned(self, name: str) -> Array:
        if name == "text":
            return self.needs.words["text"].total(self.texts)
        if name == "reference":
            return self.measure("words").max(axis=0, initial=0)
        if name == "codes":
            return np.maximum(self.own("codes"), self.measure("codes").max(axis=0, initial=0))
        if name == "near":
            found: Array = (self.measure("codes") >> WORTH_SHIFT).sum(axis=0, dtype=np.int32)
            return found
        if name == "place":
            return np.maximum(self.own("sales"), self.measure("places").max(axis=0, initial=0))
        if name == "code_place":
            of_own = product(self.own("codes"), self.own("sales"))
            return np.maximum(of_own, self.measure("code_place").max(axis=0, initial=0))
        if name == "wanted":
            chains = [place_of(self.lexicon.spaces["place"].names[one]) for one in self.record.lists["wanted"]]
            return self.needs.nodes["wishes"].best({node for chain in chains for node in nodes.nodes_of_wish(chain)})
        return self.needs.things[name].total(dict.fromkeys(self.record.lists[name.removesuffix("_must")], 1))

    @cached_property
    def texts(self) -> dict[int, int]:
        mask = (1 << COUNT_SHIFT) - 1
        packed = np.array(self.record.lists["text"], np.int32)
        length = np.full(len(packed), self.record.length)
        values = saturated(packed >> COUNT_SHIFT, length, self.statistics.profile_length)
        return dict(zip((packed & mask).tolist(), values.tolist(), strict=True))

    def measure(self, name: str) -> Array:
        """A number for each reference (rows) and need (columns)."""
        if (key := f"work_{name}") not in self._states:
            self._states[key] = self._measured(name)
        return self._states[key]

    def _measured(self, name: str) -> Array:
        if name == "code_place":
            return product(self.measure("codes"), self.measure("places"))
        record, dtype = self.record, np.int32 if name == "words" else np.uint16
        found = np.zeros((len(record.keys), self.size), dtype)
        for work in range(len(record.keys)):
            if name == "words":
                found[work] = self._words_of_work(work)
            elif name == "codes":
                found[work] = self._codes_of(record.codes[work]) if record.codes[work] else self.own("codes")
            else:
                found[work] = self._place_of(record.places[work])
        return found

    def _words_of_work(self, work: int) -> Array:
        postings, found = self.needs.words["reference"], self.record.words[work]
        value = int(saturated(1, np.array([len(found)]), self.statistics.reference_length)[0])
        labels = [self.lexicon.term(term) for term in self.lexicon.labels[self.record.codes[work]]]
        return postings.total(dict.fromkeys(found, value)) + postings.total(dict.fromkeys(labels, HUNDREDTH))

    def _codes_of(self, group: int) -> Array:
        return self.needs.nodes["codes"].best(nodes.code_nodes(codes_of(self.lexicon.spaces["codes"].names[group])))

    def _place_of(self, place: int) -> Array:
        return self.needs.nodes["places"].best(place_of(self.lexicon.spaces["place"].names[place]))

    @cached_property
    def _own(self) -> dict[str, Array]:
        codes = {
            node
            for group in self.record.lists["codes"]
            for node in nodes.code_nodes(codes_of(self.lexicon.spaces["codes"].names[group]))
        }
        sales = np.zeros(self.size, np.uint16)
        for one in self.record.lists["sales"]:
            worth = self._place_of(self.lexicon.place_of_sales[one])
            sales = np.maximum(sales, of_sales(worth, np.array([self.lexicon.strength_of_sales[one]])))
        return {"codes": self.needs.nodes["codes"].best(codes), "sales": sales}

    def own(self, name: str) -> Array:
        return self._own[name]

    def company(self, name: str) -> Array:
        return real(np.full(1, self.record.figures[name]), name)

    def need(self, name: str) -> Array:
        return self.needs.figures[name] / FIGURE_UNITS.get(name, 1)

    def asks(self, name: str) -> Array:
        return self.needs.asks[name]


class SomeNeeds(Exact):
    """A few of the needs that a company faces."""

    def __init__(self, whole: OneCompany, columns: Array) -> None:
        self.whole, self.columns = whole, columns
        self.size, self.ids = len(columns), whole.ids[columns]

    def at(self, pairs: Array) -> "SomeNeeds":
        return SomeNeeds(self.whole, self.columns[pairs])

    def state(self, name: str) -> Array:
        return self.whole.state(name)[self.columns]

    def company(self, name: str) -> Array:
        return self.whole.company(name)

    def need(self, name: str) -> Array:
        return self.whole.need(name)[self.columns]

    def asks(self, name: str) -> Array:
        return self.whole.asks(name)[self.columns]

    def vectors(self, pair: int) -> Vectors:
        return self.whole.needs.vectors[int(self.columns[pair])]

    def words(self, name: str, works: Array | None = None) -> Array:
        spaces, record = self.whole.lexicon, self.whole.record
        if works is None:
            held = [{spaces.spaces["term"].names[number] for number in self.whole.texts}]
            works = np.zeros(self.size, np.int64)
        else:
            held = [
                {spaces.spaces["term"].names[number] for number in found} | spaces.labels[codes]
                for found, codes in zip(record.words, record.codes, strict=True)
            ]
        found = np.zeros(self.size, np.int64)
        for pair, work in enumerate(works.tolist()):
            if work >= 0:
                found[pair] = bits(getattr(self.vectors(pair), name), held[work])
        return found

    def things(self, family: str) -> Array:
        names = self.whole.lexicon.spaces["thing"].names
        held = {names[number] for number in self.whole.record.lists[family]}
        asked = [self.vectors(pair).asked[family] for pair in range(self.size)]
        return np.array([bits(codes, held) for codes in asked], np.int64)

    def best_work(self, measure: str) -> Array:
        values = self.whole.measure(measure)[:, self.columns]
        if not len(values):
            return np.full(self.size, NONE, np.int64)
        best = values.argmax(axis=0)
        found: Array = np.where(values[best, np.arange(self.size)] > 0, best, NONE)
        return found

    def at_work(self, measure: str, works: Array) -> Array:
        values = self.whole.measure(measure)
        if not len(values):
            return np.zeros(len(works), np.int64)
        found: Array = np.where(works >= 0, values[np.maximum(works, 0), self.columns], 0)
        return found

    def work_keys(self, works: Array) -> Array:
        keys = np.array(self.whole.record.keys, np.int64)
        return keys[works] if len(keys) else works

    def own(self, name: str) -> Array:
        return self.whole.own(name)[self.columns]

    def works_with(self, measure: str, at_least: int) -> Array:
        reached = (self.whole.measure(measure)[:, self.columns] >> WORTH_SHIFT) >= at_least
        count: Array = reached.sum(axis=0)
        return count


def bits(asked: Sequence[str], held: "set[str] | frozenset[str]") -> int:
    return sum(1 << place for place, name in enumerate(asked) if name in held)

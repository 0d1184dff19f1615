"""Pairs looked at exactly: states, figures, and what shows them, for a need's few companies or a company's needs."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from matching.engine import nodes
from matching.engine.companies import HUNDREDTH, Companies, saturated
from matching.engine.lexicon import Array, Lexicon, codes_of, place_of
from matching.engine.needs import SECTORS, WORTH_SHIFT, Needs, Vectors
from matching.engine.packed import COUNT_SHIFT, FIGURE_UNITS, SECTOR, Company, real
from matching.engine.pairs import STATES, OneNeed, Promising, Question, View, of_sales, product
from matching.engine.postings import Postings, ragged
from matching.engine.statistics import Statistics

NONE, SALES = -1, -2  # instead of a reference
OWN = ("own_codes", "own_sales")


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
        """Which of its words ("text", "reference") a need finds in the company, or in one reference: a bit a word."""

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


@dataclass(frozen=True)
class Picked:
    """What is read of a few companies while their block is in hand: columns by company, and by reference."""

    companies: dict[str, Array]  # "block" and "row" say where each stands, "works" how many references it has
    works: dict[str, Array]  # one company's after the other's

    @classmethod
    def of(cls, one: OneNeed, rows: Array, block: int) -> Self:
        some, question = Promising(one, rows), one.question
        columns = {"id": one.ids[rows], "row": rows, "block": np.full(len(rows), block)}
        columns |= {name: some.state(name) for name in (*STATES, *OWN) if name in OWN or one.vectors.wants(name)}
        for traits in one.companies.traits:
            mine = traits.of[rows]
            columns |= {name: figures[mine] for name, figures in traits.figures.items()}
        held = one.companies.works
        works, counts = held.of(rows)
        columns["works"] = counts
        groups = held.codes[works]
        inherited = np.repeat(columns["own_codes"], counts)
        measured = {
            "words": one.words[works] + question.labels[groups],
            "codes": np.where(groups, question.codes[groups], inherited).astype(np.uint16),
            "places": question.places[held.places[works]],
        }
        return cls(columns, {"row": works, "key": held.keys[works], "group": groups} | measured)

    @classmethod
    def joined(cls, some: Sequence["Picked"]) -> "Picked":
        """All of them, in this order; at least one."""
        return Picked(*(
            {name: np.concatenate([columns[name] for columns in side]) for name in side[0]}
            for side in ([one.companies for one in some], [one.works for one in some])
        ))  # fmt: skip

    @cached_property
    def starts(self) -> Array:
        """Where each company's references begin."""
        found: Array = np.cumsum(self.companies["works"]) - self.companies["works"]
        return found

    def at(self, some: Array) -> "Picked":
        works = ragged(self.starts[some], self.companies["works"][some])
        return Picked(
            {name: column[some] for name, column in self.companies.items()},
            {name: column[works] for name, column in self.works.items()},
        )


class SomeCompanies(Exact):
    """A few of the companies that a need faces, out of one block or several."""

    def __init__(self, question: Question, blocks: Sequence[Companies], picked: Picked) -> None:
        self.question, self.blocks, self.picked = question, blocks, picked
        self.of, self.lexicon = question.vectors, question.lexicon
        self.ids = picked.companies["id"]
        self.size = len(self.ids)

    def at(self, pairs: Array) -> "SomeCompanies":
        return SomeCompanies(self.question, self.blocks, self.picked.at(pairs))

    def state(self, name: str) -> Array:
        if name not in self.picked.companies:  # not asked
            return np.zeros(self.size, np.int32)
        return self.picked.companies[name]

    def company(self, name: str) -> Array:
        return real(self.picked.companies[name], name)

    def need(self, name: str) -> Array:
        return self.of.figure(name)

    def asks(self, name: str) -> Array:
        return np.full(1, self.of.asks[name])

    def vectors(self, pair: int) -> Vectors:
        return self.of

    def words(self, name: str, works: Array | None = None) -> Array:
        found = np.zeros(self.size, np.int64)
        asked = getattr(self.of, name)
        for block, here in self._by_block():
            if works is None:
                found[here] = self._holding(block.lists["text"], asked, self.picked.companies["row"][here])
                continue
            known = here[works[here] >= 0]
            found[known] = self._holding(block.works.words, asked, self.picked.works["row"][works[known]])
        if works is not None and len(known := np.flatnonzero(works >= 0)):
            groups, number = np.unique(self.picked.works["group"][works[known]], return_inverse=True)
            told = np.array([bits(asked, self.lexicon.labels[group]) for group in groups.tolist()], np.int64)
            found[known] |= told[number]
        return found

    def things(self, family: str) -> Array:
        found = np.zeros(self.size, np.int64)
        asked = dict.fromkeys(self.of.asked[family], 0)
        for block, here in self._by_block():
            rows = self.picked.companies["row"][here]
            if family == SECTORS:
                found[here] = block.named["codes"].bits(self.question.sectors[SECTORS], rows)
            else:
                found[here] = self._holding(block.lists[family], asked, rows, "thing")
        return found

    def _by_block(self) -> Iterator[tuple[Companies, Array]]:
        """(block, positions of the pairs that stand in it)."""
        of = self.picked.companies["block"]
        for number in np.unique(of).tolist():
            yield self.blocks[number], np.flatnonzero(of == number)

    def _holding(self, held: Postings, asked: Iterable[str], rows: Array, space: str = "term") -> Array:
        return held.held([self.lexicon.find(space, name) for name in asked], rows)

    def best_work(self, measure: str) -> Array:
        best, some = np.full(self.size, NONE, np.int64), np.flatnonzero(self.picked.companies["works"])
        if len(some):
            values = self._measured(measure).astype(np.int64)
            count = len(values)
            key = np.maximum.reduceat(values * count + count - 1 - np.arange(count), self.picked.starts[some])
            best[some] = np.where(key >= count, count - 1 - key % count, NONE)
        return best

    def _measured(self, measure: str) -> Array:
        works = self.picked.works
        return product(works["codes"], works["places"]) if measure == "code_place" else works[measure]

    def at_work(self, measure: str, works: Array) -> Array:
        values = self._measured(measure)
        if not len(values):
            return np.zeros(len(works), np.int64)
        found: Array = np.where(works >= 0, values[np.maximum(works, 0)], 0)
        return found

    def work_keys(self, works: Array) -> Array:
        keys = self.picked.works["key"]
        return keys[works] if len(keys) else works

    def own(self, name: str) -> Array:
        return self.picked.companies[f"own_{name}"]

    def works_with(self, measure: str, at_least: int) -> Array:
        count, some = np.zeros(self.size, np.int64), np.flatnonzero(self.picked.companies["works"])
        if len(some):
            reached = (self._measured(measure) >> WORTH_SHIFT) >= at_least
            count[some] = np.add.reduceat(reached.astype(np.int64), self.picked.starts[some])
        return count


class OneCompany(View):
    """A company facing needs."""

    def __init__(self, company: Company, needs: Needs, lexicon: Lexicon, statistics: Statistics) -> None:
        self.record, self.needs, self.lexicon, self.statistics = company, needs, lexicon, statistics
        self.size, self.ids = len(needs), needs.ids
        self._states: dict[str, Array] = {}

    def at(self, pairs: Array) -> "SomeNeeds":
        return SomeNeeds(self, pairs)

    def every(self) -> "SomeNeeds":
        return SomeNeeds(self)

    def state(self, name: str) -> Array:
        if name not in self._states:
            self._states[name] = self._reckoned(name)
        return self._states[name]

    def _reckoned(self, name: str) -> Array:
        if name == "text":
            return self.needs.total("text", self.texts)
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
            chains = [place_of(self.lexicon.name("place", one)) for one in self.record.lists["wanted"]]
            return self.needs.best("wishes", {node for chain in chains for node in nodes.nodes_of_wish(chain)})
        return self.needs.total(name, dict.fromkeys(self.things(name.removesuffix("_must")), 1))

    def things(self, family: str) -> set[str]:
        """What the company has of a family."""
        if family == SECTORS:
            declared = (self.lexicon.name("codes", number) for number in self.record.lists["codes"])
            codes = {code for name in declared for code in codes_of(name)}
            return {code.removeprefix(SECTOR) for code in codes if code.startswith(SECTOR)}
        return {self.lexicon.name("thing", number) for number in self.record.lists[family]}

    @cached_property
    def texts(self) -> dict[str, int]:
        """Its words, with the value of each."""
        mask = (1 << COUNT_SHIFT) - 1
        packed = np.array(self.record.lists["text"], np.int32)
        length = np.full(len(packed), self.record.length)
        values = saturated(packed >> COUNT_SHIFT, length, self.statistics.profile_length)
        words = (self.lexicon.name("term", number) for number in (packed & mask).tolist())
        return dict(zip(words, values.tolist(), strict=True))

    @cached_property
    def words_of_works(self) -> list[set[str]]:
        return [{self.lexicon.name("term", number) for number in found} for found in self.record.words]

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
        found, labels = self.words_of_works[work], self.lexicon.labels[self.record.codes[work]]
        value = int(saturated(1, np.array([len(found)]), self.statistics.reference_length)[0])
        values = {word: (word in found) * value + (word in labels) * HUNDREDTH for word in found | labels}
        return self.needs.total("reference", values)

    def _codes_of(self, group: int) -> Array:
        return self.needs.best("codes", nodes.code_nodes(codes_of(self.lexicon.name("codes", group))))

    def _place_of(self, place: int) -> Array:
        return self.needs.best("places", place_of(self.lexicon.name("place", place)))

    @cached_property
    def _own(self) -> dict[str, Array]:
        codes = {
            node
            for group in self.record.lists["codes"]
            for node in nodes.code_nodes(codes_of(self.lexicon.name("codes", group)))
        }
        sales = np.zeros(self.size, np.uint16)
        for one in self.record.lists["sales"]:
            worth = self._place_of(self.lexicon.place_of_sales[one])
            sales = np.maximum(sales, of_sales(worth, np.array([self.lexicon.strength_of_sales[one]])))
        return {"codes": self.needs.best("codes", codes), "sales": sales}

    def own(self, name: str) -> Array:
        return self._own[name]

    def company(self, name: str) -> Array:
        return real(np.full(1, self.record.figures[name]), name)

    def need(self, name: str) -> Array:
        return self.needs.figures[name] / FIGURE_UNITS.get(name, 1)

    def asks(self, name: str) -> Array:
        return self.needs.asks[name]


class SomeNeeds(Exact):
    """A few of the needs that a company faces, or all."""

    def __init__(self, whole: OneCompany, columns: Array | None = None) -> None:
        self.whole, self.all = whole, columns is None
        self.columns = np.arange(whole.size) if columns is None else columns
        self.ids = self._some(whole.ids)
        self.size = len(self.ids)

    def _some(self, found: Array) -> Array:
        """Those of these needs; nobody writes to what is returned."""
        return found if self.all else found[..., self.columns]

    def at(self, pairs: Array) -> "SomeNeeds":
        return SomeNeeds(self.whole, self.columns[pairs])

    def state(self, name: str) -> Array:
        return self._some(self.whole.state(name))

    def company(self, name: str) -> Array:
        return self.whole.company(name)

    def need(self, name: str) -> Array:
        return self._some(self.whole.need(name))

    def asks(self, name: str) -> Array:
        return self._some(self.whole.asks(name))

    def vectors(self, pair: int) -> Vectors:
        return self.whole.needs.vectors[int(self.columns[pair])]

    def words(self, name: str, works: Array | None = None) -> Array:
        if works is None:
            held = [set(self.whole.texts)]
            works = np.zeros(self.size, np.int64)
        else:
            labels = [self.whole.lexicon.labels[codes] for codes in self.whole.record.codes]
            held = [own | told for own, told in zip(self.whole.words_of_works, labels, strict=True)]
        found = np.zeros(self.size, np.int64)
        for pair, work in enumerate(works.tolist()):
            if work >= 0:
                found[pair] = bits(getattr(self.vectors(pair), name), held[work])
        return found

    def things(self, family: str) -> Array:
        held = self.whole.things(family)
        asked = [self.vectors(pair).asked[family] for pair in range(self.size)]
        return np.array([bits(codes, held) for codes in asked], np.int64)

    def best_work(self, measure: str) -> Array:
        values = self._some(self.whole.measure(measure))
        if not len(values):
            return np.full(self.size, NONE, np.int64)
        found: Array = np.where(values.max(axis=0) > 0, values.argmax(axis=0), NONE)
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
        return self._some(self.whole.own(name))

    def works_with(self, measure: str, at_least: int) -> Array:
        reached = (self._some(self.whole.measure(measure)) >> WORTH_SHIFT) >= at_least
        count: Array = reached.sum(axis=0)
        return count


def bits(asked: Iterable[str], held: "set[str] | frozenset[str]") -> int:
    return sum(1 << place for place, name in enumerate(asked) if name in held)

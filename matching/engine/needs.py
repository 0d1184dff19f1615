"""A need as the engine faces companies with it, and a block of needs as columns for a company to face."""

import heapq
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.engine import kernels, nodes
from matching.engine.bridge import Bridge
from matching.engine.lexicon import Array, Lexicon, Space
from matching.engine.packed import FIGURE_UNITS, PERCENT
from matching.engine.postings import Postings
from matching.engine.records import Need
from matching.engine.statistics import Statistics
from matching.engine.text import terms, words

KEPT_TERMS = 24
FULL_TERMS = 12  # having this many of a need's rarest words, one and a half times each, is a full answer
FULL_SHARE = 1.5
BODY_WEIGHT = 0.3
TRANSLATED = 0.3  # of a word itself: a translation is a guess
WHOLE = 8_192  # a need's words are weighed in such parts of a full answer
SECTORS = "sectors"  # a company has them among its codes, one of those exacted is enough
FAMILIES = ("certifications", "languages", "experience", SECTORS)
BANDED = ("headcount", "volume")  # of which the need says the least
FIGURES = (*BANDED, *(f"{name}_must" for name in BANDED), "maturity")
OF_STATE = {"near": ("codes",), "place": ("places",), "wanted": ("places",), "code_place": ("codes", "places")}
ASKS = ("codes", "places", "kinds", *FAMILIES, *(f"{family}_must" for family in FAMILIES))
WORDS, NODES = ("text", "reference"), ("codes", "places", "wishes")
THINGS = ("kinds", *FAMILIES, *(f"{family}_must" for family in FAMILIES))
WORTH_SHIFT, NODE_MASK = 8, 255  # a worth carries the number of the need's node it comes from in its lower bits


@dataclass(frozen=True)
class Vectors:
    """A need in numbers. Nodes and words stand in a fixed order: an answer names them by their place in it."""

    id: int
    text: Mapping[str, int]  # weights of words to be found in what companies say
    reference: Mapping[str, int]  # the same and the words of its codes, to be found in one reference
    codes: Mapping[str, int]  # nodes, the best last
    places: Mapping[str, int]
    wishes: Mapping[str, int]
    asked: Mapping[str, tuple[str, ...]]  # codes by family
    must: Mapping[str, tuple[str, ...]]
    kind: str
    figures: Mapping[str, float]
    spellings: Mapping[str, str]  # how the need writes its words, for people to read

    @cached_property
    def asks(self) -> dict[str, float]:
        counts = {"codes": len(self.codes), "places": len(self.places), "kinds": int(bool(self.kind))}
        counts |= {family: len(self.asked[family]) for family in FAMILIES}
        counts |= {f"{family}_must": len(self.must[family]) for family in FAMILIES}
        return {name: float(count) for name, count in counts.items()}

    def figure(self, name: str) -> Array:
        return np.full(1, self.figures[name] / FIGURE_UNITS.get(name, 1))

    def wants(self, state: str) -> bool:
        """Whether the need asks anything that this state answers."""
        if state in ("text", "reference"):
            return True
        return all(self.asks[name] for name in OF_STATE.get(state, (state,)))


def need_vectors(need: Need, statistics: Statistics, lexicon: Lexicon) -> Vectors:
    title = Counter(dict.fromkeys(terms(need.title), 1.0))
    body = Counter(dict.fromkeys(terms(need.body), BODY_WEIGHT))
    own = title | body
    for term in terms(need.place_names):
        own.pop(term, None)
    labels = " ".join(map(lexicon.label, need.codes))

    def weighed(found: Mapping[str, float]) -> dict[str, int]:
        numbers = {term: lexicon.find("term", term) for term in found}
        return in_parts(
            {
                term: count * statistics.rarity(number) * statistics.kin.telling(number)
                for (term, number), count in zip(numbers.items(), found.values(), strict=True)
            }
        )

    text = weighed(own)
    known = [number for term in sorted(text) if (number := lexicon.find("term", term)) is not None]
    reference = weighed(own | Counter(dict.fromkeys(terms(labels), 1.0)))
    written = {root: word.lower() for said in (labels, need.body, need.title) for root, word in reversed(words(said))}
    for words_ in (text, reference):
        written |= add_translations(words_, statistics.bridge, written)
    asked = {family: tuple(one.code for one in need.asked if one.family == family) for family in FAMILIES}
    must = {family: tuple(one.code for one in need.asked if one.family == family and one.must) for family in FAMILIES}
    return Vectors(
        id=need.id,
        text=text,
        reference=reference,
        codes=best_last(with_kin(nodes.code_nodes(need.codes), statistics.kin.worths(need.codes, known))),
        places=best_last(nodes.place_nodes(need.places)),
        wishes=best_last(nodes.wanted_nodes(need.places)),
        asked=asked,
        must=must,
        kind=need.kind,
        figures={
            "headcount": or_unknown(need.headcount),
            "headcount_must": float(need.headcount_must),
            "volume": or_unknown(need.volume),
            "volume_must": float(need.volume_must),
            "maturity": or_unknown(None if need.maturity is None else PERCENT * need.maturity),
        },
        spellings={term: written[term] for term in text.keys() | reference.keys()},
    )


def add_translations(weights: dict[str, int], bridge: Bridge, written: Mapping[str, str]) -> dict[str, str]:
    """Words of the other language beside the need's own, for less; how each is to be read."""
    found = {term: bridge.of[term] for term in weights if term in bridge.of and bridge.of[term].root not in weights}
    for term, across in found.items():
        weights[across.root] = round(TRANSLATED * weights[term])
    return {across.root: f"{written[term]} → {across.written}" for term, across in found.items()}


def in_parts(weights: Mapping[str, float]) -> dict[str, int]:
    """The rarest words of a need, weighed so that a full answer is worth about WHOLE; the heaviest first."""
    kept = heapq.nsmallest(KEPT_TERMS, weights.items(), key=lambda item: (-item[1], item[0]))
    full = FULL_SHARE * sum(weight for _, weight in kept[:FULL_TERMS])
    whole = {term: round(WHOLE * weight / full) for term, weight in kept if weight > 0}
    return {term: weight for term, weight in whole.items() if weight}


def with_kin(own: Mapping[str, int], kin: Mapping[str, int]) -> dict[str, int]:
    """The nodes of a need and those akin to it; what is akin and its own is its own, at the better worth."""
    found = dict(own)
    for node, worth in kin.items():
        name = node.removeprefix("~")
        name = name if name in own else node
        found[name] = max(worth, found.get(name, 0))
    return found


def best_last(found: Mapping[str, int]) -> dict[str, int]:
    """Nodes by worth, the longest name last among equals; no more than can be numbered."""
    worth_something = ((node, worth) for node, worth in found.items() if worth)
    ordered = sorted(worth_something, key=lambda item: (item[1], len(item[0]), item[0]))
    return dict(ordered[-NODE_MASK:])


def numbered(found: Mapping[str, int]) -> dict[str, int]:
    """Each node's worth, with its number from 1 in the lower bits: the better node is the greater number."""
    return {node: worth << WORTH_SHIFT | place for place, (node, worth) in enumerate(found.items(), start=1)}


def or_unknown(value: float | None) -> float:
    return math.nan if value is None else float(value)


class Needs:
    """Columns of needs, a row each. Words and things have numbers of their own, not the companies'."""

    def __init__(self, vectors: Sequence[Vectors]) -> None:
        self.numbers, self.vectors = Space(), vectors
        numbers: dict[str, list[float]] = defaultdict(list)
        names: dict[str, Gathered] = defaultdict(lambda: Gathered(self.numbers.number))
        for one in vectors:  # one at a time: who keeps them may make them as they are asked for
            numbers["id"].append(one.id)
            for name in FIGURES:
                numbers[name].append(one.figures[name])
            for name in ASKS:
                numbers[f"asks {name}"].append(one.asks[name])
            for name in WORDS:
                names[name].add(getattr(one, name))
            for name in NODES:
                names[name].add(numbered(getattr(one, name)))
            names["kinds"].add(dict.fromkeys((one.kind,) if one.kind else (), 1))
            for family in FAMILIES:
                names[family].add(dict.fromkeys(one.asked[family], 1))
                names[f"{family}_must"].add(dict.fromkeys(one.must[family], 1))
        self.ids = np.array(numbers["id"], np.int64)
        self.figures = {name: np.array(numbers[name], np.float64) for name in FIGURES}
        self.asks = {name: np.array(numbers[f"asks {name}"], np.float64) for name in ASKS}
        self.held = {name: names[name].postings() for name in (*WORDS, *NODES, *THINGS)}

    def __len__(self) -> int:
        return len(self.ids)

    def total(self, name: str, values: Mapping[str, int]) -> Array:
        """The sum of weight times value over the words or things that each need asks for: int32, a need each."""
        known = {number: value for word, value in values.items() if (number := self.numbers.find(word)) is not None}
        return self.held[name].total(known)

    def best(self, name: str, met: Iterable[str]) -> Array:
        """The greatest worth of "codes", "places" or "wishes" among some nodes, a need each; 0 without any."""
        out, held = np.zeros(len(self), np.int32), self.held[name]
        for node in met:
            if (number := self.numbers.find(node)) is not None:
                kernels.raise_to(out, held.rows_of(number), held.values_of(number))
        return out.astype(np.uint16)


class Gathered:
    """What each row holds, with a value each, before it is turned over: the rows of each name."""

    def __init__(self, number: Callable[[str], int]) -> None:
        self.number = number
        self.names, self.values, self.lengths = array("i"), array("i"), array("i")

    def add(self, row: Mapping[str, int]) -> None:
        self.names.extend(map(self.number, row))
        self.values.extend(row.values())
        self.lengths.append(len(row))

    def postings(self) -> Postings:
        names, values, lengths = (np.array(one, np.int32) for one in (self.names, self.values, self.lengths))
        return Postings.of(names, lengths, values)

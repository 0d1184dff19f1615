"""Names as numbers: each space numbers its own names from 0, in the order they came, and never renumbers them.

A code group ("sector:eau|~sector:eau|cpv:65"), a chain of places ("FR-60>FR-R32>FR") and sales ("MA>Z-AFN@0.6") are
one name each: a need reckons once what each such name is worth to it, and companies hold but the number.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.engine import nodes
from matching.engine.records import Codes, Place, Sales
from matching.engine.text import terms

Array = NDArray[Any]
Label = Callable[[str], str]  # the words for a code, in both languages
SPACES = ("term", "codes", "place", "sales", "thing")
NOWHERE = ""  # the first name in "codes", "place" and "sales": none


class Space:
    """The names of one space."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []

    def __len__(self) -> int:
        return len(self.names)

    def find(self, name: str) -> int | None:
        return self.numbers.get(name)

    def number(self, name: str) -> int:
        found = self.numbers.get(name)
        if found is None:
            found = self.numbers[name] = len(self.names)
            self.names.append(name)
        return found


class Meetings:
    """For each node, the names that are met there."""

    def __init__(self) -> None:
        self.at: defaultdict[str, array[int]] = defaultdict(lambda: array("i"))

    def add(self, number: int, found: Iterable[str]) -> None:
        for node in found:
            self.at[node].append(number)

    def numbers(self, node: str) -> Array:
        found = self.at.get(node)
        return np.array(found if found is not None else (), np.int32)


class Lexicon:
    """All spaces, and at which nodes and words the names of codes and places are met."""

    def __init__(self, label: Label = lambda code: "") -> None:
        self.label = label
        self.spaces = {space: Space() for space in SPACES}
        self.met = {name: Meetings() for name in ("codes", "labels", "places", "wishes")}
        self.labels: list[frozenset[str]] = []  # the words of each code group
        self.own_labels: list[frozenset[str]] = []  # those of the code declared, not of what it implies
        self.place_of_sales = array("i")
        self.strength_of_sales = array("d")
        self._known = dict.fromkeys(SPACES, 0)
        for space in ("codes", "place", "sales"):
            self._learnt(space, NOWHERE)

    @property
    def places_of_sales(self) -> Array:
        return np.array(self.place_of_sales, np.int32)

    @property
    def strengths_of_sales(self) -> Array:
        return np.array(self.strength_of_sales, np.float64)

    def term(self, word: str) -> int:
        return self.spaces["term"].number(word)

    def thing(self, code: str) -> int:
        """A kind, certification, language or country asked by name."""
        return self.spaces["thing"].number(code)

    def codes(self, group: Codes) -> int:
        return self._learnt("codes", "|".join(group))

    def place(self, chain: Place) -> int:
        return self._learnt("place", ">".join(chain))

    def sales(self, sales: Sales) -> int:
        return self._learnt("sales", f"{'>'.join(sales.place)}@{sales.strength:g}")

    def find(self, space: str, name: str) -> int | None:
        return self.spaces[space].find(name)

    def name(self, space: str, number: int) -> str:
        return self.spaces[space].names[number]

    def load(self, space: str, names: Iterable[str]) -> None:
        """More names of a space, in the order of their numbers."""
        for name in names:
            self._learnt(space, name)

    def _learnt(self, space: str, name: str) -> int:
        names = self.spaces[space]
        number = names.number(name)
        if number == self._known[space]:
            self._known[space] += 1
            self._learn(space, number, name)
        return number

    def _learn(self, space: str, number: int, name: str) -> None:
        if space == "codes":
            group = codes_of(name)
            self.met["codes"].add(number, nodes.code_nodes(group))
            words = frozenset(term for code in group for term in terms(self.label(code)))
            self.labels.append(words)
            self.own_labels.append(frozenset(terms(self.label(group[0]))) if group else frozenset())
            self.met["labels"].add(number, words)
        elif space == "place":
            chain = place_of(name)
            self.met["places"].add(number, nodes.nodes_of_place(chain))
            self.met["wishes"].add(number, nodes.nodes_of_wish(chain))
        elif space == "sales":
            chain_name, _, strength = name.rpartition("@")
            self.place_of_sales.append(self._learnt("place", chain_name))
            self.strength_of_sales.append(float(strength or 0))


def codes_of(name: str) -> Codes:
    return tuple(name.split("|")) if name else ()


def place_of(name: str) -> Place:
    return tuple(name.split(">")) if name else ()

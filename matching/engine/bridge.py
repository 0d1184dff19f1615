"""Words across languages: which French word stands for which English one, learnt from labels that say both.

Two words go together when they stand in the same labels and hardly elsewhere; each is the other's best, or neither.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from scipy import sparse

from matching.engine.lexicon import Array
from matching.engine.text import words

SURE = 0.45  # Dice's share of the labels of either that hold both
LEAST_SEEN = 2  # labels; one suffices where both are all that it says
ROUNDS = 2  # words explained by a better one leave the others' labels


class Across(NamedTuple):
    """A word of the other language: its root, and how it is written."""

    root: str
    written: str


@dataclass(frozen=True)
class Bridge:
    """The words that stand for each, by root; a bridge of no word leads nowhere."""

    of: Mapping[str, Across]

    @classmethod
    def learnt(cls, labels: Iterable[tuple[str, str]]) -> Self:
        """From pairs of labels that say the same in French and in English."""
        pairs = [(words(french), words(english)) for french, english in labels if french and english]
        found: dict[str, Across] = {}
        for _ in range(ROUNDS):
            new = matched([(left(french, found), left(english, found)) for french, english in pairs])
            spelt = {root: written.lower() for sides in reversed(pairs) for side in sides for root, written in side}
            for french, english in new:
                found[french] = Across(english, spelt[english])
                found[english] = Across(french, spelt[french])
        return cls(dict(sorted(found.items())))

    @classmethod
    def read(cls, data: str) -> Self:
        return cls({root: Across(*across) for root, across in json.loads(data or "{}").items()})

    def write(self) -> str:
        return json.dumps(self.of, ensure_ascii=False, separators=(",", ":"))


def matched(pairs: list[tuple[set[str], set[str]]]) -> list[tuple[str, str]]:
    """Words that are each other's best, in the order of the alphabet; what both languages share needs no bridge."""
    pairs = [(french - english, english - french) for french, english in pairs]
    french, of_french = held([french for french, _ in pairs])
    english, of_english = held([english for _, english in pairs])
    if not (french and english):
        return []
    both = (of_french.T @ of_english).tocoo()
    seen = np.asarray(of_french.sum(axis=0)).ravel()[both.row], np.asarray(of_english.sum(axis=0)).ravel()[both.col]
    dice = 2 * both.data / (seen[0] + seen[1])
    alone = single_words(pairs)
    sole = np.array([word in alone for word in french])
    good = (dice >= SURE) & ((both.data >= LEAST_SEEN) | sole[both.row])
    row, col = both.row[good], both.col[good]
    best = mutual(row, col, dice[good])
    return sorted((french[r], english[c]) for r, c in zip(row[best].tolist(), col[best].tolist(), strict=True))


def left(said: list[tuple[str, str]], found: Mapping[str, Across]) -> set[str]:
    """The roots that have no word across yet."""
    return {root for root, _written in said if root not in found}


def single_words(pairs: list[tuple[set[str], set[str]]]) -> set[str]:
    """French words that are a whole label, as is their English one."""
    return {next(iter(french)) for french, english in pairs if len(french) == len(english) == 1}


def held(rows: list[set[str]]) -> tuple[list[str], sparse.csr_array]:
    """(the words, which row holds which)."""
    known = sorted(set().union(*rows))
    number = {word: place for place, word in enumerate(known)}
    columns = [number[word] for row in rows for word in sorted(row)]
    starts = np.cumsum([0, *map(len, rows)])
    return known, sparse.csr_array((np.ones(len(columns), np.int64), columns, starts), shape=(len(rows), len(known)))


def mutual(row: Array, col: Array, value: Array) -> Array:
    """Entries from the greatest on, none of a row or a column that has one already."""
    order = np.lexsort((col, row, -value))
    taken_rows: set[int] = set()
    taken_cols: set[int] = set()
    kept = []
    for place in order.tolist():
        r, c = int(row[place]), int(col[place])
        if r not in taken_rows and c not in taken_cols:
            kept.append(place)
            taken_rows.add(r)
            taken_cols.add(c)
    found: Array = np.array(kept, np.int64)
    return found

"""Which rows hold a name: the columns that one record of the other side meets all at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse._sparsetools import csc_matvec  # the public product checks all indices first: half of the time

from matching.engine.lexicon import Array

FIRST = 2  # names of a row that stand in columns


def ragged(starts: Array, lengths: Array) -> Array:
    """The places of many stretches, one after the other: [5, 9], [2, 1] is [5, 6, 9]."""
    ends = np.cumsum(lengths)
    shift = np.repeat(starts - (ends - lengths), lengths)
    return shift + np.arange(len(shift))


@dataclass(frozen=True, slots=True)
class Postings:
    """The rows of each name in order, with a value each where values differ."""

    size: int
    starts: Array
    rows: Array
    values: Array | None = None

    @classmethod
    def of(cls, names: Array, lengths: Array, values: Array | None = None) -> "Postings":
        """From each row's names, one row after the other."""
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        data = values if values is not None else np.ones(len(names), np.uint8)
        width = int(names.max(initial=-1)) + 1
        by_row = sparse.csr_array((data, names.astype(np.int32), starts), shape=(len(lengths), max(width, 1)))
        by_name = by_row.tocsc()
        kept = by_name.data if values is not None else None
        return cls(len(lengths), by_name.indptr.astype(np.int32), by_name.indices.astype(np.int32), kept)

    def of_name(self, name: int) -> slice:
        if not 0 <= name < len(self.starts) - 1:
            return slice(0, 0)
        return slice(int(self.starts[name]), int(self.starts[name + 1]))

    def rows_of(self, name: int) -> Array:
        return self.rows[self.of_name(name)]

    def total(self, weights: Mapping[int, int]) -> Array:
        """The sum of weight times value over the names each row holds: whole numbers below 2**24 as float32."""
        slices = [
            (where, weight) for name, weight in weights.items() if (where := self.of_name(name)).stop > where.start
        ]
        if not slices:
            return np.zeros(self.size, np.float32)
        ends = np.cumsum([0, *(where.stop - where.start for where, _ in slices)], dtype=np.int32)
        rows = np.concatenate([self.rows[where] for where, _ in slices])
        data = np.ones(len(rows), np.float32)
        if self.values is not None:
            np.concatenate([self.values[where] for where, _ in slices], out=data, casting="unsafe")
        out = np.zeros(self.size, np.float32)
        factors = np.array([weight for _, weight in slices], np.float32)
        csc_matvec(self.size, len(slices), ends, rows, data, factors, out)
        return out

    def holds(self, name: int, rows: Array) -> Array:
        """Whether each of some rows holds a name."""
        mine = self.rows_of(name)
        if not mine.size:
            return np.zeros(len(rows), bool)
        place = np.searchsorted(mine, rows)
        found: Array = mine[np.minimum(place, len(mine) - 1)] == rows
        return found


@dataclass(frozen=True, slots=True)
class Few:
    """The names of each row, mostly one or two: the first FIRST of them in columns, any others row by row."""

    firsts: tuple[Array, ...]  # 0, the name of nothing, where a row has fewer
    rows: Array  # of the others
    names: Array

    @classmethod
    def of(cls, names: Array, lengths: Array) -> "Few":
        """From each row's names, one row after the other."""
        starts, firsts = np.cumsum(lengths) - lengths, []
        for place in range(FIRST):
            column = np.zeros(len(lengths), np.intp)
            some = lengths > place
            column[some] = names[starts[some] + place]
            firsts.append(column)
        left = np.maximum(lengths - FIRST, 0)
        places = ragged(starts + FIRST, left)
        rows = np.repeat(np.arange(len(lengths)), left)
        return cls(tuple(firsts), rows, names[places].astype(np.intp))

    def best(self, worths: Array) -> Array:
        """The greatest worth among the names each row holds; `worths` says each name's."""
        found: Array = worths.take(self.firsts[0], mode="clip")
        for column in self.firsts[1:]:
            np.maximum(found, worths.take(column, mode="clip"), out=found)
        np.maximum.at(found, self.rows, worths.take(self.names, mode="clip"))
        return found

    def best_at(self, worths: Array, rows: Array) -> Array:
        """The same for some rows alone."""
        found: Array = worths[self.firsts[0][rows]]
        for column in self.firsts[1:]:
            np.maximum(found, worths[column[rows]], out=found)
        starts = np.searchsorted(self.rows, rows)
        counts = np.searchsorted(self.rows, rows, side="right") - starts
        np.maximum.at(found, np.repeat(np.arange(len(rows)), counts), worths[self.names[ragged(starts, counts)]])
        return found

"""Which rows hold a name: the columns that one record of the other side meets all at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matching.engine import kernels
from matching.engine.lexicon import Array


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

    def values_of(self, name: int) -> Array:
        """Of each of those rows; where there are values."""
        assert self.values is not None  # noqa: S101
        return self.values[self.of_name(name)]

    def total(self, weights: Mapping[int, int]) -> Array:
        """The sum of weight times value over the names each row holds."""
        out = np.zeros(self.size, np.int32)
        for name, weight in weights.items():
            where = self.of_name(name)
            if self.values is None:
                kernels.add_to_each(out, self.rows[where], weight)
            else:
                kernels.add(out, self.rows[where], self.values[where], weight)
        return out

    def holds(self, name: int, rows: Array) -> Array:
        """Whether each of some rows holds a name."""
        return self.held([name], rows) > 0

    def held(self, names: Iterable[int | None], rows: Array) -> Array:
        """Which of the names each of some rows holds: a bit each, the first one's lowest."""
        out = np.zeros(len(rows), np.int64)
        for place, name in enumerate(names):
            if name is not None and len(mine := self.rows_of(name)):
                kernels.holders(out, rows, mine, 1 << place)
        return out


@dataclass(frozen=True, slots=True)
class Names:
    """The names that each row holds, one row's after the other's."""

    starts: Array
    names: Array

    @classmethod
    def of(cls, names: Array, lengths: Array) -> "Names":
        return cls(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32), names.astype(np.int32))

    def best(self, worths: Array, rows: Array | None = None) -> Array:
        """The greatest worth among the names each row holds, or each of some rows; `worths` says each name's."""
        rows = np.arange(len(self.starts) - 1) if rows is None else rows
        return kernels.best_of_rows(worths, self.starts, self.names, rows)

    def bits(self, table: Array, rows: Array | None = None) -> Array:
        """The bits of the names each row holds, or each of some rows; `table` says each name's, as int64."""
        rows = np.arange(len(self.starts) - 1) if rows is None else rows
        return kernels.bits_of_rows(table, self.starts, self.names, rows)

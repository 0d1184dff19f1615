"""Columns: one side of the market laid out so that one record of the other side meets all of it at once."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.engine.vectors import (
    COMPANY_NAMES,
    FAMILIES,
    NEED_NAMES,
    WORK_NAMES,
    CompanyVectors,
    NeedVectors,
    Vector,
)

Array = NDArray[Any]
COMPANY_COLUMNS = (
    "headcount", "maturity", "freshness", "reach", "complete",
    "has_text", "has_reference", "has_codes", "has_wanted", "has_kinds",
    *(f"knows_{family}" for family in FAMILIES),
)  # fmt: skip
NEED_COLUMNS = ("headcount", "headcount_must", "maturity", *(f"asks_{name}" for name in NEED_NAMES))


class Table:
    """Sparse rows of named values, readable by row and by name."""

    def __init__(self, rows: Sequence[Vector]) -> None:
        self.columns: dict[str, int] = {}
        columns = [self.columns.setdefault(name, len(self.columns)) for row in rows for name in row]
        values = [value for row in rows for value in row.values()]
        starts = [0, *accumulate(len(row) for row in rows)]
        shape = (len(rows), max(len(self.columns), 1))
        self.by_row = sparse.csr_array(
            (np.asarray(values, np.float64), np.asarray(columns, np.int32), np.asarray(starts, np.int64)), shape=shape
        )
        self.by_name = self.by_row.tocsc()
        self.names = list(self.columns)
        self.size = len(rows)

    def row(self, index: int) -> Vector:
        start, stop = self.by_row.indptr[index : index + 2]
        names = [self.names[column] for column in self.by_row.indices[start:stop].tolist()]
        return dict(zip(names, self.by_row.data[start:stop].tolist(), strict=True))

    def total(self, vector: Vector) -> Array:
        """The sum of products, a value a row."""
        out = np.zeros(self.size)
        for rows, products in self._meet(vector):
            out[rows] += products
        return out

    def best(self, vector: Vector) -> Array:
        """The greatest product, a value a row; 0 where nothing is shared."""
        out = np.zeros(self.size)
        for rows, products in self._meet(vector):
            out[rows] = np.maximum(out[rows], products)
        return out

    def _meet(self, vector: Vector) -> Iterable[tuple[Array, Array]]:
        """(rows, products) of each name known; in the names' order, so that sums are the same to the last bit."""
        for name in sorted(vector):
            if (column := self.columns.get(name)) is not None:
                start, stop = self.by_name.indptr[column : column + 2]
                yield self.by_name.indices[start:stop], self.by_name.data[start:stop] * vector[name]


class Companies:
    """All companies, a row each, and their works, in the companies' order."""

    def __init__(self, records: Sequence[CompanyVectors]) -> None:
        works = [work for record in records for work in record.works]
        self.ids = np.array([record.id for record in records], np.int64)
        self.tables = {name: Table([record.vectors[name] for record in records]) for name in COMPANY_NAMES}
        self.work_tables = {name: Table([work.vectors[name] for work in works]) for name in WORK_NAMES}
        self.columns = {name: np.array([record.figures[name] for record in records]) for name in COMPANY_COLUMNS}
        self.strength = np.array([work.strength for work in works])
        self.is_reference = np.array([work.is_reference for work in works], bool)
        self.keys = [work.key for work in works]
        self.starts = np.array([0, *accumulate(len(record.works) for record in records)], np.int64)

    def __len__(self) -> int:
        return len(self.ids)


class Needs:
    """All needs, a row each."""

    def __init__(self, records: Sequence[NeedVectors]) -> None:
        self.ids = np.array([record.id for record in records], np.int64)
        self.tables = {name: Table([record.vectors[name] for record in records]) for name in NEED_NAMES}
        self.columns = {name: np.array([record.figures[name] for record in records]) for name in NEED_COLUMNS}

    def __len__(self) -> int:
        return len(self.ids)

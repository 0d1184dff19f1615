"""Columns: one side of the market laid out so that one record of the other side meets all of it at once."""

from array import array
from collections.abc import Iterable
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
Shared = list[tuple[str, float]]  # names that two records share, each with the product of their values
COMPANY_COLUMNS = (
    "headcount", "maturity", "freshness", "reach", "complete",
    "has_text", "has_reference", "has_codes", "has_wanted", "has_kinds",
    *(f"knows_{family}" for family in FAMILIES),
)  # fmt: skip
WORK_COLUMNS = ("strength", "is_reference", "inherits")
NEED_COLUMNS = ("headcount", "headcount_must", "maturity", *(f"asks_{name}" for name in NEED_NAMES))


class Draft:
    """Rows of a table while they are added, one by one."""

    def __init__(self) -> None:
        self.columns: dict[str, int] = {}
        self.indices = array("i")
        self.values = array("d")
        self.starts = array("q", [0])

    def add(self, vector: Vector) -> None:
        for name, value in vector.items():
            self.indices.append(self.columns.setdefault(name, len(self.columns)))
            self.values.append(value)
        self.starts.append(len(self.indices))


class Table:
    """Sparse rows of named values, readable by row and by name."""

    def __init__(self, draft: Draft) -> None:
        self.columns = draft.columns
        self.names = list(draft.columns)
        self.size = len(draft.starts) - 1
        self.by_row = sparse.csr_array(
            (
                np.frombuffer(draft.values, np.float64) if draft.values else np.zeros(0),
                np.frombuffer(draft.indices, np.int32) if draft.indices else np.zeros(0, np.int32),
                np.frombuffer(draft.starts, np.int64),
            ),
            shape=(self.size, max(len(self.names), 1)),
        )
        self.by_name = self.by_row.tocsc()

    def row(self, index: int) -> Vector:
        start, stop = self.by_row.indptr[index : index + 2]
        names = [self.names[column] for column in self.by_row.indices[start:stop].tolist()]
        return dict(zip(names, self.by_row.data[start:stop].tolist(), strict=True))

    def shared(self, vector: Vector, rows: Array) -> list[Shared]:
        """For each of some rows, what it shares with `vector`."""
        weights = np.zeros(max(len(self.names), 1))
        for name, weight in vector.items():
            if (column := self.columns.get(name)) is not None:
                weights[column] = weight
        some = self.by_row[rows]
        products = some.data * weights[some.indices]
        found = np.flatnonzero(products)
        owner = np.searchsorted(some.indptr, found, side="right") - 1
        names = [self.names[column] for column in some.indices[found].tolist()]
        shared: list[Shared] = [[] for _ in range(len(rows))]
        for row, name, product in zip(owner.tolist(), names, products[found].tolist(), strict=True):
            shared[row].append((name, product))
        return shared

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

    def __init__(self, records: Iterable[CompanyVectors]) -> None:
        drafts = {name: Draft() for name in COMPANY_NAMES}
        work_drafts = {name: Draft() for name in WORK_NAMES}
        figures: dict[str, list[float]] = {name: [] for name in COMPANY_COLUMNS}
        work_figures: dict[str, list[float]] = {name: [] for name in WORK_COLUMNS}
        ids, counts = [], []
        self.keys: list[str] = []
        for record in records:
            add_row(drafts, figures, record.vectors, record.figures)
            for work in record.works:
                add_row(work_drafts, work_figures, work.vectors, work.figures)
                self.keys.append(work.key)
            ids.append(record.id)
            counts.append(len(record.works))
        self.ids = np.array(ids, np.int64)
        self.counts = np.array(counts, np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)
        self.tables, self.columns = closed(drafts, figures)
        self.work_tables, self.work_columns = closed(work_drafts, work_figures)

    def __len__(self) -> int:
        return len(self.ids)


class Needs:
    """All needs, a row each."""

    def __init__(self, records: Iterable[NeedVectors]) -> None:
        drafts = {name: Draft() for name in NEED_NAMES}
        figures: dict[str, list[float]] = {name: [] for name in NEED_COLUMNS}
        ids = []
        self.spellings: list[dict[str, str]] = []
        for record in records:
            add_row(drafts, figures, record.vectors, record.figures)
            ids.append(record.id)
            self.spellings.append(record.spellings)
        self.ids = np.array(ids, np.int64)
        self.tables, self.columns = closed(drafts, figures)

    def __len__(self) -> int:
        return len(self.ids)


def add_row(
    drafts: dict[str, Draft], figures: dict[str, list[float]], vectors: dict[str, Vector], row: dict[str, float]
) -> None:
    for name, draft in drafts.items():
        draft.add(vectors[name])
    for name, column in figures.items():
        column.append(row[name])


def closed(drafts: dict[str, Draft], figures: dict[str, list[float]]) -> tuple[dict[str, Table], dict[str, Array]]:
    tables = {name: Table(draft) for name, draft in drafts.items()}
    return tables, {name: np.array(column, np.float64) for name, column in figures.items()}

"""One record facing the whole other side: the same figures a pair, whichever side the many are on."""

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np

from matching.engine.index import Array, Companies, Needs, Shared
from matching.engine.vectors import CompanyVectors, NeedVectors, Vector


class Pairs(ABC):
    """Arrays with an entry a pair, and `work` arrays with an entry a pair and work."""

    size: int
    ids: Array

    @abstractmethod
    def total(self, need: str, company: str) -> Array:
        """The sum of products of what two vectors share."""

    @abstractmethod
    def best(self, need: str, company: str) -> Array:
        """The greatest product of what two vectors share."""

    @abstractmethod
    def works_total(self, name: str) -> Array: ...

    @abstractmethod
    def works_best(self, need: str, work: str) -> Array: ...

    @abstractmethod
    def top(self, works: Array) -> Array:
        """The greatest over a company's works; 0 without any."""

    @abstractmethod
    def sum(self, works: Array) -> Array:
        """The sum over a company's works."""

    @abstractmethod
    def need(self, name: str) -> Array: ...

    @abstractmethod
    def company(self, name: str) -> Array: ...

    @abstractmethod
    def work(self, name: str) -> Array: ...

    @abstractmethod
    def spread(self, companies: Array) -> Array:
        """A pair's value, for each of the company's works."""

    @abstractmethod
    def shared(self, need: str, company: str, pairs: Array) -> list[Shared]:
        """What the two vectors share, for each of some pairs."""

    @abstractmethod
    def work_shared(self, need: str, work: str, pairs: Array, works: Array) -> list[Shared]:
        """What the need's vector shares with that of one work a pair."""

    @abstractmethod
    def need_row(self, name: str, pair: int) -> Vector: ...

    @abstractmethod
    def spellings(self, pair: int) -> dict[str, str]: ...

    @abstractmethod
    def works_of(self, works: Array, pair: int) -> Array:
        """A work array's entries for one pair."""

    @abstractmethod
    def work_keys(self, pairs: Array, works: Array) -> list[str]: ...

    def best_works(self, works: Array, pairs: Array) -> Array:
        """For each pair the first of its company's best works, -1 without one that is worth something."""
        best = []
        for pair in pairs.tolist():
            mine = self.works_of(works, pair)
            place = int(mine.argmax()) if mine.size else -1
            best.append(place if place >= 0 and mine[place] > 0 else -1)
        return np.array(best, np.int64)

    @cached_property
    def reference_text(self) -> Array:
        return self.works_total("reference")

    @cached_property
    def company_level(self) -> Array:
        """How near the company's own codes come."""
        return self.best("codes", "codes")

    @cached_property
    def work_level(self) -> Array:
        """How near a work's codes come, or the company's where it has none."""
        inherited = self.spread(self.company_level) * self.work("inherits")
        return np.maximum(self.works_best("codes", "codes"), inherited)

    @cached_property
    def work_place(self) -> Array:
        return self.works_best("places", "places") * self.work("strength")

    @cached_property
    def work_code_place(self) -> Array:
        return self.work_level * self.work_place

    @cached_property
    def work_near(self) -> Array:
        """A reference's nearness in codes; 0 for sales without one."""
        return self.work_level * self.work("is_reference")


class OneNeed(Pairs):
    """A need facing companies."""

    def __init__(self, record: NeedVectors, companies: Companies) -> None:
        self.record, self.companies = record, companies
        self.ids, self.size = companies.ids, len(companies)

    def total(self, need: str, company: str) -> Array:
        return self.companies.tables[company].total(self.record.vectors[need])

    def best(self, need: str, company: str) -> Array:
        return self.companies.tables[company].best(self.record.vectors[need])

    def works_total(self, name: str) -> Array:
        return self.companies.work_tables[name].total(self.record.vectors[name])

    def works_best(self, need: str, work: str) -> Array:
        return self.companies.work_tables[work].best(self.record.vectors[need])

    def top(self, works: Array) -> Array:
        return self._over_works(np.maximum, works)

    def sum(self, works: Array) -> Array:
        return self._over_works(np.add, works)

    def _over_works(self, how: np.ufunc, works: Array) -> Array:
        starts = self.companies.starts
        out = np.zeros(self.size)
        some = starts[1:] > starts[:-1]
        if some.any():
            out[some] = how.reduceat(works, starts[:-1][some])
        return out

    def need(self, name: str) -> Array:
        return np.full(1, self.record.figures[name])

    def company(self, name: str) -> Array:
        return self.companies.columns[name]

    def work(self, name: str) -> Array:
        return self.companies.work_columns[name]

    def spread(self, companies: Array) -> Array:
        return np.repeat(companies, self.companies.counts)

    def shared(self, need: str, company: str, pairs: Array) -> list[Shared]:
        return self.companies.tables[company].shared(self.record.vectors[need], pairs)

    def work_shared(self, need: str, work: str, pairs: Array, works: Array) -> list[Shared]:
        rows = self.companies.starts[pairs] + works
        return self.companies.work_tables[work].shared(self.record.vectors[need], rows)

    def need_row(self, name: str, pair: int) -> Vector:
        return self.record.vectors[name]

    def spellings(self, pair: int) -> dict[str, str]:
        return self.record.spellings

    def works_of(self, works: Array, pair: int) -> Array:
        start, stop = self.companies.starts[pair : pair + 2]
        return works[start:stop]

    def work_keys(self, pairs: Array, works: Array) -> list[str]:
        return [self.companies.keys[row] for row in (self.companies.starts[pairs] + works).tolist()]


class OneCompany(Pairs):
    """A company facing needs."""

    def __init__(self, record: CompanyVectors, needs: Needs) -> None:
        self.record, self.needs = record, needs
        self.ids, self.size = needs.ids, len(needs)

    def total(self, need: str, company: str) -> Array:
        return self.needs.tables[need].total(self.record.vectors[company])

    def best(self, need: str, company: str) -> Array:
        return self.needs.tables[need].best(self.record.vectors[company])

    def works_total(self, name: str) -> Array:
        return self._stack([self.needs.tables[name].total(work.vectors[name]) for work in self.record.works])

    def works_best(self, need: str, work: str) -> Array:
        return self._stack([self.needs.tables[need].best(one.vectors[work]) for one in self.record.works])

    def _stack(self, rows: list[Array]) -> Array:
        return np.stack(rows) if rows else np.zeros((0, self.size))

    def top(self, works: Array) -> Array:
        return works.max(axis=0, initial=0.0)

    def sum(self, works: Array) -> Array:
        return works.sum(axis=0)

    def need(self, name: str) -> Array:
        return self.needs.columns[name]

    def company(self, name: str) -> Array:
        return np.full(1, self.record.figures[name])

    def work(self, name: str) -> Array:
        return np.array([work.figures[name] for work in self.record.works], np.float64).reshape(-1, 1)

    def spread(self, companies: Array) -> Array:
        return np.broadcast_to(companies, (len(self.record.works), self.size))

    def shared(self, need: str, company: str, pairs: Array) -> list[Shared]:
        return self.needs.tables[need].shared(self.record.vectors[company], pairs)

    def work_shared(self, need: str, work: str, pairs: Array, works: Array) -> list[Shared]:
        shared: list[Shared] = [[] for _ in range(len(pairs))]
        for one in set(works.tolist()):
            places = np.flatnonzero(works == one)
            found = self.needs.tables[need].shared(self.record.works[one].vectors[work], pairs[places])
            for place, names in zip(places.tolist(), found, strict=True):
                shared[place] = names
        return shared

    def need_row(self, name: str, pair: int) -> Vector:
        return self.needs.tables[name].row(pair)

    def spellings(self, pair: int) -> dict[str, str]:
        return self.needs.spellings[pair]

    def works_of(self, works: Array, pair: int) -> Array:
        return works[:, pair]

    def work_keys(self, pairs: Array, works: Array) -> list[str]:
        return [self.record.works[work].key for work in works.tolist()]

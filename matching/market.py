"""Both sides of the market in a worker's memory, brought up to date before each use."""

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from matching import engine, features
from matching.engine.vectors import CompanyVectors, NeedVectors
from matching.models import Corpus

Record = TypeVar("Record", bound=CompanyVectors | NeedVectors)
Columns = TypeVar("Columns", bound=engine.Companies | engine.Needs)
Faced = tuple[engine.Scores, NDArray[np.bool_]]  # scores, and which of them count
FEW = 200  # so many changed records are kept beside the large block before it is laid out anew
SHARE = 20  # or one in so many


@dataclass(frozen=True, slots=True)
class Block(Generic[Columns]):
    """Columns, and which of their rows still count."""

    columns: Columns
    alive: NDArray[np.bool_]


class Side(Generic[Record, Columns]):
    """All records of one side: a large block, and a small one of those that changed since it was laid out."""

    def __init__(
        self,
        load: Callable[[Iterable[int]], Iterator[tuple[Record, int]]],
        lay_out: Callable[[Iterable[Record]], Columns],
    ) -> None:
        self.load, self.lay_out = load, lay_out
        self.revisions: dict[int, int] = {}
        self.unreadable: dict[int, int] = {}  # those of which nothing could be made, until they change
        self.changed: dict[int, Record] = {}
        self.blocks: list[Block[Columns]] = []

    def sync(self, wanted: dict[int, int]) -> None:
        """Hold exactly the records `wanted`, {id: revision}."""
        stale = [id_ for id_, at in wanted.items() if self.revisions.get(id_) != at and self.unreadable.get(id_) != at]
        gone = self.revisions.keys() - wanted.keys()
        if not stale and not gone and self.blocks:
            return
        if not self.blocks or len(stale) + len(self.changed) > max(FEW, len(wanted) // SHARE):
            self._lay_out_anew(wanted)
        else:
            self._patch(stale, gone)
        self.unreadable = {id_: at for id_, at in wanted.items() if self.revisions.get(id_) != at}

    def _lay_out_anew(self, wanted: dict[int, int]) -> None:
        self.revisions, self.changed = {}, {}
        columns = self.lay_out(self._noted(wanted))
        self.blocks = [Block(columns, np.ones(len(columns), bool))]

    def _noted(self, ids: Iterable[int]) -> Iterator[Record]:
        for record, revision in self.load(ids):
            self.revisions[record.id] = revision
            yield record

    def _patch(self, stale: Collection[int], gone: Collection[int]) -> None:
        for id_ in [*gone, *stale]:
            self.revisions.pop(id_, None)
            self.changed.pop(id_, None)
        self.changed |= {record.id: record for record in self._noted(stale)}
        base = self.blocks[0].columns
        alive = np.isin(base.ids, list(self.revisions.keys() - self.changed.keys()))
        fresh = self.lay_out(self.changed.values())
        self.blocks = [Block(base, alive), Block(fresh, np.ones(len(fresh), bool))]


class Market:
    """Companies and open needs under one version of weights and word statistics."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.statistics = read_statistics(corpus)
        self.weights = engine.ACTIVE
        self.companies = Side(self.load_companies, engine.Companies)
        self.needs = Side(self.load_needs, engine.Needs)

    @property
    def engine_version(self) -> str:
        return f"{engine.ENGINE_VERSION}.{self.corpus.pk}"

    @property
    def version(self) -> str:
        """All that a score depends on besides its pair."""
        return f"{self.engine_version}/{self.weights.version}"

    def load_companies(self, ids: Iterable[int]) -> Iterator[tuple[CompanyVectors, int]]:
        for profile, revision in features.load_profiles(ids, timezone.localdate()):
            make = engine.company_vectors
            if company := features.readable("company", profile.id, make, profile, self.statistics):
                yield company, revision

    def load_needs(self, ids: Iterable[int]) -> Iterator[tuple[NeedVectors, int]]:
        for need, revision in features.load_needs(ids):
            if vectors := features.readable("opportunity", need.id, engine.need_vectors, need, self.statistics):
                yield vectors, revision

    def sync(self) -> None:
        """See what has been committed by now."""
        self.companies.sync(features.profile_revisions())
        self.needs.sync(features.need_revisions())

    def face_companies(self, need: NeedVectors) -> list[Faced]:
        """A need against every company."""
        blocks = self.companies.blocks
        return [(engine.score(engine.OneNeed(need, b.columns), self.weights), b.alive) for b in blocks]

    def face_needs(self, company: CompanyVectors) -> list[Faced]:
        """A company against every open need."""
        blocks = self.needs.blocks
        return [(engine.score(engine.OneCompany(company, b.columns), self.weights), b.alive) for b in blocks]


_market: Market | None = None


def current() -> Market:
    """This process's market, under the latest word statistics."""
    global _market
    corpus = Corpus.objects.order_by("-pk").first() or renew_statistics()
    if _market is None or _market.corpus.pk != corpus.pk or _market.corpus.created_at != corpus.created_at:
        _market = Market(corpus)
    return _market


def renew_statistics() -> Corpus:
    """Count the words of today's companies again. All scores are due after this."""
    ids = features.profile_revisions()
    profiles = (profile for profile, _ in features.load_profiles(ids, timezone.localdate()))
    statistics = engine.Statistics.of(profiles, "")
    return Corpus.objects.create(companies=len(ids), data=zlib.compress(json.dumps(statistics.to_json()).encode()))


def read_statistics(corpus: Corpus) -> engine.Statistics:
    return engine.Statistics.from_json(str(corpus.pk), json.loads(zlib.decompress(corpus.data)))


def statistics_are_old(corpus: Corpus | None) -> bool:
    """Whether the number of companies has changed by a fifth since."""
    if corpus is None:
        return True
    now = features.matched_profiles().count()
    return abs(now - corpus.companies) > corpus.companies // 5 + 20

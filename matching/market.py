"""Both sides of the market in a worker's memory, brought up to date before each use."""

import json
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import md5
from itertools import islice
from typing import TypeVar

import numpy as np
from django.utils import timezone

from accounts.models import ProfileChange
from matching import archive, crowd, engine, features, kept_needs, weights
from matching.engine.legend import Legend, legend
from matching.engine.lexicon import Array
from matching.models import Corpus, WeightsVersion

FEW = 200  # so many changed needs are kept beside the large block before it is laid out anew
SHARE = 20  # or one in so many
AHEAD = 40  # needs reckoned before they are asked for
LANES = 2  # blocks scored side by side: numpy lets go of the interpreter
Made = TypeVar("Made")
Faced = tuple[engine.Scores, Array]  # scores, and which of them count


class NeedSide:
    """All open needs: a large block, and a small one of those that changed since it was laid out."""

    def __init__(self, corpus: Corpus, load: Callable[[Iterable[int]], Iterator[tuple[engine.Vectors, int]]]) -> None:
        self.corpus, self.load = corpus, load
        self.vectors = kept_needs.KeptVectors()
        self.revisions: dict[int, int] = {}
        self.unreadable: dict[int, int] = {}  # those of which nothing could be made, until they change
        self.blocks: list[tuple[engine.Needs, Array]] = []
        self._base: set[int] = set()  # those that stand in the large block as they are now

    def sync(self, wanted: dict[int, int]) -> None:
        """Hold exactly the needs `wanted`, {id: revision}."""
        stale = [id_ for id_, at in wanted.items() if self.revisions.get(id_) != at and self.unreadable.get(id_) != at]
        gone = self.revisions.keys() - wanted.keys()
        if not stale and not gone and self.blocks:
            return
        for id_ in [*gone, *stale]:
            self.revisions.pop(id_, None)
            self.vectors.written.pop(id_, None)
            self._base.discard(id_)
        self._fetch(stale, wanted)
        self.unreadable = {id_: at for id_, at in wanted.items() if self.revisions.get(id_) != at}
        self._lay_out()

    def _fetch(self, stale: list[int], wanted: dict[int, int]) -> None:
        """From this machine's file what it has of the same revision, the others as they are now."""
        saved = {} if self.blocks else kept_needs.load(self.corpus)
        same = {id_: saved[id_] for id_ in stale if id_ in saved and saved[id_][0] == wanted[id_]}
        for id_, (revision, written) in same.items():
            self.vectors.written[id_], self.revisions[id_] = written, revision
        missing = [id_ for id_ in stale if id_ not in same]
        for vectors, revision in self.load(missing):
            self.vectors.keep(vectors)
            self.revisions[vectors.id] = revision
        if len(missing) > FEW:
            kept_needs.save(self.corpus, self.vectors, self.revisions)

    def _lay_out(self) -> None:
        fresh = self.vectors.keys() - self._base
        if not self.blocks or len(fresh) > max(FEW, len(self.vectors) // SHARE):
            self._base, fresh = set(self.vectors), set()
            every = kept_needs.Some(self.vectors, list(self.vectors))
            self.blocks = [(engine.Needs(every), np.ones(len(every), bool))]
        base = self.blocks[0][0]
        small = engine.Needs(kept_needs.Some(self.vectors, sorted(fresh)))
        self.blocks = [(base, np.isin(base.ids, list(self._base))), (small, np.ones(len(small), bool))]


class Market:
    """Companies and open needs under one version of weights and word statistics."""

    def __init__(self, corpus: Corpus, lexicon: engine.Lexicon) -> None:
        self.corpus, self.lexicon = corpus, lexicon
        self.statistics = read_statistics(corpus)
        self.weights = weights_in_force()
        self.companies = crowd.CompanySide(corpus, lexicon, self.statistics)
        self.needs = NeedSide(corpus, self.load_needs)
        self._legends: dict[int, tuple[int, tuple[str, Legend]]] = {}  # by revision

    @property
    def engine_version(self) -> str:
        return f"{engine.ENGINE_VERSION}.{self.corpus.pk}"

    @property
    def version(self) -> str:
        """All that a score depends on besides its pair."""
        return f"{self.engine_version}/{self.weights.version}"

    def load_needs(self, ids: Iterable[int]) -> Iterator[tuple[engine.Vectors, int]]:
        make = engine.need_vectors
        for need, revision in features.load_needs(ids):
            if vectors := features.readable("opportunity", need.id, make, need, self.statistics, self.lexicon):
                yield vectors, revision

    def sync(self, *, locked: bool = True) -> None:
        """See what has been committed by now, and what this transaction wrote; `locked` where nobody else writes."""
        self.companies.sync(locked=locked)
        self.needs.sync(features.need_revisions())

    def weigh(self, weights_: engine.Weights) -> None:
        """Score by these weights from now on."""
        if weights_ != self.weights:
            self.weights, self._legends = weights_, {}

    def plan(self, need: int) -> engine.Plan:
        return engine.Plan(engine.Question(self.needs.vectors[need], self.lexicon), self.weights)

    def legend(self, need: int) -> tuple[str, Legend]:
        """(digest, what the answers to a need refer to)."""
        revision = self.needs.revisions[need]
        if self._legends.get(need, (None,))[0] != revision:
            data = legend(self.needs.vectors[need], self.weights)
            digest = md5(json.dumps(data, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
            self._legends[need] = revision, (digest, data)
        return self._legends[need][1]

    def best(self, plan: engine.Plan, sought: engine.Sought, *, alone: bool = True) -> engine.Scores:
        """A need against every company: those sought, and hardly more; alone it has all lanes to itself."""
        blocks = self.companies.blocks
        return engine.best_of(plan, blocks, sought, pool() if alone and len(blocks) > 1 else None)

    def audience(self, vectors: engine.Vectors) -> engine.Audience:
        """How many companies a need would reach."""
        plan = engine.Plan(engine.Question(vectors, self.lexicon), self.weights)
        blocks = self.companies.blocks
        return engine.audience(plan, blocks, pool() if len(blocks) > 1 else None)

    def face_needs(self, company: int, packed: Array) -> list[Faced]:
        """A company against every open need."""
        record = engine.Company(company, packed)
        return [
            (engine.facing_needs(engine.OneCompany(record, needs, self.lexicon, self.statistics), self.weights), alive)
            for needs, alive in self.needs.blocks
            if len(needs)
        ]


def side_by_side(work: Callable[[int], Made], over: Sequence[int]) -> Iterator[tuple[int, Made]]:
    """(number, what is made of it) in order: ahead of who asks, in threads, where there are several."""
    if len(over) == 1:
        yield over[0], work(over[0])
        return
    left = iter(over)
    ahead = deque((number, crew().submit(work, number)) for number in islice(left, AHEAD))
    while ahead:
        number, made = ahead.popleft()
        yield number, made.result()
        ahead.extend((other, crew().submit(work, other)) for other in islice(left, 1))


@cache
def crew() -> ThreadPoolExecutor:
    """Not the pool of blocks: who waits there for blocks must not hold a place that they need."""
    return ThreadPoolExecutor(LANES)


@cache
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(LANES)


_market: Market | None = None


def in_memory() -> Market | None:
    """This process's market if it has one under the latest word statistics."""
    latest = Corpus.objects.order_by("-pk").values_list("pk", "created_at").first()
    return _market if _market and latest == (_market.corpus.pk, _market.corpus.created_at) else None


def current() -> Market:
    """This process's market, under the latest word statistics."""
    global _market
    corpus = Corpus.objects.order_by("-pk").defer("frequency", "kin", "bridge").first()
    if corpus is None or corpus.engine_version != engine.ENGINE_VERSION:
        forget()
        ProfileChange.objects.all().delete()  # all are looked at now
        repack(features.all_companies(), engine.Lexicon(features.labels()))
        corpus = renew_statistics()
    if _market is None or (_market.corpus.pk, _market.corpus.created_at) != (corpus.pk, corpus.created_at):
        _market = Market(corpus, engine.Lexicon(features.labels()))
    _market.weigh(weights_in_force())
    return _market


def weights_in_force() -> engine.Weights:
    """Those that staff put into force; until there are any, those that the engine brings along."""
    try:
        now = weights.active()
    except WeightsVersion.DoesNotExist:
        return engine.ACTIVE
    return engine.Weights(now.version, now.weights, now.strong, now.good, now.trade)


def forget() -> None:
    """Drop what is in memory: after a failure it may hold what was never committed."""
    global _market
    _market = None


def repack(companies: Collection[int], lexicon: engine.Lexicon) -> None:
    """Pack these companies as they are now, and keep them with the names that this takes."""
    archive.load_names(lexicon)
    known = {space: len(names) for space, names in lexicon.spaces.items()}
    for batch in features.batches(companies):
        left = set(batch)
        rows: list[tuple[int, Array | None]] = []
        for profile in features.load_profiles(batch, timezone.localdate()):
            packed = features.readable("company", profile.id, engine.pack, profile, lexicon)
            rows.append((profile.id, packed))
            left.discard(profile.id)
        archive.save(rows + [(company, None) for company in sorted(left)])
    archive.save_names(lexicon, known)


def renew_statistics() -> Corpus:
    """Count the words of today's companies again. All scores are due after this."""
    lexicon = engine.Lexicon(features.labels())
    archive.load_names(lexicon)
    known = {space: len(names) for space, names in lexicon.spaces.items()}
    chunks = ((chunk.packed, chunk.lengths) for chunk in map(archive.Chunk.taking_part, archive.in_chunks()))
    statistics = engine.Statistics.of(chunks, lexicon, "", features.bilingual())
    archive.save_names(lexicon, known)
    return Corpus.objects.create(
        engine_version=engine.ENGINE_VERSION,
        companies=archive.count(),
        telling=statistics.companies,
        frequency=zlib.compress(statistics.frequency.astype("<i4").tobytes()),
        kin=statistics.kin.write(),
        bridge=statistics.bridge.write(),
        profile_length=statistics.profile_length,
        reference_length=statistics.reference_length,
    )


def read_statistics(corpus: Corpus) -> engine.Statistics:
    frequency = np.frombuffer(zlib.decompress(corpus.frequency), "<i4")
    lengths = corpus.profile_length, corpus.reference_length
    kin = engine.Kin.read(bytes(corpus.kin)) if corpus.kin else engine.Kin.none()
    bridge = engine.Bridge.read(corpus.bridge)
    return engine.Statistics(str(corpus.pk), corpus.telling, frequency, *lengths, kin, bridge)


def statistics_are_old(present: Market) -> bool:
    """Whether the number of companies has changed by a fifth since."""
    before = present.corpus.companies
    return abs(present.companies.count - before) > before // 5 + 20

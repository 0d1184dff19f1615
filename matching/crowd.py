"""The companies of the market as columns: blocks laid out once, and a small one of those that changed since."""

import ctypes
from collections.abc import Iterator

import numpy as np

from matching import archive, engine, saved_index
from matching.engine.lexicon import Array
from matching.models import Corpus

SHARE = 20  # once one in so many has changed, all are laid out anew
FEW = 2_000


class CompanySide:
    """All companies that take part, as PostgreSQL has them."""

    def __init__(self, corpus: Corpus, lexicon: engine.Lexicon, statistics: engine.Statistics) -> None:
        self.corpus, self.lexicon, self.statistics = corpus, lexicon, statistics
        self.base: list[tuple[engine.Companies, Array]] = []
        self.blocks: list[engine.Block] = []
        self.fresh: dict[int, Array] = {}  # packed, of those that changed since the base was laid out
        self.serial = -1
        self.count = 0

    def sync(self, *, locked: bool) -> None:
        """See what was written since; `locked` where nobody else writes meanwhile."""
        if self.serial < 0:
            if not self._load_saved():
                self._load()
        elif locked and len(self.fresh) > max(FEW, self.count // SHARE):
            self._load()
        changed = archive.changed_since(self.serial)
        archive.load_names(self.lexicon)  # after it: what is there has its names there, too
        if not len(changed):
            return
        self.serial = int(changed.serials.max())
        for columns, alive in self.base:
            alive[columns.rows_of(changed.companies.tolist())] = False
        self.fresh |= dict(changed.rows())
        self._show()

    def _load(self) -> None:
        """From PostgreSQL."""
        archive.load_names(self.lexicon)
        blocks, rows = [], []
        self.base, self.blocks = [], []  # make room first
        for chunk in in_blocks(archive.in_chunks()):
            rows.append((chunk.companies, chunk.serials))
            there = chunk.taking_part()
            blocks.append(engine.lay_out(there.companies, there.packed, there.lengths, self.statistics))
        none = np.zeros(0, np.int64)
        companies, serials = (np.concatenate(column) for column in zip((none, none), *rows, strict=True))
        self._hold(int(serials.max(initial=0)), blocks)
        saved_index.save(self.corpus, self.lexicon, (companies, serials), blocks)
        give_back()

    def _load_saved(self) -> bool:
        """From this machine's file, if it is proven current."""
        found = saved_index.load(self.corpus, self.lexicon)
        if found:
            self._hold(*found)
        return found is not None

    def _hold(self, serial: int, blocks: list[engine.Companies]) -> None:
        self.base = [(columns, np.ones(len(columns), bool)) for columns in blocks]
        self.serial, self.fresh = serial, {}
        self._show()

    def _show(self) -> None:
        there = {company: packed for company, packed in self.fresh.items() if len(packed)}
        self.blocks = [(columns, None if alive.all() else alive) for columns, alive in self.base]
        if there or not self.blocks:
            lengths = np.array([len(packed) for packed in there.values()], np.int64)
            packed = np.concatenate([np.zeros(0, np.int32), *there.values()])
            self.blocks.append((engine.lay_out(list(there), packed, lengths, self.statistics), None))
        self.count = sum(len(columns) if alive is None else int(alive.sum()) for columns, alive in self.blocks)

    def packed(self, companies: list[int]) -> dict[int, Array]:
        """Those of these companies that take part, packed."""
        return {company: row for company, row in archive.of_companies(companies).rows() if len(row)}


def give_back() -> None:
    """Return to the system what laying out took: the C library would keep it for later."""
    if hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


def in_blocks(chunks: Iterator[archive.Chunk]) -> Iterator[archive.Chunk]:
    """Chunks put together to blocks; the first chunk stays alone, so that its best can be known early."""
    held: list[archive.Chunk] = []
    first = True
    for chunk in chunks:
        held.append(chunk)
        if first or sum(map(len, held)) >= engine.BLOCK:
            yield archive.joined(held)
            held, first = [], False
    if held:
        yield archive.joined(held)

"""Trades akin: which code nodes go with a need's words and codes, learnt from the companies' own references.

A reference tells which words go with its code, and two references of one company that their codes go together. What a
need's words and codes say is summed as logarithms of likelihood ratios; a node is worth how near it comes to the best.
"""

import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy import sparse

from matching.engine import nodes
from matching.engine.lexicon import Array, Lexicon, codes_of
from matching.engine.packed import COUNT_SHIFT, LISTS, PLACE_IN_HEAD
from matching.engine.postings import ragged

PRIOR_WORDS = 3.0  # references that a node is taken to have seen with common words only
PRIOR_CODES = 4.0  # and other references with common codes only
KINSHIP = {2: 2.0, 3: 6.0, 4: 10.0}  # and so many within its own family: by how many digits the family shares
LABEL = 0.5  # a word of a code's label counts as so many references
LEAST_SEEN = 2  # a word seen once tells nothing
LEAST_RATIO, MOST_RATIO = -1.5, 6.0  # what one word may say
WORDS_WEIGHT = 0.8  # words come together, so their sum says too much
SPAN = 8.0  # a node that is so much less likely than the best is worth nothing
SURE = 4.0  # the best is worth all from here on
MOST_KEPT = 2_000  # codes whose kin stay in memory: needs share them
LEAST_WORTH, MOST_NODES = 4, 60
LEAST_SAID = 2.0  # a need whose best node is not even so likely tells too little
ENOUGH = 200  # fewer deeds than that teach nothing
PRIOR_TRADES = 1.0  # references by trades as usual that a word is taken to have been seen in
ALL_TOLD = 2.0  # a word that changes what trade to expect by so much tells all that a word can
UNHEARD = 0.8  # what a word seen too seldom to know is taken to tell
MOST_REFERENCES = 10  # a company counts as so many references at most


@dataclass(frozen=True, eq=False)
class Kin:
    """Counts by node: of deeds (references, and profiles that declare codes), and of pairs within a company."""

    names: Array
    deeds: int
    seen: Array  # deeds at each node
    frequency: Array  # deeds with each word, by the lexicon's numbers
    starts: Array  # where each word's entries begin, one more for the end
    at: Array  # its nodes
    counts: Array  # its deeds there
    pair_starts: Array  # for each node, where its entries begin
    pair_at: Array  # the nodes of its companies' other references
    pairs: Array  # how many of those

    @staticmethod
    def none() -> "Kin":
        return Counter().kin()

    @classmethod
    def read(cls, data: bytes) -> Self:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            values: dict[str, Any] = {field.name: kept[field.name] for field in fields(cls)}
        return cls(**values | {"deeds": int(values["deeds"])})

    def write(self) -> bytes:
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = io.BytesIO()
        np.savez_compressed(kept, **values)
        return kept.getvalue()

    @cached_property
    def number(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names.tolist())}

    @cached_property
    def levels(self) -> list[tuple[Array, Array | None]]:
        """The nodes that worths are given to, by scheme: (coarse, None), then (fine, the coarse one of each)."""
        found: list[tuple[Array, Array | None]] = []
        for scheme, (*_, coarse, fine) in nodes.KIN_LEVELS.items():
            prefix = f"~{scheme}:"
            for length in (coarse, fine):
                size = len(prefix) + length
                at = [n for name, n in self.number.items() if name.startswith(prefix) and len(name) == size]
                parents = [self.number[str(self.names[n])[: len(prefix) + coarse]] for n in at]
                if at:
                    found.append((np.array(at), np.array(parents) if length == fine else None))
        return found

    @cached_property
    def _of_nodes(self) -> dict[tuple[str, ...], Array]:
        return {}

    @cached_property
    def usual(self) -> Array:
        """How likely each node is among those of its level, whatever the need."""
        found = np.ones(len(self.names))
        for at, _ in self.levels:
            found[at] = (self.seen[at] + 0.5) / (self.seen[at] + 0.5).sum()
        return found

    @cached_property
    def _telling(self) -> Array:
        """How much each word tells of the trade, 0 to 1: how far the trades it goes with are from the usual ones."""
        words = np.repeat(np.arange(len(self.frequency)), np.diff(self.starts))
        gained = np.zeros(len(self.frequency))
        for at in (at for at, parents in self.levels if parents is None):
            usual_here = np.zeros(len(self.names))
            usual_here[at] = self.usual[at]
            some = usual_here[self.at] > 0
            word, count, usual = words[some], self.counts[some], usual_here[self.at[some]]
            seen = PRIOR_TRADES + np.bincount(word, count, len(gained))
            likely = (count + PRIOR_TRADES * usual) / seen[word]
            others = 1 - np.bincount(word, likely, len(gained))
            gain = np.bincount(word, likely * np.log(likely / usual), len(gained))
            gained = np.maximum(gained, gain + others * np.log(PRIOR_TRADES / seen))
        known = np.diff(self.starts) > 0
        return np.where(known, np.clip(gained / ALL_TOLD, 0, 1), UNHEARD)

    def telling(self, term: int | None) -> float:
        """How much a word tells of the trade; "supply" or the name of a town tells less than "valve"."""
        if self.deeds < ENOUGH:
            return 1.0
        return float(self._telling[term]) if term is not None and term < len(self._telling) else UNHEARD

    def worths(self, codes: Collection[str], terms: Iterable[int]) -> dict[str, int]:
        """Nodes akin to a need, and what each is worth; none where its words and codes tell too little."""
        if self.deeds < ENOUGH:
            return {}
        said = WORDS_WEIGHT * self._by_words(terms) + self._by_codes(codes)
        if not self.levels or max(said[at].max() for at, _ in self.levels) < LEAST_SAID:
            return {}
        worth = np.zeros(len(self.names))
        for at, parents in self.levels:
            best = max(SURE, float(said[at].max()))
            near = np.clip(1 + (said[at] - best) / SPAN, 0, 1) / 2
            worth[at] = near if parents is None else near + worth[parents]
        whole = np.rint(worth * nodes.CODE_UNIT).astype(int)
        order = np.argsort(-whole, kind="stable")[:MOST_NODES]
        kept = order[whole[order] >= LEAST_WORTH]
        return dict(zip(self.names[kept].tolist(), whole[kept].tolist(), strict=True))

    @cached_property
    def _absent(self) -> Array:
        """What a word says against each node that it was never seen at."""
        found: Array = np.clip(np.log(PRIOR_WORDS / (self.seen + PRIOR_WORDS)), LEAST_RATIO, MOST_RATIO)
        return found

    @cached_property
    def _ratios(self) -> Array:
        """What each word says for each of its nodes, over what it would say if it was never seen there."""
        usual = np.repeat(self.frequency / max(1, self.deeds), np.diff(self.starts))
        ratio = np.log((self.counts + PRIOR_WORDS * usual) / (self.seen[self.at] + PRIOR_WORDS) / usual)
        return (np.clip(ratio, LEAST_RATIO, MOST_RATIO) - self._absent[self.at]).astype(np.float32)

    def _by_words(self, terms: Iterable[int]) -> Array:
        """What the words say for each node."""
        known = [term for term in terms if term < len(self.frequency) and self.frequency[term] >= LEAST_SEEN]
        said: Array = len(known) * self._absent
        for term in known:
            some = slice(self.starts[term], self.starts[term + 1])
            said[self.at[some]] += self._ratios[some]
        return said

    def _by_codes(self, codes: Collection[str]) -> Array:
        """What the codes say for each node: on average, where there are several."""
        known = [asked for code in codes if (asked := tuple(nodes.kin_nodes((code,))))]
        if not known:
            return np.zeros(len(self.names))
        if len(self._of_nodes) > MOST_KEPT:
            self._of_nodes.clear()
        for asked in set(known) - self._of_nodes.keys():
            self._of_nodes[asked] = self._likely(asked)
        likely = sum((self._of_nodes[asked] for asked in known), start=np.zeros(len(self.names)))
        found: Array = np.log(likely / len(known) / self.usual)
        return found

    def _likely(self, asked: Iterable[str]) -> Array:
        """How likely each node is for another reference of a company that has one at these nodes, coarse to fine."""
        likely = self.usual.copy()
        for node in asked:
            others = self._others(node)
            for at, _ in self.levels:
                names = self.names[at].tolist()
                family = self.usual[at] * [name.startswith(node) or node.startswith(name) for name in names]
                kinship = KINSHIP[len(node.partition(":")[2])] * family / (family.sum() or 1)
                for added in (kinship, others[at]):
                    likely[at] = (PRIOR_CODES * likely[at] + added) / (PRIOR_CODES + added.sum())
        return likely

    def _others(self, node: str) -> Array:
        found = np.zeros(len(self.names))
        if (number := self.number.get(node)) is not None:
            some = slice(self.pair_starts[number], self.pair_starts[number + 1])
            found[self.pair_at[some]] = self.pairs[some]
        return found


class Counter:
    """Counts deeds and pairs, some companies at a time."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        lexicon = lexicon or Lexicon()
        told = [[lexicon.term(word) for word in sorted(words)] for words in lexicon.own_labels]
        self.width = max(1, len(lexicon.spaces["term"]))
        of_groups = [nodes.kin_nodes(codes_of(name)) for name in lexicon.spaces["codes"].names]
        self.names = sorted({node for found in of_groups for node in found})
        number = {name: place for place, name in enumerate(self.names)}
        self.groups = rows_of([[number[node] for node in found] for found in of_groups], len(self.names))
        self.told = rows_of(told, self.width)
        size = len(self.names)
        self.deeds, self.frequency, self.seen = 0, np.zeros(self.width, np.int64), np.zeros(size)
        self.words, self.pairs = sparse.csr_array((self.width, size)), sparse.csr_array((size, size))

    def add(self, packed: Array, starts: Array, head: Array) -> None:
        """Companies that stand one after the other; `starts` is where the lists of each begin."""
        at, found = starts, {}
        for place, name in enumerate(LISTS):
            if name in ("text", "codes"):
                found[name] = packed[ragged(at, head[:, place])]
            at = at + head[:, place]
        counts = head[:, PLACE_IN_HEAD["n_works"]]
        lengths = packed[ragged(at + 3 * counts, counts)]
        words = packed[ragged(at + 4 * counts, head[:, PLACE_IN_HEAD["n_words"]])]
        of_works = self.groups[packed[ragged(at + counts, counts)]]
        declared = head[:, LISTS.index("codes")]
        of_profiles = csr(found["codes"], declared, self.groups.shape[0]) @ self.groups
        said = csr(found["text"] & ((1 << COUNT_SHIFT) - 1), head[:, LISTS.index("text")], self.width)
        works = csr(words, lengths, self.width)
        self._count(of_works, works, np.repeat(np.arange(len(head)), counts))
        self._count(of_profiles.astype(bool).astype(float), said, None)

    def _count(self, at: sparse.csr_array, words: sparse.csr_array, owners: Array | None) -> None:
        telling = np.flatnonzero(np.diff(at.indptr))
        at, words = at[telling], words[telling]
        self.deeds += len(telling)
        self.seen += at.sum(axis=0)
        self.frequency += words.sum(axis=0).astype(np.int64)
        self.words = self.words + words.T @ at
        if owners is None:
            return
        own, number = np.unique(owners[telling], return_inverse=True)
        size = np.bincount(number, minlength=len(own))
        share = np.where(size > 1, np.minimum(size, MOST_REFERENCES) / np.maximum(1, size * (size - 1)), 0)
        held = csr(np.arange(len(number)), size, len(number)) @ at if len(own) else at[:0]
        self.pairs = self.pairs + held.T @ sparse.diags_array(share) @ held
        self.pairs = self.pairs - at.T @ sparse.diags_array(share[number]) @ at

    def kin(self) -> Kin:
        held = self.groups.T @ self.told
        held.data = np.full(len(held.data), LABEL)
        seen_often = sparse.diags_array((self.frequency >= LEAST_SEEN).astype(float))
        words = (seen_often @ (self.words + held.T)).tocsr()
        words.eliminate_zeros()
        pairs = self.pairs.tocsr()
        return Kin(
            names=np.array(self.names, dtype=np.str_),
            deeds=self.deeds,
            seen=self.seen,
            frequency=self.frequency.astype(np.int32),
            starts=words.indptr,
            at=words.indices,
            counts=words.data.astype(np.float32),
            pair_starts=pairs.indptr,
            pair_at=pairs.indices,
            pairs=np.maximum(pairs.data, 0).astype(np.float32),
        )


def csr(numbers: Array, lengths: Array, width: int) -> sparse.csr_array:
    """A row for each length, 1 at each of its numbers."""
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_array((np.ones(len(numbers)), numbers, ends), shape=(len(lengths), width))


def rows_of(rows: Collection[Collection[int]], width: int) -> sparse.csr_array:
    numbers = np.array([number for row in rows for number in row], np.int64)
    return csr(numbers, np.array([len(row) for row in rows], np.int64), width)

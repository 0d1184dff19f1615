"""How common each word is among companies: frozen with a version, so that both directions reckon alike."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy import sparse

from matching.engine.bridge import Bridge
from matching.engine.kin import Counter, Kin
from matching.engine.lexicon import Array, Lexicon
from matching.engine.packed import COUNT_SHIFT, HEAD, LISTS, PLACE_IN_HEAD
from matching.engine.postings import ragged

Packed = tuple[Array, Array]  # companies one after the other, and the length of each


@dataclass(frozen=True, slots=True)
class Statistics:
    version: str
    companies: int  # those that say anything
    frequency: Array  # how many of them have each word, labels of their codes included; by the lexicon's numbers
    profile_length: float  # words, on average, labels included
    reference_length: float
    kin: Kin = field(default_factory=Kin.none)
    bridge: Bridge = field(default_factory=lambda: Bridge({}))

    @classmethod
    def of(
        cls, chunks: Iterable[Packed], lexicon: Lexicon, version: str, labels: Iterable[tuple[str, str]] = ()
    ) -> Self:
        """From companies, and from what is said both in French and in English."""
        frequency = np.zeros(0, np.int64)
        companies = words = references = words_of_references = 0
        counter = Counter(lexicon)
        for packed, lengths in chunks:
            starts = np.cumsum(lengths) - lengths
            head = packed[starts[:, None] + np.arange(len(HEAD))].astype(np.int64)
            said = head[:, PLACE_IN_HEAD["length"]]
            companies += int((said > 0).sum())
            references += int(head[:, PLACE_IN_HEAD["n_works"]].sum())
            words_of_references += int(head[:, PLACE_IN_HEAD["n_words"]].sum())
            counted, told = frequency_in(packed, starts + len(HEAD), head, lexicon)
            counter.add(packed, starts + len(HEAD), head)
            words += int(said.sum()) + told
            frequency = np.pad(frequency, (0, max(0, len(counted) - len(frequency))))
            frequency[: len(counted)] += counted
        lengths_ = mean(words, companies), mean(words_of_references, references)
        return cls(version, companies, frequency.astype(np.int32), *lengths_, counter.kin(), Bridge.learnt(labels))

    def rarity(self, term: int | None) -> float:
        """BM25's inverse document frequency of a word, by its number; None for one that nobody has."""
        seen = int(self.frequency[term]) if term is not None and term < len(self.frequency) else 0
        return math.log(1 + (max(self.companies, seen) - seen + 0.5) / (seen + 0.5))


def frequency_in(packed: Array, at: Array, head: Array, lexicon: Lexicon) -> tuple[Array, int]:
    """(how many of these companies have each word, words in labels); `at` is where each one's lists begin."""
    rows, mask = np.arange(len(head)), (1 << COUNT_SHIFT) - 1
    found = {}
    for place, name in enumerate(LISTS):
        if name in ("text", "codes"):
            found[name] = np.repeat(rows, head[:, place]), packed[ragged(at, head[:, place])]
        at = at + head[:, place]
    counts = head[:, PLACE_IN_HEAD["n_works"]]
    groups = packed[ragged(at + counts, counts)]
    of_groups = np.concatenate([found["codes"][0], np.repeat(rows, counts)])
    groups = np.concatenate([found["codes"][1], groups])
    shape = len(head), len(lexicon.spaces["codes"])
    held = sparse.csr_array((np.ones(len(groups), np.int32), (of_groups, groups)), shape=shape)
    labels = labels_of(lexicon)
    told = held @ labels
    shape = len(head), labels.shape[1]
    text = sparse.csr_array(
        (np.ones(len(found["text"][0]), np.int32), (found["text"][0], found["text"][1] & mask)), shape
    )
    return np.asarray((text + told).astype(bool).sum(axis=0)).ravel(), int(told.sum())


def labels_of(lexicon: Lexicon) -> sparse.csr_array:
    """The words of each code group's own code, by numbers."""
    terms = [[lexicon.term(word) for word in sorted(words)] for words in lexicon.own_labels]
    starts = np.cumsum([0, *map(len, terms)])
    numbers = np.array([number for found in terms for number in found], np.int32)
    shape = len(terms), max(1, len(lexicon.spaces["term"]))
    return sparse.csr_array((np.ones(len(numbers), np.int32), numbers, starts), shape=shape)


def mean(total: int, count: int) -> float:
    return max(1.0, total / count) if count else 1.0

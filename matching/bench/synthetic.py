"""Companies and needs out of thin air, for benchmarks: of realistic length, their words and codes drawn as they occur.

Companies are drawn as numbers, as `engine.pack` would make them: a million of them in seconds.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accounts.taxonomy import certifications, places, sectors
from matching import engine, features
from matching.engine.lexicon import Array
from matching.engine.packed import COUNT_SHIFT, HEAD, LISTS, PLACE_IN_HEAD
from matching.engine.postings import ragged
from matching.engine.records import Sales
from matching.engine.text import terms

REFERENCES = (0.22, 0.59, 0.11, 0.035, 0.015, 0.01, 0.005, 0.005, 0.003, 0.002, 0.002, 0.001, 0.002)  # by their number
WORDS_OF_REFERENCE = (4, 16)  # at least, and less than
WORDS_OF_PROFILE = (0, 30)
WORDS_OF_NEED = (5, 15)
KINDS = ("co_export", "portage", "hosting", "sourcing", "tender")
CHUNK = 32_768


@dataclass(frozen=True)
class Source:
    """What is drawn from: as often as it occurs here."""

    words: Sequence[str]
    codes: Sequence[str]
    places: Sequence[str]


def shipped() -> Source:
    """The words and codes of the platform's own sectors, codes and countries."""
    codes = [
        f"{scheme}:{code}"
        for sector in sectors.SECTORS.values()
        for scheme, found in covered(sector)
        for code in found
    ]
    words = [
        word
        for code in [*codes, *(f"sector:{slug}" for slug in sectors.SECTORS)]
        for word in terms(features.label(code))
    ]
    frequent = [word for rank, word in enumerate(dict.fromkeys(words), start=1) for _ in range(1 + 2_000 // rank)]
    return Source(frequent, codes, list(places.COUNTRIES))


def covered(sector: sectors.Sector) -> list[tuple[str, Sequence[str]]]:
    return [("cpv", sector.cpv), ("hs", sector.hs), ("naf", sector.naf)]


def of_bench(split: Path) -> Source:
    """The words, codes and places of real awards."""
    with (split / "suppliers.jsonl").open(encoding="utf-8") as lines:
        awards = [award for line in lines for award in json.loads(line)["awards"]]
    return Source(
        [term for award in awards for term in terms(award["objet"] or "")],
        [f"cpv:{award['cpv']}" for award in awards if award["cpv"]],
        [f"FR-{award['dept']}" for award in awards if award["dept"]],
    )


class Draw:
    """Companies and needs drawn from a source, the same for the same seed."""

    def __init__(self, source: Source, lexicon: engine.Lexicon, seed: int = 1) -> None:
        self.source, self.rng = source, np.random.default_rng(seed)
        chains = [places.ancestors(place) for place in source.places]
        names = list(certifications.CERTIFICATIONS)
        self.numbers = {
            "term": np.array([lexicon.term(word) for word in source.words], np.int32),
            "codes": np.array(
                [lexicon.codes((code, *features.implied_codes(code))) for code in source.codes], np.int32
            ),
            "work_codes": np.array([lexicon.codes((code,)) for code in source.codes], np.int32),
            "wanted": np.array([lexicon.place(chain) for chain in chains], np.int32),
            "sales": np.array([lexicon.sales(Sales(chain, 0.9)) for chain in chains], np.int32),
            "kinds": np.array([lexicon.thing(kind) for kind in KINDS], np.int32),
            "certifications": np.array([lexicon.thing(code) for code in names], np.int32),
            "languages": np.array([lexicon.thing(code) for code in ("fr", "en", "de", "es", "ar")], np.int32),
            "experience": np.array([lexicon.thing(chain[0]) for chain in chains], np.int32),
        }

    def companies(self, count: int) -> Iterator[tuple[Array, Array]]:
        """(packed, lengths), a chunk after the other."""
        for start in range(0, count, CHUNK):
            yield self.chunk(min(CHUNK, count - start))

    def chunk(self, count: int) -> tuple[Array, Array]:
        rng = self.rng
        works = rng.choice(len(REFERENCES), count, p=np.array(REFERENCES) / sum(REFERENCES))
        own_owner, own = self._words(np.arange(count), rng.integers(*WORDS_OF_PROFILE, count))
        total = int(works.sum())
        work_owner = np.repeat(np.arange(count), works)
        of_work, words = self._words(np.arange(total), rng.integers(*WORDS_OF_REFERENCE, total))
        spans = len(self.source.words) and int(self.numbers["term"].max()) + 1
        said, times = np.unique(
            np.concatenate([own_owner, work_owner[of_work]]) * spans + np.concatenate([own, words]), return_counts=True
        )
        held = np.unique(of_work.astype(np.int64) * spans + words)
        lists = {"text": (said // spans, said % spans | np.minimum(times, 127) << COUNT_SHIFT)}
        for name, most in [
            ("codes", 3), ("wanted", 4), ("sales", 3), ("kinds", 3), ("certifications", 3), ("languages", 3),
            ("experience", 3),
        ]:  # fmt: skip
            lists[name] = self._listed(name, rng.integers(0, most, count))
        in_works = [
            (work_owner, np.arange(1, total + 1)),  # keys
            (work_owner, np.where(rng.random(total) < 0.85, self._some("work_codes", total), 0)),
            (work_owner, np.where(rng.random(total) < 0.9, self._some("wanted", total), 0)),
            (work_owner, np.bincount(held // spans, minlength=total)),
            (work_owner[held // spans], held % spans),
        ]
        head = np.zeros((count, len(HEAD)), np.int32)
        for place, name in enumerate(LISTS):
            head[:, place] = np.bincount(lists[name][0], minlength=count)
        head[:, PLACE_IN_HEAD["n_works"]] = works
        head[:, PLACE_IN_HEAD["n_words"]] = np.bincount(in_works[-1][0], minlength=count)
        head[:, PLACE_IN_HEAD["length"]] = np.bincount(said // spans, times, minlength=count)
        self._figures(head)
        return assembled(head, [*lists.values(), *in_works])

    def _words(self, owners: Array, lengths: Array) -> tuple[Array, Array]:
        return np.repeat(owners, lengths), self._some("term", int(lengths.sum())).astype(np.int64)

    def _listed(self, name: str, lengths: Array) -> tuple[Array, Array]:
        owners = np.repeat(np.arange(len(lengths)), lengths)
        found = np.unique(owners.astype(np.int64) << 32 | self._some(name, len(owners)))
        return found >> 32, found & 0xFFFFFFFF

    def _some(self, name: str, count: int) -> Array:
        return self.numbers[name][self.rng.integers(0, len(self.numbers[name]), count)]

    def _figures(self, head: Array) -> None:
        rng, count = self.rng, len(head)
        for name, values in [
            ("headcount", (-1, 0, 1, 2, 3, 4, 5)), ("volume", (-1, 0, 1, 2, 3, 4)),
            ("maturity", (-1, 0, 40, 60, 80, 100)), ("freshness", (-1, 0, 50, 100)),
            ("proposed", (0, 0, 0, 0, 1, 2, 3, 4)),
        ]:  # fmt: skip
            head[:, PLACE_IN_HEAD[name]] = rng.choice(values, count)
        head[:, PLACE_IN_HEAD["reach"]] = np.minimum(
            head[:, PLACE_IN_HEAD["n_works"]] + head[:, PLACE_IN_HEAD["n_sales"]], 50
        )
        has = {name: head[:, PLACE_IN_HEAD[f"n_{name}"]] > 0 for name in (*LISTS, "works")}
        flags = (
            has["codes"], rng.random(count) < 0.1, has["text"], has["works"], has["codes"] | has["works"],
            has["works"] | has["sales"], has["wanted"], has["kinds"], has["certifications"], has["languages"],
            has["experience"], has["codes"] & (rng.random(count) < 0.5),
        )  # fmt: skip
        head[:, PLACE_IN_HEAD["flags"]] = sum(flag.astype(np.int32) << place for place, flag in enumerate(flags))

    def need(self, id_: int) -> engine.Need:
        rng = self.rng
        words = [
            self.source.words[one] for one in rng.integers(0, len(self.source.words), rng.integers(*WORDS_OF_NEED))
        ]
        return engine.Need(
            id=id_,
            title=" ".join(words),
            codes=(self.source.codes[int(rng.integers(len(self.source.codes)))],),
            places=(places.ancestors(self.source.places[int(rng.integers(len(self.source.places)))]),),
            kind=KINDS[rng.integers(len(KINDS))],
            asked=(
                engine.Asked("certifications", next(iter(certifications.CERTIFICATIONS)), bool(rng.random() < 0.3)),
            ),
            headcount=int(rng.integers(0, 4)),
            headcount_must=bool(rng.random() < 0.3),
            maturity=0.6,
        )


def assembled(head: Array, columns: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Rows of numbers, each its head and then its share of every column: (owner, number) by owner."""
    count = len(head)
    per_column = [np.bincount(owners, minlength=count) for owners, _ in columns]
    lengths = len(HEAD) + np.sum(per_column, axis=0)
    at = np.cumsum(lengths) - lengths
    packed = np.zeros(int(lengths.sum()), np.int32)
    packed[at[:, None] + np.arange(len(HEAD))] = head
    at = at + len(HEAD)
    for (_, numbers), counts in zip(columns, per_column, strict=True):
        packed[ragged(at, counts)] = numbers
        at = at + counts
    return packed, lengths

"""The open needs' vectors as a worker keeps them: written out, a fifth of the room, and read when asked for.

A file of this machine's own keeps them for the next start; a line of it is believed where the revision is the same.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, overload

from django.conf import settings

from matching import engine
from matching.models import Corpus

NAMES = [field.name for field in fields(engine.Vectors)]
TUPLES = ("asked", "must")


class KeptVectors(Mapping[int, engine.Vectors]):
    """{need: its vectors}, each made anew from what is kept when it is asked for."""

    def __init__(self) -> None:
        self.written: dict[int, bytes] = {}

    def __getitem__(self, need: int) -> engine.Vectors:
        return read(self.written[need])

    def __iter__(self) -> Iterator[int]:
        return iter(self.written)

    def __len__(self) -> int:
        return len(self.written)

    def keep(self, vectors: engine.Vectors) -> None:
        self.written[vectors.id] = write(vectors)


class Some(Sequence[engine.Vectors]):
    """Those of some needs, in this order."""

    def __init__(self, kept: KeptVectors, needs: Sequence[int]) -> None:
        self.kept, self.needs = kept, list(needs)

    @overload
    def __getitem__(self, place: int) -> engine.Vectors: ...
    @overload
    def __getitem__(self, place: slice) -> "Some": ...
    def __getitem__(self, place: int | slice) -> "engine.Vectors | Some":
        return Some(self.kept, self.needs[place]) if isinstance(place, slice) else self.kept[self.needs[place]]

    def __len__(self) -> int:
        return len(self.needs)


def write(vectors: engine.Vectors) -> bytes:
    return json.dumps([getattr(vectors, name) for name in NAMES], ensure_ascii=False, separators=(",", ":")).encode()


def read(written: bytes) -> engine.Vectors:
    values: dict[str, Any] = dict(zip(NAMES, json.loads(written), strict=True))
    for name in TUPLES:
        values[name] = {family: tuple(codes) for family, codes in values[name].items()}
    return engine.Vectors(**values)


def path(corpus: Corpus) -> Path | None:
    folder = settings.MATCHING_SNAPSHOTS
    version = f"{engine.ENGINE_VERSION}-{corpus.pk}-{corpus.created_at.timestamp():.6f}"
    return Path(folder) / f"needs-{version}.txt" if folder else None


def save(corpus: Corpus, kept: KeptVectors, revisions: Mapping[int, int]) -> None:
    """Instead of what was saved before; a line a need: its number, its revision, its vectors."""
    file = path(corpus)
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as stream:
        stream.writelines(b"%d %d %b\n" % (need, revisions[need], text) for need, text in kept.written.items())
    unfinished.replace(file)
    for old in file.parent.glob("needs-*.txt"):
        if old != file:
            old.unlink(missing_ok=True)


def load(corpus: Corpus) -> dict[int, tuple[int, bytes]]:
    """{need: (revision, written)}; empty without a file that can be read."""
    file = path(corpus)
    if file is None or not file.exists():
        return {}
    try:
        lines = [line.split(b" ", 2) for line in file.read_bytes().splitlines()]
        return {int(need): (int(revision), text) for need, revision, text in lines}
    except (OSError, ValueError):
        return {}

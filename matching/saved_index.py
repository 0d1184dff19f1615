"""The companies' columns in a file of this machine's own, so that a worker starts in seconds; never believed unproven.

It is current when the rows that it was made from, but for those written since, add up to what PostgreSQL has.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np
from django.conf import settings

from matching import archive, engine
from matching.engine.companies import NAMED, Traits, Works
from matching.engine.lexicon import SPACES, Array
from matching.engine.postings import Names, Postings
from matching.models import Corpus, Name

Rows = tuple[Array, Array]  # companies, those that take part no more included, and the serial of each
Flat = dict[str, Array]


def path(corpus: Corpus) -> Path | None:
    folder = settings.MATCHING_SNAPSHOTS
    version = f"{engine.ENGINE_VERSION}-{corpus.pk}-{corpus.created_at.timestamp():.6f}"
    return Path(folder) / f"companies-{version}.npz" if folder else None


def save(corpus: Corpus, lexicon: engine.Lexicon, rows: Rows, blocks: list[engine.Companies]) -> None:
    """Keep what a worker has just laid out, instead of what was kept before."""
    file = path(corpus)
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    flat: Flat = {"companies": rows[0], "serials": rows[1], "blocks": np.array(len(blocks))}
    for space in SPACES:
        flat[f"names.{space}"] = np.frombuffer("\n".join(lexicon.spaces[space].names).encode(), np.uint8)
    for number, block in enumerate(blocks):
        flat |= {f"{number}.{name}": array for name, array in flattened(block)}
    unfinished = file.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as stream:
        np.savez(stream, **cast(Any, flat))
    unfinished.replace(file)
    for old in file.parent.glob("companies-*.npz"):
        if old != file:
            old.unlink(missing_ok=True)


def load(corpus: Corpus, lexicon: engine.Lexicon) -> tuple[int, list[engine.Companies]] | None:
    """(serial, blocks), and the lexicon has learnt its names; None without a file that is proven current."""
    file = path(corpus)
    if file is None or not file.exists():
        return None
    try:
        with file.open("rb") as stream, np.load(stream) as flat:
            names = {space: flat[f"names.{space}"].tobytes().decode().split("\n") for space in SPACES}
            serial = int(flat["serials"].max(initial=0))
            if not (proven((flat["companies"], flat["serials"]), serial) and known(names)):
                return None
            for space, found in names.items():
                lexicon.load(space, found[len(lexicon.spaces[space]) :])
            columns = {name: flat[name] for name in flat.files if name[0].isdigit()}
            return serial, [built(columns, f"{number}.") for number in range(int(flat["blocks"]))]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def proven(rows: Rows, serial: int) -> bool:
    """Whether PostgreSQL has the same rows up to that serial, but for those written since."""
    companies, serials = rows
    same = ~np.isin(companies, archive.changed_since(serial).companies)
    companies, serials = companies[same], serials[same]
    sums = len(companies), int(companies.sum()), int(serials.sum()), int((companies * serials).sum())
    return archive.sums(serial) == sums


def known(names: Mapping[str, list[str]]) -> bool:
    """Whether the last name of each space has the same number there: names are never renumbered."""
    return all(
        Name.objects.filter(space=space, number=len(found) - 1, name=found[-1]).exists()
        for space, found in names.items()
        if found != [""] or space in ("codes", "place")
    )


def flattened(value: Any, name: str = "") -> Iterator[tuple[str, Array]]:
    """Each array in a record of records, with the way to it."""
    if value is None:
        return
    numbers = isinstance(value, tuple) and isinstance(value[0], int)
    if numbers or isinstance(value, np.ndarray | int):
        yield name, np.asarray(value)
        return
    if isinstance(value, tuple):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        value = {field: getattr(value, field) for field in value.__dataclass_fields__}
    for key, item in value.items():
        yield from flattened(item, f"{name}.{key}".lstrip("."))


def built(flat: Mapping[str, Array], at: str) -> engine.Companies:
    works = Works(
        **{name: flat[f"{at}works.{name}"] for name in ("starts", "keys", "codes", "places")},
        words=postings(flat, f"{at}works.words"),
    )
    return engine.Companies(
        ids=flat[f"{at}ids"],
        traits=(traits(flat, f"{at}traits.0"), traits(flat, f"{at}traits.1")),
        lists={name: postings(flat, f"{at}lists.{name}") for name in engine.LISTS if name not in NAMED},
        named={name: names(flat, f"{at}named.{name}") for name in NAMED},
        works=works,
    )


def traits(flat: Mapping[str, Array], at: str) -> Traits:
    figures = f"{at}.figures."
    return Traits(
        flat[f"{at}.of"], {key.removeprefix(figures): array for key, array in flat.items() if key.startswith(figures)}
    )


def names(flat: Mapping[str, Array], at: str) -> Names:
    return Names(flat[f"{at}.starts"], flat[f"{at}.names"])


def postings(flat: Mapping[str, Array], at: str) -> Postings:
    size, starts, rows = int(flat[f"{at}.size"]), flat[f"{at}.starts"], flat[f"{at}.rows"]
    return Postings(size, starts, rows, flat.get(f"{at}.values"))

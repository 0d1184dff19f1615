"""The packed companies and the lexicon's names in PostgreSQL: what every worker's memory is made from.

All is written under the lock of refreshes: a greater serial or a later name was committed later.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from matching import engine
from matching.engine.lexicon import SPACES, Array
from matching.models import Name, Packed

CHUNK = 32_768  # companies read at once
SAVE = """
    INSERT INTO matching_packed (company_id, serial, data)
    SELECT company, nextval('matching_packed_serial'), data
    FROM unnest(%s::bigint[], %s::bytea[]) AS new(company, data)
    ON CONFLICT (company_id) DO UPDATE SET (serial, data) = (excluded.serial, excluded.data)
    WHERE matching_packed.data <> excluded.data
"""
READ = """
    SELECT array_agg(company_id ORDER BY company_id), array_agg(serial ORDER BY company_id),
           array_agg(length(data) / 4 ORDER BY company_id), string_agg(data, ''::bytea ORDER BY company_id)
    FROM matching_packed WHERE {where}
"""
NEXT = """
    SELECT max(company_id)
    FROM (SELECT company_id FROM matching_packed WHERE company_id > %s ORDER BY company_id LIMIT %s) chunk
"""
SUMS = (
    "SELECT count(*), sum(company_id), sum(serial), sum(company_id * serial) FROM matching_packed WHERE serial <= %s"
)


class Chunk:
    """Packed companies one after the other, each with its serial; a length of 0 for one that takes part no more."""

    def __init__(self, companies: Array, serials: Array, lengths: Array, packed: Array) -> None:
        self.companies, self.serials, self.lengths, self.packed = companies, serials, lengths, packed

    def __len__(self) -> int:
        return len(self.companies)

    def taking_part(self) -> "Chunk":
        there = self.lengths > 0
        return Chunk(self.companies[there], self.serials[there], self.lengths[there], self.packed)

    def rows(self) -> Iterator[tuple[int, Array]]:
        """(company, packed), empty for one that takes part no more."""
        ends = np.cumsum(self.lengths)
        for company, start, end in zip(self.companies.tolist(), ends - self.lengths, ends, strict=True):
            yield company, self.packed[start:end]


def joined(chunks: Sequence[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    names = ("companies", "serials", "lengths", "packed")
    return Chunk(*(np.concatenate([getattr(one, name) for one in chunks]) for name in names))


def save(companies: Iterable[tuple[int, Array | None]]) -> None:
    """Keep these packed companies, None for one that takes part no more; what is the same keeps its serial."""
    rows = list(companies)
    if rows:
        data = [b"" if packed is None else packed.astype("<i4").tobytes() for _, packed in rows]
        with connection.cursor() as cursor:
            cursor.execute(SAVE, [[company for company, _ in rows], data])


def save_names(lexicon: engine.Lexicon, known: dict[str, int]) -> None:
    """Keep the names beyond those `known`, {space: how many}."""
    Name.objects.bulk_create(
        Name(space=space, number=number, name=name)
        for space in SPACES
        for number, name in enumerate(lexicon.spaces[space].names[known[space] :], start=known[space])
    )


def load_names(lexicon: engine.Lexicon) -> None:
    """Learn the names that have come since."""
    for space in SPACES:
        later = Name.objects.filter(space=space, number__gte=len(lexicon.spaces[space])).order_by("number")
        lexicon.load(space, later.values_list("name", flat=True))


def changed_since(serial: int) -> Chunk:
    """What was written after that serial."""
    return read("serial > %s", [serial])


def of_companies(companies: Collection[int]) -> Chunk:
    return read("company_id = ANY(%s)", [list(companies)])


def in_chunks() -> Iterator[Chunk]:
    """Everything, by company."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(NEXT, [last, CHUNK])
            end = cursor.fetchone()[0]
        if end is None:
            return
        yield read("company_id > %s AND company_id <= %s", [last, end])
        last = end


def read(where: str, values: list[object]) -> Chunk:
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:  # Django's own reads bytes as text, at twice the cost
        cursor.execute(READ.format(where=where), values, binary=True)
        companies, serials, lengths, packed = cursor.fetchone() or (None,) * 4

    def column(values: Any) -> Array:
        return np.array(values or (), np.int64)

    return Chunk(column(companies), column(serials), column(lengths), np.frombuffer(packed or b"", "<i4"))


def sums(serial: int) -> tuple[int, ...]:
    """What the rows up to that serial add up to."""
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [serial])
        return tuple(int(one or 0) for one in cursor.fetchone())


def count() -> int:
    return Packed.objects.exclude(data=b"").count()

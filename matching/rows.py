"""Writing matches: only what differs touches the table, and twice the same writes nothing.

Rows come in batches of equal shape, as PostgreSQL's binary COPY reads them: millions must not be a Python object each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection

from matching import engine
from matching.engine.lexicon import Array

INCOMING = """
    CREATE TEMPORARY TABLE IF NOT EXISTS matching_incoming (
        opportunity bigint, company bigint, legend bigint, score float8, band "char", eligible bool,
        points int[], said bigint, facts bigint[]
    ) ON COMMIT DELETE ROWS
"""
COPY = "COPY matching_incoming FROM STDIN (FORMAT binary)"
UPSERT = """
    INSERT INTO matching_match
        (opportunity_id, company_id, legend_id, score, band, eligible, points, said, facts,
         engine_version, weights_version, computed_at)
    SELECT new.opportunity, new.company, new.legend, new.score, new.name, new.eligible, new.points, new.said,
           new.facts, %(engine)s, %(weights)s, clock_timestamp()
    FROM (SELECT *, (%(bands)s::text[])[ascii(band::text) - 96] AS name FROM matching_incoming) new
    WHERE NOT EXISTS (
        SELECT FROM (
            SELECT * FROM matching_match WHERE opportunity_id = new.opportunity AND company_id = new.company OFFSET 0
        ) old  -- a look-up for each: joined as a whole, the table would be read from end to end
        WHERE (old.legend_id, old.score, old.band, old.eligible, old.points, old.said, old.facts,
             old.engine_version, old.weights_version) =
            (new.legend, new.score, new.name, new.eligible, new.points, new.said, new.facts, %(engine)s, %(weights)s)
    )
    ON CONFLICT (opportunity_id, company_id) DO UPDATE
    SET (legend_id, score, band, eligible, points, said, facts, engine_version, weights_version, computed_at) =
        (excluded.legend_id, excluded.score, excluded.band, excluded.eligible, excluded.points, excluded.said,
         excluded.facts, excluded.engine_version, excluded.weights_version, excluded.computed_at)
"""
DROP = """
    DELETE FROM matching_match old WHERE opportunity_id = ANY(%s) AND NOT EXISTS (
        SELECT FROM matching_incoming new WHERE (new.opportunity, new.company) = (old.opportunity_id, old.company_id)
    )
"""
SCORED = """
    INSERT INTO matching_scored AS old (opportunity_id, revision, weights_version, threshold, at)
    SELECT opportunity, revision, %(version)s, threshold, clock_timestamp()
    FROM unnest(%(opportunity)s::bigint[], %(revision)s::int[], %(threshold)s::float8[])
         AS new(opportunity, revision, threshold)
    ON CONFLICT (opportunity_id) DO UPDATE
    SET (revision, weights_version, threshold, at) =
        (excluded.revision, excluded.weights_version, excluded.threshold, excluded.at)
    WHERE (old.revision, old.weights_version, old.threshold) IS DISTINCT FROM
          (excluded.revision, excluded.weights_version, excluded.threshold)
"""
UNUSED = """
    DELETE FROM matching_legend old WHERE opportunity_id = ANY(%s) AND NOT EXISTS (
        SELECT FROM matching_match WHERE opportunity_id = old.opportunity_id AND legend_id = old.id OFFSET 0
    )
"""
BANDS = ["strong", "good", "possible", "incomplete"]  # "a" to "d" on their way
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
INT4, INT8 = 23, 20  # PostgreSQL's types of an array's elements


@dataclass(frozen=True)
class Kept:
    """Matches to be, of needs that ask the same criteria: arrays with an entry a pair."""

    opportunities: Array
    companies: Array
    scores: engine.Scores
    asked: Sequence[int]  # rows of the criteria asked

    def encoded(self, legends: Array) -> bytes:
        """As binary COPY reads it, each pair with the legend of its opportunity."""
        self.packed["legend"] = legends
        return self.packed.tobytes()

    @cached_property
    def packed(self) -> Array:
        """All of it but the legends: whoever reckoned the matches can make it, while others write."""
        scores = self.scores
        points = scores.points[list(self.asked)].T
        facts = scores.facts(self.asked)
        fields = [
            ("opportunity", ">i8"), ("company", ">i8"), ("legend", ">i8"), ("score", ">f8"), ("band", "S1"),
            ("eligible", "?"),
        ]  # fmt: skip
        columns = {
            "opportunity": self.opportunities,
            "company": self.companies,
            "score": scores.score,
            "band": np.array([b"a", b"b", b"c", b"d"])[[BANDS.index(band) for band in scores.bands.tolist()]],
            "eligible": scores.eligible,
        }
        shape: list[Any] = [part for name, kind in fields for part in ((f"{name}#", ">i4"), (name, kind))]
        shape += [("points#", ">i4"), ("points", array_type(points.shape[1], ">i4"))]
        shape += [("said#", ">i4"), ("said", ">i8"), ("facts#", ">i4"), ("facts", array_type(facts.shape[1], ">i8"))]
        rows = np.zeros(len(self.companies), np.dtype([("fields", ">i2"), *shape]))
        rows["fields"] = len(fields) + 3
        rows["legend#"] = rows.dtype["legend"].itemsize
        for name, values in (columns | {"said": scores.said_bits(self.asked)}).items():
            rows[name], rows[f"{name}#"] = values, rows.dtype[name].itemsize
        for name, values, kind in (("points", points, INT4), ("facts", facts, INT8)):
            rows[f"{name}#"] = rows.dtype[name].itemsize
            fill(rows[name], values, kind)
        return rows


def array_type(length: int, kind: str) -> "np.dtype[np.void]":
    """One dimension, no nulls; an empty array has no dimension at all."""
    head = [("dimensions", ">i4"), ("nulls", ">i4"), ("kind", ">i4")]
    if not length:
        return np.dtype(head)
    return np.dtype([*head, ("length", ">i4"), ("from", ">i4"), ("items", [("#", ">i4"), ("item", kind)], (length,))])


def fill(array: Array, values: Array, kind: int) -> None:
    array["kind"] = kind
    if length := values.shape[1]:
        array["dimensions"], array["length"], array["from"] = 1, length, 1
        array["items"]["#"], array["items"]["item"] = array["items"]["item"].dtype.itemsize, values


@dataclass(slots=True)
class Batch:
    """Matches on their way to the table, within the caller's transaction and under its lock."""

    engine_version: str
    weights_version: str
    parts: list[bytes] = field(default_factory=list)

    def add(self, kept: Kept, legends: Array) -> None:
        if len(kept.companies):
            self.parts.append(kept.encoded(legends))

    def save(self, whole: Sequence[int] = ()) -> int:
        """Insert or correct the matches; of the opportunities in `whole` drop all others. The rows that changed."""
        sent: dict[str, Any] = {"engine": self.engine_version, "weights": self.weights_version, "bands": BANDS}
        with connection.cursor() as cursor:
            cursor.execute(INCOMING)
            with cursor.copy(COPY) as copy:
                copy.write(HEADER)
                for part in self.parts:
                    copy.write(part)
                copy.write(TRAILER)
            cursor.execute(UPSERT, sent)
            changed: int = cursor.rowcount
            if whole:
                cursor.execute(DROP, [list(whole)])
                changed += cursor.rowcount
                cursor.execute(UNUSED, [list(whole)])
            cursor.execute("TRUNCATE matching_incoming")
        return changed


def note_scored(revisions: Iterable[tuple[int, int, float | None]], version: str) -> None:
    """Remember of each (opportunity, revision, threshold) that it has been scored."""
    noted = list(revisions)
    if noted:
        opportunity, revision, threshold = map(list, zip(*noted, strict=True))
        values: dict[str, Any] = {
            "opportunity": opportunity,
            "revision": revision,
            "threshold": threshold,
            "version": version,
        }
        with connection.cursor() as cursor:
            cursor.execute(SCORED, values)

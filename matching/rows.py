"""Writing matches: only what differs touches the table, and twice the same writes nothing."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from matching import engine
from matching.engine.index import Array
from matching.engine.score import Part

UPSERT = """
    INSERT INTO matching_match
        (opportunity_id, company_id, score, band, eligible, parts, engine_version, weights_version, computed_at)
    SELECT opportunity, company, score, band, eligible, parts, %(engine)s, %(weights)s, clock_timestamp()
    FROM jsonb_to_recordset(%(rows)s::jsonb)
         AS new(opportunity bigint, company bigint, score float8, band text, eligible bool, parts jsonb)
    WHERE NOT EXISTS (
        SELECT FROM matching_match old
        WHERE old.opportunity_id = new.opportunity AND old.company_id = new.company
        AND (old.score, old.band, old.eligible, old.parts, old.engine_version, old.weights_version) =
            (new.score, new.band, new.eligible, new.parts, %(engine)s, %(weights)s)
    )
    ON CONFLICT (opportunity_id, company_id) DO UPDATE
    SET (score, band, eligible, parts, engine_version, weights_version, computed_at) =
        (excluded.score, excluded.band, excluded.eligible, excluded.parts, excluded.engine_version,
         excluded.weights_version, excluded.computed_at)
"""
DROP = "DELETE FROM matching_match WHERE opportunity_id = %s AND company_id <> ALL(%s)"
SCORED = """
    INSERT INTO matching_scored AS old ({side}_id, revision, weights_version, threshold, at)
    SELECT subject, revision, %(version)s, threshold, clock_timestamp()
    FROM unnest(%(subject)s::bigint[], %(revision)s::int[], %(threshold)s::float8[])
         AS new(subject, revision, threshold)
    ON CONFLICT ({side}_id) DO UPDATE
    SET (revision, weights_version, threshold, at) =
        (excluded.revision, excluded.weights_version, excluded.threshold, excluded.at)
    WHERE (old.revision, old.weights_version, old.threshold) IS DISTINCT FROM
          (excluded.revision, excluded.weights_version, excluded.threshold)
"""


JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Row:
    """A match to be."""

    opportunity: int
    company: int
    score: float
    band: str
    eligible: bool
    parts: list[Part]


def rows_of(pairs: Sequence[tuple[int, int]], scores: engine.Scores, positions: Array) -> list[Row]:
    """The rows of some (opportunity, company) that stand at these positions of the scores."""
    return [
        Row(*pair, float(scores.score[at]), scores.band(at), bool(scores.eligible[at]), parts)
        for pair, at, parts in zip(pairs, positions.tolist(), scores.parts_of(positions), strict=True)
    ]


def save(rows: Collection[Row], engine_version: str, weights_version: str) -> int:
    """Insert or correct these matches; the number of rows that differed. The caller holds the lock of refreshes."""
    if not rows:
        return 0
    values = [
        {
            "opportunity": row.opportunity,
            "company": row.company,
            "score": row.score,
            "band": row.band,
            "eligible": row.eligible,
            "parts": row.parts,
        }
        for row in rows
    ]
    sent = {"rows": JSON.encode(values), "engine": engine_version, "weights": weights_version}
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, sent)
        return cursor.rowcount


def drop_other_companies(opportunity: int, kept: Collection[int]) -> int:
    """Forget the matches of companies that are no longer among an opportunity's best."""
    with connection.cursor() as cursor:
        cursor.execute(DROP, [opportunity, list(kept)])
        return cursor.rowcount


def note_scored(side: str, revisions: Iterable[tuple[int, int, float | None]], version: str) -> None:
    """Remember of each (id, revision, threshold) on one side ("opportunity" or "company") that it has been scored."""
    noted = list(revisions)
    if noted:
        subject, revision, threshold = map(list, zip(*noted, strict=True))
        values: dict[str, Any] = {"subject": subject, "revision": revision, "threshold": threshold, "version": version}
        with connection.cursor() as cursor:
            cursor.execute(SCORED.format(side=side), values)

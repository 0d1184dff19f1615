"""Writing matches: only what differs touches the table, and twice the same writes nothing."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from matching import engine
from matching.models import Match

UPSERT = """
    INSERT INTO matching_match AS old
        (opportunity_id, company_id, score, band, eligible, parts, engine_version, weights_version, computed_at)
    SELECT opportunity, company, score, band, eligible, parts::jsonb, %(engine)s, %(weights)s, clock_timestamp()
    FROM unnest(%(opportunity)s::bigint[], %(company)s::bigint[], %(score)s::float8[], %(band)s::text[],
                %(eligible)s::bool[], %(parts)s::text[]) AS new(opportunity, company, score, band, eligible, parts)
    ON CONFLICT (opportunity_id, company_id) DO UPDATE
    SET (score, band, eligible, parts, engine_version, weights_version, computed_at) =
        (excluded.score, excluded.band, excluded.eligible, excluded.parts, excluded.engine_version,
         excluded.weights_version, excluded.computed_at)
    WHERE (old.score, old.band, old.eligible, old.parts, old.engine_version, old.weights_version) IS DISTINCT FROM
          (excluded.score, excluded.band, excluded.eligible, excluded.parts, excluded.engine_version,
           excluded.weights_version)
"""
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


@dataclass(frozen=True, slots=True)
class Row:
    """A match to be."""

    opportunity: int
    company: int
    score: float
    band: str
    eligible: bool
    parts: list[dict[str, Any]]


def row_of(opportunity: int, company: int, scores: engine.Scores, position: int) -> Row:
    return Row(
        opportunity,
        company,
        float(scores.score[position]),
        scores.band(position),
        bool(scores.eligible[position]),
        scores.parts(position),
    )


def save(rows: Collection[Row], engine_version: str, weights_version: str) -> int:
    """Insert or correct these matches; the number of rows that differed."""
    if not rows:
        return 0
    columns: dict[str, Any] = {
        name: [getattr(row, name) for row in rows] for name in ("opportunity", "company", "score", "band", "eligible")
    }
    columns["parts"] = [json.dumps(packed(row.parts), ensure_ascii=False, separators=(",", ":")) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, columns | {"engine": engine_version, "weights": weights_version})
        return cursor.rowcount


def packed(parts: list[dict[str, Any]]) -> list[list[Any]]:
    return [[part[name] for name in Match.PART if name in part] for part in parts]


def drop_other_companies(opportunity: int, kept: Collection[int]) -> int:
    """Forget the matches of companies that are no longer among an opportunity's best."""
    return Match.objects.filter(opportunity=opportunity).exclude(company__in=kept).delete()[0]


def note_scored(side: str, revisions: Iterable[tuple[int, int, float | None]], version: str) -> None:
    """Remember of each (id, revision, threshold) on one side ("opportunity" or "company") that it has been scored."""
    noted = list(revisions)
    if noted:
        subject, revision, threshold = map(list, zip(*noted, strict=True))
        values: dict[str, Any] = {"subject": subject, "revision": revision, "threshold": threshold, "version": version}
        with connection.cursor() as cursor:
            cursor.execute(SCORED.format(side=side), values)

"""Whether scores tell anything: what groups decided, by the score they were shown, and who is put forward at all."""

import math
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from matching.models import Band, Usefulness

CONFIDENT = 1.96  # standard errors: 95 %
ENOUGH = 60  # decisions, before a flat line means anything; answers, before their share does
FEW = 3  # deciles at each end that are compared
TOP = 10
DECIDED = """
    WITH decided AS (SELECT DISTINCT ON (opportunity_id, company_id) score, band, kind <> 'declined' AS kept
    FROM matching_action
    WHERE kind IN ('shortlisted', 'accepted', 'declined', 'won') AND score IS NOT NULL
    ORDER BY opportunity_id, company_id, id DESC)
"""
DECILES = """
    SELECT decile, count(*), count(*) FILTER (WHERE kept), min(score), max(score)
    FROM (SELECT *, ntile(10) OVER (ORDER BY score) AS decile FROM decided) ranked
    GROUP BY decile ORDER BY decile
"""
BANDS = "SELECT band, count(*), count(*) FILTER (WHERE kept) FROM decided GROUP BY band"
TOPS = """
    SELECT company_id, count(*) FROM (
        SELECT company_id, row_number() OVER (PARTITION BY opportunity_id ORDER BY score DESC, company_id) AS place
        FROM matching_match m JOIN opportunities_opportunity o ON o.id = m.opportunity_id
        WHERE eligible AND o.state = 'published'
    ) ranked WHERE place <= %s GROUP BY company_id
"""
REFERENCES = """
    SELECT count(*) FROM (
        SELECT p.organisation_id FROM accounts_smeprofile p JOIN accounts_reference r ON r.profile_id = p.id
        WHERE p.organisation_id = ANY(%s) GROUP BY p.organisation_id HAVING count(*) = 1
    ) one
"""
TAKING_PART = """
    SELECT count(*) FROM matching_packed WHERE data <> ''
"""
KINDS = """
    SELECT o.kind, count(*), avg(best), count(*) FILTER (WHERE best >= %s)
    FROM (SELECT opportunity_id, max(score) AS best FROM matching_match WHERE eligible GROUP BY opportunity_id) top
    JOIN opportunities_opportunity o ON o.id = top.opportunity_id WHERE o.state = 'published'
    GROUP BY o.kind ORDER BY o.kind
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of decisions that kept the company, with what it may be by chance."""

    name: str
    decisions: int
    kept: int
    span: tuple[float, float] | None = None  # of scores

    @property
    def share(self) -> float:
        return self.kept / self.decisions if self.decisions else 0.0

    @property
    def tells(self) -> bool:
        """Whether there are enough of them for their share to mean anything."""
        return self.decisions >= ENOUGH

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, at 95 %."""
        if not self.decisions:
            return 0.0, 1.0
        n, p, z2 = self.decisions, self.share, CONFIDENT**2
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = CONFIDENT / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Monitor:
    deciles: list[Rate]
    bands: list[Rate]

    @property
    def decisions(self) -> int:
        return sum(rate.decisions for rate in self.deciles)

    @property
    def is_flat(self) -> bool:
        """Whether the best scores are kept no more often than the lowest, beyond chance, though enough was decided."""
        if self.decisions < ENOUGH:
            return False
        low, high = (together(rates) for rates in (self.deciles[:FEW], self.deciles[-FEW:]))
        return high.interval[0] <= low.interval[1] and high.share - low.share < error(high, low)


def together(rates: list[Rate]) -> Rate:
    return Rate("", sum(rate.decisions for rate in rates), sum(rate.kept for rate in rates))


def error(one: Rate, other: Rate) -> float:
    """What the difference of two rates may be by chance."""
    parts = (rate.share * (1 - rate.share) / rate.decisions for rate in (one, other) if rate.decisions)
    return CONFIDENT * math.sqrt(sum(parts))


def monitor() -> Monitor:
    """What was decided last on each pair, by the score and the band of that moment; two queries."""
    deciles = [
        Rate(str(number), count, kept, (low, high)) for number, count, kept, low, high in rows(DECIDED + DECILES)
    ]
    found = {band: (count, kept) for band, count, kept in rows(DECIDED + BANDS)}
    return Monitor(deciles, [Rate(band, *found[band]) for band in Band.values if band in found])


def usefulness() -> Rate:
    """« Was this mail of proposals of use? »: what people last said of each; one query."""
    said = Usefulness.objects.aggregate(answers=Count("pk"), yes=Count("pk", filter=Q(useful=True)))
    return Rate("useful", said["answers"], said["yes"])


def report() -> dict[str, Any]:
    """Who is put forward, and what people say of it: six queries, whatever the number of companies."""
    tops = dict(rows(TOPS, [TOP]))
    places = sorted(tops.values(), reverse=True)
    few = places[: max(1, len(places) // 100)]
    [[companies]] = rows(TAKING_PART)
    [[single]] = rows(REFERENCES, [list(tops)])
    said = usefulness()
    return {
        "companies": companies,
        "in_top_10": len(tops),
        "coverage": round(len(tops) / companies, 4) if companies else 0.0,
        "places_of_top_1_percent": round(sum(few) / sum(places), 4) if places else 0.0,
        "with_one_reference": round(single / len(tops), 4) if tops else 0.0,
        "kinds": {
            kind: {"opportunities": count, "best_score": round(best, 2), "with_a_strong_one": strong}
            for kind, count, best, strong in rows(KINDS, [45.0])
        },
        "bands": {rate.name: {"decisions": rate.decisions, "kept": round(rate.share, 4)} for rate in monitor().bands},
        "useful": {"answers": said.decisions, "yes": round(said.share, 4) if said.tells else None},
    }


def rows(sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()

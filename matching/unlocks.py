"""What a profile's silences cost: how many open opportunities look at an answer, and how many it could bring closer.

Read from the matches as they stand, in one query. An upper bound: what the best answer to the question would bring.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.gaps import NEEDED, Gap, where
from accounts.models import Organisation
from matching.models import Application, Standing
from opportunities.models import Opportunity

TRADE = ["text", "reference", "codes", "near", "code_place"]  # without them the fit is never good
COMPLETING = {"sectors", "places"}  # without both the fit is not told at all


@dataclass(frozen=True, slots=True)
class Topic:
    """Something to say in the profile, and the criteria that would read it."""

    label: str | Promise
    section: str
    criteria: tuple[str, ...]


TOPICS: Mapping[str, Topic] = {
    "sectors": Topic(_("vos secteurs"), "activite", ("codes", "sectors")),
    "products": Topic(_("vos produits et services"), "activite", ("text",)),
    "references": Topic(_("au moins une référence"), "activite", ("reference", "near")),
    "places": Topic(_("les pays que vous connaissez ou visez"), "export", ("place", "code_place", "experience")),
    "certifications": Topic(_("vos certifications"), "capacites", ("certifications",)),
    "languages": Topic(_("vos langues de travail"), "capacites", ("languages",)),
    "headcount": Topic(_("votre effectif"), "capacites", ("headcount",)),
    "volume": Topic(_("le montant de contrat que vous pouvez livrer"), "capacites", ("volume",)),
    "kinds": Topic(_("les types d'opération que vous cherchez"), "projets", ("kind",)),
}
TOPIC_OF = {criterion: key for key, topic in TOPICS.items() for criterion in topic.criteria}
# a match's answers are two bits each, 3 for unknown; points and worths are thousandths: see matching/answers.py
COUNTED = """
    WITH part AS (
        SELECT m.id, m.score, m.band, one.item ->> 0 AS code, (one.item ->> 1)::int AS most, m.points[one.n] AS got,
               (m.said >> (2 * (one.n::int - 1))) & 3 = 3 AS unknown
        FROM matching_match m JOIN matching_legend l ON l.id = m.legend_id
        CROSS JOIN LATERAL jsonb_array_elements(l.data -> 'criteria') WITH ORDINALITY AS one(item, n)
        WHERE m.company_id = %s AND m.eligible AND m.opportunity_id IN ({still})
    ), trade AS (
        SELECT id, sum(most) AS most, sum(got) AS got FROM part WHERE code = ANY(%s) GROUP BY id
    ), silence AS (
        SELECT part.id, topic.name, min(score) AS score, min(band) AS band, sum(most - got) AS gain,
               coalesce(sum(most - got) FILTER (WHERE code = ANY(%s)), 0) AS trade_gain
        FROM part JOIN unnest(%s::text[], %s::text[]) AS topic(name, code) USING (code)
        WHERE unknown GROUP BY part.id, topic.name
    )
    SELECT silence.name, count(*), count(*) FILTER (
        WHERE (band = 'possible' OR band = 'incomplete' AND silence.name = ANY(%s))
        AND score + gain / 1000.0 >= weights.good
        AND trade.got + trade_gain >= weights.trade * trade.most AND trade.most > 0
    )
    FROM silence LEFT JOIN trade ON trade.id = silence.id
    CROSS JOIN (SELECT good, trade FROM matching_weightsversion WHERE state = 'active') weights
    GROUP BY silence.name
"""


@dataclass(frozen=True, slots=True)
class Unlock:
    """`asked`: open opportunities that look for this answer in vain; `gained`: those it could make a good fit;
    `needed`: without it nothing is proposed by mail."""

    key: str
    label: str | Promise
    section: str
    asked: int
    gained: int
    needed: bool = False

    @property
    def url(self) -> str:
        return where(self.key, self.section)


def of(company: Organisation, gaps: Iterable[Gap]) -> list[Unlock]:
    """What the profile lacks: what keeps all proposals back, then what brings most; what no opportunity asks about
    comes last, uncounted.

    What a company may well not have is left out where nothing asks for it.
    """
    lacks = {gap.key: gap for gap in gaps}
    counts = counted(company, completing=_completing(set(lacks)))
    told = [gap for gap in lacks.values() if not gap.optional or gap.key in counts]
    labels: dict[str, tuple[str | Promise, str]] = {gap.key: (gap.label, gap.section) for gap in told}
    labels |= {key: (TOPICS[key].label, TOPICS[key].section) for key in counts}
    needed = NEEDED & set(lacks)
    found = [Unlock(key, *labels[key], *counts.get(key, (0, 0)), needed=key in needed) for key in labels]
    return sorted(found, key=lambda one: (not one.needed, -one.gained, -one.asked))


def counted(company: Organisation, *, completing: Iterable[str]) -> dict[str, tuple[int, int]]:
    """{topic: (asked, gained)} of what the company neither applied to nor hid; one query."""
    applied = Application.objects.filter(company=company).values("opportunity")
    hidden = Standing.objects.filter(company=company).dismissed().values("opportunity")
    still = Opportunity.objects.open().exclude(pk__in=applied).exclude(pk__in=hidden).order_by().values("pk")
    sql, params = still.query.sql_with_params()
    names, criteria = zip(*((name, code) for name, one in TOPICS.items() for code in one.criteria), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTED.format(still=sql),
            [company.pk, *params, TRADE, TRADE, list(names), list(criteria), list(completing)],
        )
        return {name: (asked, gained) for name, asked, gained in cursor.fetchall()}


def _completing(lacks: set[str]) -> set[str]:
    """The one answer that makes the profile complete; nothing when it takes two."""
    missing = COMPLETING & lacks
    return missing if len(missing) == 1 else set()

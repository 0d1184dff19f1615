"""The log that matching learns from: what was shown, and what people did about it.

A page says which pairs it shows: they are written once its own work is committed, by one insert, and a failure is a
line in the server's log. A change of state writes its own action in its transaction: neither is without the other.
"""

import logging
from collections.abc import Collection, Sequence
from functools import reduce
from hashlib import blake2b
from operator import or_
from typing import Any

from django.core.cache import caches
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from matching.models import Action, Exposure, Match, Side

logger = logging.getLogger(__name__)
PART = Exposure.PART
Pair = tuple[int, int]  # opportunity, company
Context = Exposure.Context
Kind = Action.Kind
OF_GROUPS = frozenset({Context.APPLICANTS, Context.FILE})
BY_SMES = frozenset({Kind.DISMISSED, Kind.RESTORED, Kind.APPLIED, Kind.WITHDRAWN})
PREFETCH = ("Sec-Purpose", "Purpose", "X-Moz")  # what a browser says when nobody is looking yet
SEEN = """
    INSERT INTO matching_standing AS old (opportunity_id, company_id, seen_at, dismissed_reason)
    SELECT opportunity, company, now(), ''
    FROM unnest(%s::bigint[], %s::bigint[]) AS new(opportunity, company)
    ON CONFLICT (company_id, opportunity_id) DO UPDATE SET seen_at = excluded.seen_at WHERE old.seen_at IS NULL
"""


def show(
    request: HttpRequest, context: Exposure.Context, pairs: Sequence[Pair], *, start: int = 1,
    matches: Sequence[Match] | None = None,
) -> None:  # fmt: skip
    """Note that a page shows these pairs to a person of either side, in this order, the first at place `start`.

    `matches`: theirs, when the page has read them already.
    """
    if not looked_at(request):
        return
    day = f"{timezone.localdate():%j}"
    mark = blake2b(f"{context}{day}{start}{pairs}".encode(), digest_size=16).hexdigest()
    if pairs and caches["fragments"].add(f"shown:{mark}", 1):  # else this process has just written the same
        transaction.on_commit(lambda: write(context, pairs, start, matches), robust=True)


def looked_at(request: HttpRequest) -> bool:
    """Whether somebody may be looking at what this answers."""
    return request.method == "GET" and not any(
        "prefetch" in request.headers.get(name, "").lower() for name in PREFETCH
    )


def write(
    context: Exposure.Context, pairs: Sequence[Pair], start: int, matches: Sequence[Match] | None = None
) -> None:
    """The rows of one page: each pair once a day and kind of page, with its match as it stands."""
    try:
        known = matches_of(pairs) if matches is None else matches
        places = {pair: place for place, pair in enumerate(pairs, start)}
        rows = [
            Exposure(
                **scores_of(match, evidence=False),
                side=Side.GROUP if context in OF_GROUPS else Side.SME,
                context=context,
                position=place,
            )
            for match in known
            if (place := places.get((match.opportunity_id, match.company_id)))
        ]
        if rows:
            Exposure.objects.bulk_create(rows, ignore_conflicts=True)
        if context == Context.DETAIL:
            with connection.cursor() as cursor:
                cursor.execute(SEEN, [list(side) for side in zip(*pairs, strict=True)])
    except DatabaseError:
        logger.exception("What a page showed could not be noted: %s", context)


def record(kind: Action.Kind, pairs: Collection[Pair], *, reason: str = "") -> None:
    """Note an action on each pair, in the transaction that does it, with its match, rank and place as they are now."""
    if not pairs:
        return
    side = Side.SME if kind in BY_SMES else Side.GROUP
    pair = {"opportunity": OuterRef("opportunity"), "company": OuterRef("company")}
    better = Match.objects.filter(opportunity=OuterRef("opportunity"), eligible=True, score__gt=OuterRef("score"))
    ahead = better.order_by().values("opportunity").annotate(n=Count("pk")).values("n")
    shown = Exposure.objects.filter(side=side, **pair).order_by("-pk").values("position")
    matches = matches_of(pairs).annotate(place=Coalesce(Subquery(ahead), 0) + 1, position=Subquery(shown[:1]))
    known: dict[Pair, Any] = {(match.opportunity_id, match.company_id): match for match in matches}
    rows = []
    for opportunity, company in pairs:
        match = known.get((opportunity, company))
        if match is None:
            rows.append(Action(opportunity_id=opportunity, company_id=company, kind=kind, reason=reason))
            continue
        scores = scores_of(match) | {"rank": match.place if match.eligible else None}
        rows.append(Action(**scores, kind=kind, reason=reason, position=match.position))
    Action.objects.bulk_create(rows)


def matches_of(pairs: Collection[Pair]) -> QuerySet[Match]:
    opportunities, companies = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    if len(opportunities) > 1 and len(companies) > 1:
        return Match.objects.filter(reduce(or_, (Q(opportunity=one, company=other) for one, other in pairs)))
    return Match.objects.filter(opportunity__in=opportunities, company__in=companies)


def scores_of(match: Match, *, evidence: bool = True) -> dict[str, Any]:
    """The columns of a match that a log keeps."""
    names = PART if evidence else PART[:-1]
    return {
        "opportunity_id": match.opportunity_id,
        "company_id": match.company_id,
        "score": match.score,
        "band": match.band,
        "parts": [[answer[name] for name in names if name in answer] for answer in match.answers],
        "engine_version": match.engine_version,
        "weights_version": match.weights_version,
    }

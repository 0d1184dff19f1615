"""Which groups a project fits: the engine the other way round, each group that is there facing one company."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts import taxonomy
from accounts.models import Organisation, ProfileChange
from accounts.taxonomy import places
from matching import engine, features, portage, refresh
from matching.engine.legend import legend
from matching.engine.records import Need
from matching.market import Market
from matching.models import PortageRequest
from opportunities.kinds import Kind

BATCH = 20
AGAIN = timedelta(days=1)  # groups come and change too


def look_at_due() -> int:
    """Requests nobody has compared yet, or whose company or groups may have changed since; how many.

    A company that the engine has still to read comes once it has been read.
    """
    stale = Q(fitted_at=None) | Q(fitted_at__lt=F("company__sme_profile__updated_at"))
    stale |= Q(fitted_at__lt=timezone.now() - AGAIN)
    known = ~Exists(ProfileChange.objects.filter(organisation=OuterRef("company")))
    due = list(PortageRequest.objects.alive().filter(stale, known).order_by("pk")[:BATCH])
    if not due:
        return 0
    with refresh.as_committed() as present:
        found = {request: fits(request, present) for request in due}
    for request, kept in found.items():
        PortageRequest.objects.filter(pk=request.pk).update(fits=kept, fitted_at=timezone.now())
    return len(found)


def fits(request: PortageRequest, present: Market) -> dict[str, Any]:
    """{group: its match, as numbers with their legend}; nothing while the company itself is not known."""
    groups = portage.present_in(request.country, request.company).select_related("group_profile")
    vectors = [engine.need_vectors(need_of(one, request), present.statistics, present.lexicon) for one in groups]
    packed = present.companies.packed([request.company_id]).get(request.company_id)
    if packed is None or not vectors:
        return {}
    company = engine.OneCompany(
        engine.Company(request.company_id, packed), engine.Needs(vectors), present.lexicon, present.statistics
    )
    scores = engine.facing_needs(company, present.weights)
    return dict(_kept(scores, vectors, present.weights))


def _kept(
    scores: engine.Scores, vectors: Iterable[engine.Vectors], weights: engine.Weights
) -> Iterable[tuple[str, dict[str, Any]]]:
    for place, one in enumerate(vectors):
        alone = scores.at(np.array([place]))
        asked = np.flatnonzero(alone.worth[:, 0] > 0).tolist()
        yield (
            str(one.id),
            {
                "score": float(alone.score[0]),
                "band": str(alone.bands[0]),
                "eligible": bool(alone.eligible[0]),
                "points": alone.points[asked][:, 0].tolist(),
                "said": int(alone.said_bits(asked)[0]),
                "facts": alone.facts(asked)[0].tolist(),
                "legend": legend(one, weights),
            },
        )


def need_of(group: Organisation, request: PortageRequest) -> Need:
    """What a group that is in the country would ask for: companies near its trade, who want to go there."""
    profile = group.group_profile
    country = request.country
    return Need(
        id=group.pk,
        title=taxonomy.label("sector", profile.sector) if profile.sector else "",
        body=profile.presentation,
        codes=(f"sector:{profile.sector}",) if profile.sector else (),
        places=(places.ancestors(country),),
        place_names=" ".join(taxonomy.label("place", country, language) for language in features.LANGUAGES),
        kind=Kind.PORTAGE,
        maturity=0.0,
    )

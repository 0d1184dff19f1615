"""Open opportunities like one that is over: the same trade first, then the same place, then the same kind."""

from collections import Counter

from accounts.taxonomy import places
from opportunities.catalogue import Catalogue
from opportunities.models import Opportunity

MOST = 3
WORTH = {"sector": 4, "country": 3, "zone": 1, "kind": 1}
LEAST = 4  # one in another trade, in another country, is not alike


def similar(known: Catalogue, opportunity: Opportunity, *, hidden: int = 0) -> list[int]:
    """Their primary keys, the likeliest first, without the `hidden` bits of the catalogue."""
    shown = known.open & ~hidden
    features = [("sector", "sector", sector) for sector in opportunity.sectors]
    features += [("country", "place", code) for code in opportunity.places]
    zones = {places.ancestors(code)[-1] for code in opportunity.places}
    features += [("zone", "place", zone) for zone in sorted(zones)]
    features.append(("kind", "kind", opportunity.kind))
    points: Counter[int] = Counter()
    for worth, name, value in features:
        for pk in known.pks(known.having(name, value) & shown, known.newest):
            points[pk] += WORTH[worth]
    del points[opportunity.pk]
    place = {pk: number for number, pk in enumerate(known.pks(known.open, known.newest))}
    alike = [pk for pk, worth in points.items() if worth >= LEAST]
    return sorted(alike, key=lambda pk: (-points[pk], place[pk]))[:MOST]

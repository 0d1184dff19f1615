"""Codes and places as nodes of trees: two sides meet at the nodes they share, and a deeper node is worth more."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from matching.engine.records import Place

CPV_LEVELS = {2: 0.25, 3: 0.45, 4: 0.65, 5: 0.8, 6: 0.9, 7: 0.95, 8: 1.0}
HS_LEVELS = {2: 0.4, 4: 0.8, 6: 1.0}
NAF_LEVELS = {2: 0.3, 3: 0.5, 4: 0.8, 5: 1.0}
LEVELS = {"cpv": CPV_LEVELS, "hs": HS_LEVELS, "naf": NAF_LEVELS}
WHOLE_CODE = {"sector": 0.5}  # any other scheme: the same code or nothing
NEAR_SECTOR = 0.2  # the other side's codes lie in this sector, though it did not name it ("~sector:water")
SAME_REGION, NEXT, AROUND = 0.5, 0.25, 0.1  # for a place: its region; its zone or country; what contains that


@lru_cache(maxsize=20_000)
def code_nodes(codes: tuple[str, ...]) -> Mapping[str, float]:
    """Every ancestor of the codes, with the worth of meeting there."""
    nodes: dict[str, float] = {}
    for code in codes:
        scheme, _, value = code.partition(":")
        levels = LEVELS.get(scheme)
        if levels is None:
            nodes[code] = WHOLE_CODE.get(scheme, 1.0)
            if scheme == "sector":
                nodes[f"~{code}"] = NEAR_SECTOR
            continue
        bare = value.replace(".", "").replace(" ", "").upper()
        for length, worth in levels.items():
            if length <= len(bare):
                nodes[f"{scheme}:{bare[:length]}"] = worth
    return MappingProxyType(nodes)  # shared by all that have the same codes


def place_worths(chain: Place) -> list[float]:
    """Worth of having been in that place, then in what contains it: the nearer the better."""
    near = SAME_REGION if len(chain) > 1 and "-R" in chain[1] else NEXT
    return [1.0, near, AROUND, 0.0][: len(chain)]


def place_nodes(places: Iterable[Place]) -> dict[str, float]:
    """The places of a need and their ancestors, with the worth of having worked there."""
    nodes: dict[str, float] = {}
    for chain in places:
        for node, worth in zip(chain, place_worths(chain), strict=True):
            if worth:
                nodes[node] = max(worth, nodes.get(node, 0.0))
    return nodes


def wanted_nodes(places: Iterable[Place]) -> dict[str, float]:
    """The same for a wish: whoever wants a whole zone wants each of its countries."""
    chains = list(places)
    whole = {f"{node}*": 1.0 for chain in chains for node in chain}
    return place_nodes(chains) | whole


def places_of_work(places: Iterable[Place]) -> frozenset[str]:
    return frozenset(node for chain in places for node in chain)


def places_of_wish(places: Iterable[Place]) -> frozenset[str]:
    chains = [chain for chain in places if chain]
    return places_of_work(chains) | {f"{chain[0]}*" for chain in chains}

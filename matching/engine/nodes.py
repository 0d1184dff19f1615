"""Codes and places as nodes of trees: two sides meet at the nodes they share, and a deeper node is worth more.

Worths are whole numbers, so that sums and products are the same in whatever order they are made:
a code's in twentieths, a place's in two hundredths.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from matching.engine.records import Codes, Place

CODE_UNIT, PLACE_UNIT = 20, 200
CPV_LEVELS = {2: 5, 3: 9, 4: 13, 5: 16, 6: 18, 7: 19, 8: 20}
HS_LEVELS = {2: 8, 4: 16, 6: 20}
NAF_LEVELS = {2: 6, 3: 10, 4: 16, 5: 20}
LEVELS = {"cpv": CPV_LEVELS, "hs": HS_LEVELS, "naf": NAF_LEVELS}
WHOLE_CODE = {"sector": 10}  # any other scheme: the same code or nothing
NEAR_SECTOR = 4  # the other side's codes lie in this sector, though it did not name it ("~sector:water")
KIN_LEVELS = {"cpv": (2, 3, 4), "hs": (2, 4), "naf": (2, 3, 4)}  # the last two may be akin ("~cpv:4523")
SAME_REGION, NEXT, AROUND = 100, 50, 20  # for a place: its region; its zone or country; what contains that


@lru_cache(maxsize=50_000)
def code_nodes(codes: Codes) -> Mapping[str, int]:
    """Every ancestor of the codes, with the worth of meeting there."""
    nodes: dict[str, int] = {}
    for code in codes:
        scheme, _, value = code.partition(":")
        levels = LEVELS.get(scheme)
        if levels is None:
            nodes[code] = WHOLE_CODE.get(scheme, CODE_UNIT)
            if scheme == "sector":
                nodes[f"~{code}"] = NEAR_SECTOR
            continue
        bare = value.replace(".", "").replace(" ", "").upper()
        for length, worth in levels.items():
            if length <= len(bare):
                nodes[f"{scheme}:{bare[:length]}"] = worth
    nodes |= dict.fromkeys(kin_nodes(codes), 0)  # a need says what they are worth to it
    return MappingProxyType(nodes)  # shared by all that have the same codes


def kin_nodes(codes: Codes) -> list[str]:
    """Where trades akin meet, coarse to fine; a sector and the divisions that it implies are too wide for it."""
    found = []
    for code in codes if codes and not codes[0].startswith("sector:") else ():
        scheme, _, value = code.partition(":")
        bare = value.replace(".", "").replace(" ", "").upper()
        found += [f"~{scheme}:{bare[:length]}" for length in KIN_LEVELS.get(scheme, ()) if length <= len(bare)]
    return list(dict.fromkeys(found))


def place_worths(chain: Place) -> list[int]:
    """Worth of having been in that place, then in what contains it: the nearer the better."""
    near = SAME_REGION if len(chain) > 1 and "-R" in chain[1] else NEXT
    return [PLACE_UNIT, near, AROUND, 0][: len(chain)]


def place_nodes(places: Iterable[Place]) -> dict[str, int]:
    """The places of a need and their ancestors, with the worth of having worked there."""
    nodes: dict[str, int] = {}
    for chain in places:
        for node, worth in zip(chain, place_worths(chain), strict=False):
            if worth:
                nodes[node] = max(worth, nodes.get(node, 0))
    return nodes


def wanted_nodes(places: Iterable[Place]) -> dict[str, int]:
    """The same for a wish: whoever wants a whole zone wants each of its countries."""
    chains = list(places)
    whole = {f"{node}*": PLACE_UNIT for chain in chains for node in chain}
    return place_nodes(chains) | whole


def nodes_of_place(chain: Place) -> frozenset[str]:
    """Where a work or sales in that place is met."""
    return frozenset(chain)


def nodes_of_wish(chain: Place) -> frozenset[str]:
    """Where the wish to go there is met."""
    return frozenset(chain) | {f"{chain[0]}*"} if chain else frozenset()

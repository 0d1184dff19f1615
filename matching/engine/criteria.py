"""The criteria: each a class with a value in 0..1 for every pair, whether it is known, and its evidence in codes.

To add one: a class here with its row in `CRITERIA`, a weight in a new version of the weights, its words in
`matching/explain.py`. A value depends on nothing but the pair and the frozen statistics.
"""

import heapq
import math
from typing import Any, ClassVar

import numpy as np

from matching.engine.index import Array
from matching.engine.pairs import Pairs
from matching.engine.vectors import MANY_PLACES, Vector

Evidence = dict[str, Any]
NEAR_LEVEL = 0.45
MANY_REFERENCES = 20
SHOWN_WORDS = 4
TEXT_CURVE = 0.7


class Criterion:
    code: ClassVar[str]
    neutral: ClassVar[float] = 0.5  # the share given while the answer is unknown
    met_from: ClassVar[float] = 1.0
    partly_from: ClassVar[float] = 0.1

    def asked(self, pairs: Pairs) -> Array:
        """1.0 where the need asks it at all; a pair's weights are shared among the criteria asked."""
        return np.ones(1)

    def value(self, pairs: Pairs) -> Array:
        raise NotImplementedError

    def known(self, pairs: Pairs) -> Array:
        raise NotImplementedError

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        return {}


class Text(Criterion):
    """Words of the need found in what the company says and did."""

    code, neutral, met_from = "text", 0.1, 0.55

    def value(self, pairs: Pairs) -> Array:
        return curved(pairs.total("text", "text"))

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_text") > 0

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        return some(words=shared_words(pairs, pair, "text", pairs.company_row("text", pair)))


class Reference(Criterion):
    """The one reference that is most like the need, labels of codes included."""

    code, neutral, met_from = "reference", 0.1, 0.55

    def value(self, pairs: Pairs) -> Array:
        return curved(pairs.top(pairs.reference_text))

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_reference") > 0

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        work = best_work(pairs, pairs.reference_text, pair)
        if work is None:
            return {}
        shared = shared_words(pairs, pair, "reference", pairs.work_row("reference", pair, work))
        return some(work=pairs.work_key(pair, work), words=shared)


class Codes(Criterion):
    """The deepest trade or product code in common."""

    code, neutral, met_from = "codes", 0.1, 0.5

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "codes")

    def value(self, pairs: Pairs) -> Array:
        return np.maximum(pairs.company_level, pairs.top(pairs.work_level))

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_codes") > 0

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        work = best_work(pairs, pairs.work_level, pair)
        own = pairs.company_row("codes", pair)
        return some(
            code=deepest(pairs.need_row("codes", pair), own if work is None else work_codes(pairs, pair, work) | own)
        )


class Near(Criterion):
    """How many references are near in codes, each by its nearness; the first count most."""

    code, neutral, met_from = "near", 0.1, 0.4

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "codes")

    def value(self, pairs: Pairs) -> Array:
        nearness = np.round(pairs.sum(pairs.work_level * pairs.work("is_reference")), 6)
        return np.minimum(1.0, np.log1p(nearness) / math.log1p(MANY_REFERENCES))

    def known(self, pairs: Pairs) -> Array:
        return (pairs.company("has_reference") > 0) & (pairs.company("has_codes") > 0)

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        near = pairs.works_of((pairs.work_level >= NEAR_LEVEL) * pairs.work("is_reference"), pair)
        return some(count=int(near.sum()))


class CodePlace(Criterion):
    """A job of that trade in that very place."""

    code, neutral, met_from = "code_place", 0.1, 0.45

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "codes") * asks(pairs, "places")

    def value(self, pairs: Pairs) -> Array:
        return pairs.top(pairs.work_level * pairs.work_place)

    def known(self, pairs: Pairs) -> Array:
        return (pairs.company("has_codes") > 0) & ~np.isnan(pairs.company("reach"))

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        work = best_work(pairs, pairs.work_level * pairs.work_place, pair)
        if work is None:
            return {}
        place = deepest(pairs.need_row("places", pair), pairs.work_row("places", pair, work))
        code = deepest(pairs.need_row("codes", pair), work_codes(pairs, pair, work))
        return some(work=pairs.work_key(pair, work), place=place, code=code)


class Place(Criterion):
    """Any job or sales in that place, or near it."""

    code, neutral, met_from = "place", 0.1, 0.5

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "places")

    def value(self, pairs: Pairs) -> Array:
        return pairs.top(pairs.work_place)

    def known(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.company("reach"))

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        work = best_work(pairs, pairs.work_place, pair)
        if work is None:
            return {}
        place = deepest(pairs.need_row("places", pair), pairs.work_row("places", pair, work))
        return some(work=pairs.work_key(pair, work), place=place)


class Reach(Criterion):
    """In how many places the company has worked."""

    code, neutral, met_from = "reach", 0.1, 0.45

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        reach = pairs.company("reach")
        share = reach[pair if len(reach) > 1 else 0]
        return {} if np.isnan(share) else {"count": round(math.expm1(share * math.log1p(MANY_PLACES)))}

    def value(self, pairs: Pairs) -> Array:
        return np.nan_to_num(pairs.company("reach"))

    def known(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.company("reach"))


class Wanted(Criterion):
    """The company wishes to go there."""

    code, met_from = "wanted", 0.9

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "wanted")

    def value(self, pairs: Pairs) -> Array:
        return pairs.best("wanted", "wanted")

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_wanted") > 0

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        place = deepest(pairs.need_row("wanted", pair), pairs.company_row("wanted", pair))
        return some(place=place.removesuffix("*") if place else None)


class Kind(Criterion):
    """The kind of operation is one that the company looks for."""

    code = "kind"

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "kinds")

    def value(self, pairs: Pairs) -> Array:
        return pairs.best("kinds", "kinds")

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_kinds") > 0


class Family(Criterion):
    """Several things asked by name: the share of them that the company has."""

    code = "family"

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, self.code)

    def value(self, pairs: Pairs) -> Array:
        return pairs.total(self.code, self.code) / np.maximum(pairs.need(f"asks_{self.code}"), 1.0)

    def known(self, pairs: Pairs) -> Array:
        return pairs.company(f"knows_{self.code}") > 0

    def excludes(self, pairs: Pairs) -> Array:
        """Where something eliminatory is known to be missing."""
        must = pairs.need(f"asks_{self.code}_must")
        return self.known(pairs) & (pairs.total(f"{self.code}_must", self.code) < must)

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        held = pairs.company_row(self.code, pair)
        asked = sorted(pairs.need_row(self.code, pair))
        must = sorted(pairs.need_row(f"{self.code}_must", pair))
        has, lacks = [code for code in asked if code in held], [code for code in asked if code not in held]
        return some(has=has, lacks=lacks, must=must)


class Certifications(Family):
    code = "certifications"


class Languages(Family):
    code = "languages"


class Experience(Family):
    """Experience of a country that the need names as a criterion."""

    code = "experience"


class Headcount(Criterion):
    code = "headcount"

    def asked(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.need("headcount")) * 1.0

    def value(self, pairs: Pairs) -> Array:
        return (pairs.company("headcount") >= pairs.need("headcount")) * 1.0

    def known(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.company("headcount"))

    def excludes(self, pairs: Pairs) -> Array:
        short = pairs.company("headcount") < pairs.need("headcount")  # an unknown compares as false
        return short & (pairs.need("headcount_must") > 0)

    def evidence(self, pairs: Pairs, pair: int) -> Evidence:
        must = pairs.need("headcount_must")
        lacks = not np.broadcast_to(self.value(pairs), (pairs.size,))[pair]
        is_must = must[pair if len(must) > 1 else 0] > 0
        return some(lacks=[self.code] if lacks else [], must=[self.code] if is_must else [])


class Maturity(Criterion):
    """Export experience against what the stage of the opportunity calls for."""

    code, met_from, partly_from = "maturity", 0.8, 0.25

    def asked(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.need("maturity")) * 1.0

    def value(self, pairs: Pairs) -> Array:
        return 1.0 - np.nan_to_num(np.maximum(0.0, pairs.need("maturity") - pairs.company("maturity")), nan=1.0)

    def known(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.company("maturity")) | (pairs.need("maturity") == 0)


class Freshness(Criterion):
    """How lately the company confirmed its profile."""

    code = "freshness"

    def value(self, pairs: Pairs) -> Array:
        return np.nan_to_num(pairs.company("freshness"))

    def known(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.company("freshness"))


CRITERIA: tuple[Criterion, ...] = (
    Text(), Reference(), Codes(), Near(), CodePlace(), Place(), Reach(), Wanted(), Kind(),
    Experience(), Certifications(), Languages(), Headcount(), Maturity(), Freshness(),
)  # fmt: skip
EXCLUDING = tuple(c for c in CRITERIA if isinstance(c, Family | Headcount))


def asks(pairs: Pairs, name: str) -> Array:
    return (pairs.need(f"asks_{name}") > 0) * 1.0


def curved(share: Array) -> Array:
    return np.minimum(1.0, share) ** TEXT_CURVE


def some(**found: Any) -> Evidence:
    return {name: value for name, value in found.items() if value}


def best_work(pairs: Pairs, works: Array, pair: int) -> int | None:
    """The first of a company's best works, if any is worth something."""
    mine = pairs.works_of(works, pair)
    if not mine.size:
        return None
    best = int(mine.argmax())
    return best if mine[best] > 0 else None


def work_codes(pairs: Pairs, pair: int, work: int) -> Vector:
    """The codes a work is taken for."""
    return pairs.work_row("codes", pair, work) or pairs.company_row("codes", pair)


def shared_words(pairs: Pairs, pair: int, name: str, company: Vector) -> list[str]:
    """The words in common that weigh most, its own before its codes' labels, as the need writes them."""
    need, own, written = pairs.need_row(name, pair), pairs.need_row("text", pair), pairs.spellings(pair)
    shared = [(term not in own, -weight * company[term], term) for term, weight in need.items() if term in company]
    return [written[term] for _, _, term in heapq.nsmallest(SHOWN_WORDS, shared)]


def deepest(need: Vector, company: Vector) -> str | None:
    """The node in common that is worth most; the longest spelling among equals."""
    shared = [(weight, len(node), node) for node, weight in need.items() if node in company]
    return max(shared)[2] if shared else None

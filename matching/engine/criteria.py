"""The criteria: each a class with a value in 0..1 for every pair, whether it is known, and its evidence in codes.

To add one: a class here with its row in `CRITERIA`, a weight in a new version of the weights, its words in
`matching/explain.py`. A value depends on nothing but the pair and the frozen statistics.
"""

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from matching.engine.index import Array, Shared
from matching.engine.pairs import Pairs
from matching.engine.vectors import MANY_PLACES

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

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        """What shows it, for each of some pairs."""
        return [{} for _ in some]


class Text(Criterion):
    """Words of the need found in what the company says and did."""

    code, neutral, met_from = "text", 0.1, 0.55

    def value(self, pairs: Pairs) -> Array:
        return curved(pairs.total("text", "text"))

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_text") > 0

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        return [told(words=words) for words in best_words(pairs, some, pairs.shared("text", "text", some))]


class Reference(Criterion):
    """The one reference that is most like the need, labels of codes included."""

    code, neutral, met_from = "reference", 0.1, 0.55

    def value(self, pairs: Pairs) -> Array:
        return curved(pairs.top(pairs.reference_text))

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_reference") > 0

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        def tell(those: Array, works: Array) -> list[Evidence]:
            words = best_words(pairs, those, pairs.work_shared("reference", "reference", those, works))
            return [{"words": found} for found in words]

        return of_best_work(pairs, some, pairs.reference_text, tell)


class Codes(Criterion):
    """The deepest trade or product code in common."""

    code, neutral, met_from = "codes", 0.1, 0.5

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "codes")

    def value(self, pairs: Pairs) -> Array:
        return np.maximum(pairs.company_level, pairs.top(pairs.work_level))

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_codes") > 0

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        works = pairs.best_works(pairs.work_level, some)
        found = pairs.shared("codes", "codes", some)
        there = np.flatnonzero(works >= 0)
        for place, more in zip(there, pairs.work_shared("codes", "codes", some[there], works[there]), strict=True):
            found[place] += more
        return [told(code=deepest(shared)) for shared in found]


class Near(Criterion):
    """How many references are near in codes, each by its nearness; the first count most."""

    code, neutral, met_from = "near", 0.1, 0.4

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "codes")

    def value(self, pairs: Pairs) -> Array:
        nearness = np.round(pairs.sum(pairs.work_near), 6)
        return np.minimum(1.0, np.log1p(nearness) / math.log1p(MANY_REFERENCES))

    def known(self, pairs: Pairs) -> Array:
        return (pairs.company("has_reference") > 0) & (pairs.company("has_codes") > 0)

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        near = pairs.work_near >= NEAR_LEVEL
        return [told(count=int(pairs.works_of(near, pair).sum())) for pair in some.tolist()]


class CodePlace(Criterion):
    """A job of that trade in that very place."""

    code, neutral, met_from = "code_place", 0.1, 0.45

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "codes") * asks(pairs, "places")

    def value(self, pairs: Pairs) -> Array:
        return pairs.top(pairs.work_code_place)

    def known(self, pairs: Pairs) -> Array:
        return (pairs.company("has_codes") > 0) & ~np.isnan(pairs.company("reach"))

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        def tell(those: Array, works: Array) -> list[Evidence]:
            places = pairs.work_shared("places", "places", those, works)
            own = pairs.shared("codes", "codes", those)  # what a work without codes is taken for
            codes = pairs.work_shared("codes", "codes", those, works)
            return [
                {"place": deepest(place), "code": deepest(code or inherited)}
                for place, code, inherited in zip(places, codes, own, strict=True)
            ]

        return of_best_work(pairs, some, pairs.work_code_place, tell)


class Place(Criterion):
    """Any job or sales in that place, or near it."""

    code, neutral, met_from = "place", 0.1, 0.5

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "places")

    def value(self, pairs: Pairs) -> Array:
        return pairs.top(pairs.work_place)

    def known(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.company("reach"))

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        def tell(those: Array, works: Array) -> list[Evidence]:
            return [{"place": deepest(shared)} for shared in pairs.work_shared("places", "places", those, works)]

        return of_best_work(pairs, some, pairs.work_place, tell)


class Reach(Criterion):
    """In how many places the company has worked."""

    code, neutral, met_from = "reach", 0.1, 0.45

    def value(self, pairs: Pairs) -> Array:
        return np.nan_to_num(pairs.company("reach"))

    def known(self, pairs: Pairs) -> Array:
        return ~np.isnan(pairs.company("reach"))

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        counts = np.rint(np.expm1(np.nan_to_num(pairs.company("reach")) * math.log1p(MANY_PLACES)))
        return [told(count=int(count)) for count in np.broadcast_to(counts, (pairs.size,))[some]]


class Wanted(Criterion):
    """The company wishes to go there."""

    code, met_from = "wanted", 0.9

    def asked(self, pairs: Pairs) -> Array:
        return asks(pairs, "wanted")

    def value(self, pairs: Pairs) -> Array:
        return pairs.best("wanted", "wanted")

    def known(self, pairs: Pairs) -> Array:
        return pairs.company("has_wanted") > 0

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        places = [deepest(shared) for shared in pairs.shared("wanted", "wanted", some)]
        return [told(place=place and place.removesuffix("*")) for place in places]


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

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        found = []
        for pair, shared in zip(some.tolist(), pairs.shared(self.code, self.code, some), strict=True):
            held = {code for code, _ in shared}
            asked, must = pairs.need_row(self.code, pair), pairs.need_row(f"{self.code}_must", pair)
            found.append(told(has=sorted(held), lacks=sorted(asked.keys() - held), must=sorted(must)))
        return found


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

    def evidence(self, pairs: Pairs, some: Array) -> list[Evidence]:
        enough = np.broadcast_to(self.value(pairs), (pairs.size,))[some]
        must = np.broadcast_to(pairs.need("headcount_must"), (pairs.size,))[some]
        return [
            told(lacks=[] if is_enough else [self.code], must=[self.code] if is_must else [])
            for is_enough, is_must in zip(enough, must, strict=True)
        ]


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


def told(**found: Any) -> Evidence:
    return {name: value for name, value in found.items() if value}


def of_best_work(
    pairs: Pairs, some: Array, works: Array, tell: Callable[[Array, Array], list[Evidence]]
) -> list[Evidence]:
    """Evidence that names each company's best work, where it has one worth naming."""
    best = pairs.best_works(works, some)
    there = np.flatnonzero(best >= 0)
    evidence: list[Evidence] = [{} for _ in some]
    keys = pairs.work_keys(some[there], best[there])
    for place, key, found in zip(there, keys, tell(some[there], best[there]), strict=True):
        evidence[place] = told(work=key, **found)
    return evidence


def best_words(pairs: Pairs, some: Array, shared: list[Shared]) -> list[list[str]]:
    """The words in common that weigh most, the need's own before its codes' labels, as the need writes them."""
    found = []
    for pair, names in zip(some.tolist(), shared, strict=True):
        if names:
            own, written = pairs.need_row("text", pair), pairs.spellings(pair)
            ranked = sorted((term not in own, -weight, term) for term, weight in names)
            found.append([written[term] for _, _, term in ranked[:SHOWN_WORDS]])
        else:
            found.append([])
    return found


def deepest(shared: Shared) -> str | None:
    """The node in common that is worth most; the longest spelling among equals."""
    return max((worth, len(node), node) for node, worth in shared)[2] if shared else None

"""The criteria: each a class with a value in 0..1 for every pair, whether it is known, and what shows it.

To add one: a class here with its row in `CRITERIA`, a weight in a new version of the weights, its words in
`matching/phrases.py`. A value depends on nothing but the pair and the frozen statistics; where the company says
nothing, it is 0 and not known.
"""

import math
from typing import Any, ClassVar

import numpy as np

from matching.engine.facing import NONE, SALES, Exact
from matching.engine.lexicon import Array
from matching.engine.needs import BANDED, FAMILIES, NODE_MASK, SECTORS, WORTH_SHIFT
from matching.engine.nodes import CODE_UNIT
from matching.engine.pairs import View

NEAR_LEVEL = 9  # twentieths
MANY_REFERENCES, MANY_PLACES = 20, 20
BEND = 0.6
OFTEN = 4  # from this level on a company was proposed very often


class Criterion:
    code: ClassVar[str]
    neutral: ClassVar[float] = 0.5  # the share given while the answer is unknown
    met_from: ClassVar[float] = 1.0
    partly_from: ClassVar[float] = 0.1
    reads: ClassVar[str] = ""  # the one state that the value depends on, where it is not looked at last
    knows: ClassVar[str] = ""  # the figure that says whether the company tells
    counted: ClassVar[str] = ""  # else the figure that its answer is read from
    of_figures: ClassVar[bool] = False  # whether the value depends on figures alone
    late: ClassVar[bool] = False  # whether it is cheaply told of a few companies: looked at last, where it may matter
    alone: ClassVar[bool] = False  # whether it is the same whatever the need
    facts: ClassVar[tuple[str, ...]] = ()  # what its evidence consists of, a whole number each

    @property
    def figure(self) -> str:
        """The figure that says what a company brings where it says nothing else."""
        return self.knows or self.counted

    def asked(self, view: View) -> Array:
        """1.0 where the need asks it at all; a pair's weights are shared among the criteria asked."""
        return np.ones(1)

    def value(self, view: View) -> Array:
        raise NotImplementedError

    def known(self, view: View) -> Array:
        return view.company(self.knows) > 0

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        """The facts, an entry a pair."""
        return ()


class Text(Criterion):
    """Words of the need found in what the company says and did."""

    reads = "text"
    code, neutral, met_from, knows, facts = "text", 0.1, 0.6, "has_text", ("words",)
    partly_from = 0.05

    def value(self, view: View) -> Array:
        return curved(view.share("text"))

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        return (pairs.words("text"),)


class Reference(Criterion):
    """The one reference that is most like the need, labels of codes included."""

    reads = "reference"
    code, neutral, met_from, knows, facts = "reference", 0.1, 0.6, "has_reference", ("work", "words")
    partly_from = 0.05

    def value(self, view: View) -> Array:
        return curved(view.share("reference"))

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        works = pairs.best_work("words")
        return keyed(pairs, works), pairs.words("reference", works)


class Codes(Criterion):
    """The deepest trade or product code in common."""

    reads = "codes"
    code, neutral, met_from, knows, facts = "codes", 0.1, 0.5, "has_codes", ("code",)

    def asked(self, view: View) -> Array:
        return asks(view, "codes")

    def value(self, view: View) -> Array:
        return view.share("codes")

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        return (pairs.node("codes"),)


class Near(Criterion):
    """How many references are near in codes, each by its nearness; the first count most."""

    reads = "near"
    code, neutral, met_from, knows, facts = "near", 0.1, 0.4, "has_reference", ("count",)

    def asked(self, view: View) -> Array:
        return asks(view, "codes")

    def value(self, view: View) -> Array:
        return logarithmic(view.state("near"), MANY_REFERENCES, view.dtype)

    def known(self, view: View) -> Array:
        return (view.company("has_reference") > 0) & (view.company("has_codes") > 0)

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        return (pairs.works_with("codes", NEAR_LEVEL),)


class CodePlace(Criterion):
    """A job of that trade in that very place."""

    reads = "code_place"
    code, neutral, met_from, counted, facts = "code_place", 0.1, 0.45, "has_codes", ("work", "place", "code")

    def asked(self, view: View) -> Array:
        return asks(view, "codes") * asks(view, "places")

    def value(self, view: View) -> Array:
        return view.share("code_place")

    def known(self, view: View) -> Array:
        return (view.company("has_codes") > 0) & (view.company("has_places") > 0)

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        works = pairs.best_work("code_place")
        own = (pairs.own("codes") >> WORTH_SHIFT) * (pairs.own("sales") >> WORTH_SHIFT)
        of_sales = own > pairs.at_work("code_place", works)
        places = np.where(of_sales, pairs.own("sales"), pairs.at_work("places", works)) & NODE_MASK
        codes = np.where(of_sales, pairs.own("codes"), pairs.at_work("codes", works)) & NODE_MASK
        return np.where(of_sales, SALES, keyed(pairs, works)), places, codes


class Place(Criterion):
    """Any job or sales in that place, or near it."""

    reads = "place"
    code, neutral, met_from, knows, facts = "place", 0.1, 0.5, "has_places", ("work", "place")

    def asked(self, view: View) -> Array:
        return asks(view, "places")

    def value(self, view: View) -> Array:
        return view.share("place")

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        works = pairs.best_work("places")
        of_sales = pairs.own("sales") > pairs.at_work("places", works)
        return np.where(of_sales, SALES, keyed(pairs, works)), pairs.node("place")


class Reach(Criterion):
    """In how many places the company has worked."""

    code, neutral, met_from, knows, of_figures, facts = "reach", 0.1, 0.45, "has_places", True, ("count",)
    alone = True

    def value(self, view: View) -> Array:
        return np.minimum(1.0, np.log1p(view.company("reach")) / math.log1p(MANY_PLACES))

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        return (pairs.company("reach").astype(np.int64),)


class Wanted(Criterion):
    """The company wishes to go there."""

    code, met_from, knows, facts = "wanted", 0.9, "has_wanted", ("wish",)
    late = True

    def asked(self, view: View) -> Array:
        return asks(view, "places")

    def value(self, view: View) -> Array:
        return view.share("wanted")

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        return (pairs.node("wanted"),)


class Kind(Criterion):
    """The kind of operation is one that the company looks for."""

    code, knows = "kind", "has_kinds"
    late = True

    def asked(self, view: View) -> Array:
        return asks(view, "kinds")

    def value(self, view: View) -> Array:
        return view.share("kinds")


class Family(Criterion):
    """Several things asked by name: the share of them that the company has."""

    facts = ("has",)
    late = True

    def asked(self, view: View) -> Array:
        return asks(view, self.code)

    def value(self, view: View) -> Array:
        return view.share(self.code) / np.maximum(view.asks(self.code), 1.0).astype(view.dtype)

    def excludes(self, view: View) -> Array:
        """Where something eliminatory is known to be missing."""
        return self.known(view) & (view.share(f"{self.code}_must") < view.asks(f"{self.code}_must"))

    def evidence(self, pairs: Exact) -> tuple[Array, ...]:
        return (pairs.things(self.code),)


class Certifications(Family):
    code, knows = "certifications", "knows_certifications"


class Languages(Family):
    code, knows = "languages", "knows_languages"


class Experience(Family):
    """Experience of a country that the need names as a criterion."""

    code, knows = "experience", "knows_experience"


class Sectors(Family):
    """Sectors that the need names as a criterion: of those exacted one is enough."""

    code, knows = SECTORS, "knows_sectors"

    def value(self, view: View) -> Array:
        exacted = view.share("sectors_must")
        wished = view.share("sectors") - exacted
        asked = view.asks("sectors") - view.asks("sectors_must") + self._one(view)
        return (np.minimum(exacted, 1) + wished) / np.maximum(asked, 1.0).astype(view.dtype)

    def excludes(self, view: View) -> Array:
        return self.known(view) & (view.share("sectors_must") < self._one(view))

    @staticmethod
    def _one(view: View) -> Array:
        return np.minimum(view.asks("sectors_must"), 1.0)


class Banded(Criterion):
    """A figure in bands, of which the need says the least."""

    of_figures = True

    def asked(self, view: View) -> Array:
        return ~np.isnan(view.need(self.code)) * 1.0

    def value(self, view: View) -> Array:
        return (view.company(self.code) >= view.need(self.code)) * 1.0

    def known(self, view: View) -> Array:
        return ~np.isnan(view.company(self.code))

    def excludes(self, view: View) -> Array:
        short = view.company(self.code) < view.need(self.code)  # an unknown compares as false
        return short & (view.need(f"{self.code}_must") > 0)


class Headcount(Banded):
    code, counted = "headcount", "headcount"


class Volume(Banded):
    """How large a contract the company may deliver."""

    code, counted = "volume", "volume"


class Maturity(Criterion):
    """Export experience against what the stage of the opportunity calls for."""

    code, met_from, partly_from, counted, of_figures = "maturity", 0.8, 0.25, "maturity", True

    def asked(self, view: View) -> Array:
        return ~np.isnan(view.need("maturity")) * 1.0

    def value(self, view: View) -> Array:
        return 1.0 - np.nan_to_num(np.maximum(0.0, view.need("maturity") - view.company("maturity")), nan=1.0)

    def known(self, view: View) -> Array:
        return ~np.isnan(view.company("maturity")) | (view.need("maturity") == 0)


class Freshness(Criterion):
    """How lately the company confirmed its profile."""

    code, counted, of_figures, alone = "freshness", "freshness", True, True

    def value(self, view: View) -> Array:
        return np.nan_to_num(view.company("freshness"))

    def known(self, view: View) -> Array:
        return ~np.isnan(view.company("freshness"))


class Exposure(Criterion):
    """Room for those who were hardly proposed lately: the first times count most, which lets most others in."""

    code, counted, of_figures, alone = "exposure", "proposed", True, True

    def value(self, view: View) -> Array:
        return 1.0 - np.sqrt(np.minimum(view.company("proposed"), OFTEN) / OFTEN)

    def known(self, view: View) -> Array:
        return np.ones(1, bool)


class Newcomer(Criterion):
    """A first chance for those who were never introduced."""

    code, counted, of_figures, alone = "newcomer", "introduced", True, True

    def value(self, view: View) -> Array:
        return 1.0 - (view.company("introduced") > 0)

    def known(self, view: View) -> Array:
        return np.ones(1, bool)


CRITERIA: tuple[Criterion, ...] = (
    Text(), Reference(), Codes(), Near(), CodePlace(), Place(), Reach(), Wanted(), Kind(),
    Experience(), Certifications(), Languages(), Sectors(), Headcount(), Volume(), Maturity(), Freshness(), Exposure(),
    Newcomer(),
)  # fmt: skip
ALONE = tuple(c for c in CRITERIA if c.alone)
EXCLUDING = tuple(c for c in CRITERIA if isinstance(c, Family | Banded))
assert {c.code for c in CRITERIA if isinstance(c, Family)} == set(FAMILIES)  # noqa: S101
assert {c.code for c in CRITERIA if isinstance(c, Banded)} == set(BANDED)  # noqa: S101


def asks(view: View, name: str) -> Array:
    return (view.asks(name) > 0) * 1.0


def curved(share: Array) -> Array:
    """Half an answer is worth more than half, a full one is enough: a parabola up to its top. Changes its argument."""
    np.minimum(share, 1.0, out=share)
    return np.multiply(share, (1 + BEND) - share.dtype.type(BEND) * share, out=share)


def logarithmic(count: Array, many: int, dtype: Any = np.float64) -> Array:
    """Of whole numbers: the first count most, `many` and more are a full answer."""
    table = np.minimum(np.log1p(np.arange(many * CODE_UNIT + 1) / CODE_UNIT) / math.log1p(many), 1.0).astype(dtype)
    found: Array = table.take(count, mode="clip")
    return found


def keyed(pairs: Exact, works: Array) -> Array:
    """The references' own keys; NONE stays."""
    found: Array = np.where(works == NONE, NONE, pairs.work_keys(works))
    return found

"""The score: a plain sum of points, kept as they will be shown.

A need first meets all companies in single precision, which finds those that may be among its best; those are then
looked at exactly. The other way round, a company meets all needs exactly at once.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from matching.engine import kernels
from matching.engine.companies import Companies, Traits
from matching.engine.criteria import ALONE, CRITERIA, EXCLUDING, Criterion
from matching.engine.facing import Exact, OneCompany, Picked, SomeCompanies
from matching.engine.kernels import Points
from matching.engine.lexicon import Array, Lexicon
from matching.engine.needs import Needs, need_vectors
from matching.engine.pairs import FOUND, UNITS, Ladder, OneNeed, Promising, Question, TraitsOfNeed, View
from matching.engine.records import Need
from matching.engine.statistics import Statistics
from matching.engine.weights import Weights

Block = tuple[Companies, Array | None]  # and which of its rows still count; None for all
ENGINE_VERSION = "5"
TRADE = {"text", "reference", "codes", "near", "code_place"}
OF_TRADE = np.array([criterion.code in TRADE for criterion in CRITERIA])
POINT = 1_000  # points are whole thousandths: the parts shown add up to the score shown
MARGIN = 0.05  # points that single precision and rounding may be wrong by, and more
LEAST = -10_000.0  # anybody who still counts has more
BEHIND = 1_000.0  # what is not eligible stands behind all that is, still in the order of scores
STEPS = 32  # of a point, in which the bar is raised
FEW = 20  # one in so many companies are few
LANES = 2
Done = TypeVar("Done")
NOTHING = Question(
    need_vectors(Need(0), Statistics.of((), Lexicon(), ""), Lexicon()), Lexicon()
)  # a need that asks nothing
MISSING, PARTLY, MET, UNKNOWN = range(4)


@dataclass(frozen=True, slots=True)
class Rough:
    """A need's standing among a block of companies, true to half a MARGIN."""

    one: OneNeed
    standing: Array
    trade: Array  # the share that each brings of what its trade could bring


@dataclass(frozen=True, slots=True)
class Sought:
    """Which of the companies a need is after: so many of the best, all at or above a floor, and some by name."""

    most: int
    floor: float = np.inf
    always: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Scores:
    """Pairs scored exactly: arrays with an entry a pair, points by criterion in thousandths."""

    pairs: Exact
    weights: Weights
    points: Array
    worth: Array
    said: Array
    eligible: Array

    @cached_property
    def score(self) -> Array:
        found: Array = self.points.sum(axis=0) / POINT
        return found

    @cached_property
    def standing(self) -> Array:
        found: Array = np.where(self.eligible, self.score, self.score - BEHIND)
        return found

    @cached_property
    def trade(self) -> Array:
        """The share that each company brings of what its trade could bring: the right country is not enough."""
        found: Array = self.points[OF_TRADE].sum(axis=0) / POINT / self.worth[OF_TRADE].sum(axis=0)
        return found

    @cached_property
    def bands(self) -> Array:
        """strong, good, possible or incomplete, a pair each."""
        weights = self.weights
        proven = self.trade >= weights.trade
        found = np.where((self.score >= weights.good) & proven, "good", "possible")
        found = np.where((self.score >= weights.strong) & proven, "strong", found)
        bands: Array = np.where(np.broadcast_to(self.pairs.company("complete") > 0, found.shape), found, "incomplete")
        return bands

    def at(self, some: Array) -> "Scores":
        return Scores(
            self.pairs.at(some), self.weights, self.points[:, some], self.worth[:, some], self.said[:, some],
            self.eligible[some],
        )  # fmt: skip

    def ranked(self, limit: int | None = None) -> Array:
        """Positions, best first: the eligible before the others, then by score, then by id."""
        order: Array = np.lexsort((self.pairs.ids, -self.standing))
        return order[:limit]

    def facts(self, asked: Sequence[int]) -> Array:
        """What shows the answers to these criteria, by their rows: a row a pair, columns in the order of the facts."""
        columns = [
            np.broadcast_to(column, (self.pairs.size,))
            for row in asked
            if CRITERIA[row].facts
            for column in CRITERIA[row].evidence(self.pairs)
        ]
        return np.stack(columns, axis=1).astype(np.int64) if columns else np.zeros((self.pairs.size, 0), np.int64)

    def said_bits(self, asked: Sequence[int]) -> Array:
        """The answers to these criteria, two bits each, the first one's lowest."""
        found = np.zeros(self.pairs.size, np.int64)
        for place, row in enumerate(asked):
            found |= self.said[row].astype(np.int64) << 2 * place
        return found


def worths(view: View, weights: Weights) -> list[Array]:
    """The most points that each criterion can bring: its weight's share among those asked."""
    shares = [weights.weights.get(criterion.code, 0.0) * criterion.asked(view) for criterion in CRITERIA]
    whole = sum(shares, start=np.zeros(1))
    return [100 * share / whole for share in shares]


class Plan:
    """How a need is scored, reckoned once for all blocks."""

    def __init__(self, question: Question, weights: Weights) -> None:
        self.question, self.weights = question, weights
        worth = [float(most[0]) for most in worths(question, weights)]
        self.worth = np.array(worth, np.float32)
        asked = [(criterion, most) for criterion, most in zip(CRITERIA, worth, strict=True) if most]
        self.trade = float(self.worth[OF_TRADE].sum())
        of_pairs = [(criterion, np.float32(most)) for criterion, most in asked if not criterion.of_figures]
        early = [(criterion, most) for criterion, most in of_pairs if not criterion.late]
        self.points = {name: points_of(question, name, early) for name in FOUND if name in UNITS}
        of_trade = [(criterion, most) for criterion, most in early if criterion.code in TRADE]
        self.trade_points = {name: points_of(question, name, of_trade) for name in FOUND if name in UNITS}
        late = [(criterion, most) for criterion, most in of_pairs if criterion.late]
        self.late = sorted(late, key=lambda one: -one[1])  # those that tell most apart first
        self.late_most = float(sum(most for _, most in self.late))
        self.of_figures = [row for row, one in enumerate(CRITERIA) if one.of_figures and one not in ALONE]
        self.excluding = [criterion for criterion in EXCLUDING if exacts(question, criterion)]


def points_of(question: Question, state: str, criteria: list[tuple[Criterion, np.float32]]) -> Array:
    """The points of all criteria that read a state, for each of its values."""
    ladder = Ladder(question, state)
    found = [most * criterion.value(ladder) for criterion, most in criteria if criterion.reads == state]
    return sum(found, start=np.zeros(ladder.size)).astype(np.float32)


def exacts(view: View, criterion: Criterion) -> bool:
    name = f"{criterion.code}_must"
    must = view.need(name) if criterion.of_figures else view.asks(name)
    return bool((must > 0).any())


def rough(plan: Plan, companies: Companies, alive: Array | None) -> Rough:
    """A need against a whole block: everybody's standing, and trade."""
    one, standing = early(plan, companies, alive)
    trade = one.standings(based(plan, companies, np.where(OF_TRADE, plan.worth, 0), plan.trade_points))
    np.divide(trade, np.float32(plan.trade or 1), out=trade)
    return Rough(one, with_late(plan, one, standing), trade)


def early(plan: Plan, companies: Companies, alive: Array | None) -> tuple[OneNeed, Array]:
    """A need facing a block, and what everybody has before the last look; -inf for who counts no more."""
    one = OneNeed(plan.question, companies)
    standing = one.standings(based(plan, companies, plan.worth, plan.points))
    if alive is not None:
        standing[~alive] = -np.inf
    return one, standing


def leaders(plan: Plan, one: OneNeed, standing: Array, least: float) -> tuple[Array, Array]:
    """Rows of those who reach `least` with the last look, and their whole standing: fewer after each criterion."""
    left = plan.late_most
    rows = at_least(standing, least - left)
    values = standing[rows]
    for criterion, most in plan.late:
        points = criterion.value(Promising(one, rows))
        values += np.multiply(points, most, out=points)
        left -= float(most)
        still = at_least(values, least - left)
        rows, values = rows[still], values[still]
    for criterion in plan.excluding:
        values[criterion.excludes(Promising(one, rows))] -= np.float32(BEHIND)
    still = at_least(values, least)
    return rows[still], values[still]


def at_least(values: Array, least: float) -> Array:
    return np.flatnonzero(values >= np.float32(least))


def reached(plan: Plan, one: OneNeed, standing: Array, place: int, bar: float) -> float:
    """What the one in this place has at least, if that is more than the bar: those who lead so far get their last look
    to know, twice as many as that."""
    least = max(LEAST, bar - plan.late_most)
    leading = at_least(standing, raised(least, standing, 2 * place))
    return raised(bar, with_late(plan, Promising(one, leading), standing[leading]), place)


def with_late(plan: Plan, view: View, standing: Array) -> Array:
    """The standing with what is looked at last."""
    for criterion, most in plan.late:
        points = criterion.value(view)
        standing += np.multiply(points, most, out=points)
    for criterion in plan.excluding:
        np.subtract(standing, np.float32(BEHIND), out=standing, where=criterion.excludes(view))
    return standing


def based(plan: Plan, companies: Companies, worth: Array, points: Mapping[str, Array]) -> Points:
    """All points there are to look up: by state, and those that figures alone bring for each distinct row of them."""
    found = []
    for traits in companies.traits:
        base = constants(traits) @ worth
        view = TraitsOfNeed(plan.question, traits)
        for row in plan.of_figures:
            criterion = CRITERIA[row]
            if worth[row] and criterion.figure in traits.figures:
                base += worth[row] * np.where(criterion.known(view), criterion.value(view), criterion.neutral)
        found.append(base.astype(np.float32, copy=False))
    return Points(**points, told=found[0], counted=found[1])


_constants: WeakKeyDictionary[Traits, Array] = WeakKeyDictionary()


def constants(traits: Traits) -> Array:
    """What no need changes, a row for each row of figures and a column a criterion: shares where all is told by the
    company alone, else the neutral share where it tells nothing."""
    if traits not in _constants:
        view, columns = TraitsOfNeed(NOTHING, traits), []
        for criterion in CRITERIA:
            of_need = criterion.of_figures and criterion not in ALONE
            if of_need or criterion.figure not in traits.figures:
                columns.append(np.zeros(traits.size))
                continue
            value = criterion.value(view) if criterion in ALONE else 0.0
            columns.append(np.where(criterion.known(view), value, criterion.neutral))
        shape = (traits.size,)
        _constants[traits] = np.stack([np.broadcast_to(one, shape) for one in columns], axis=1).astype(np.float32)
    return _constants[traits]


def exact(pairs: Exact, weights: Weights, most_of: Sequence[Array] = ()) -> Scores:
    """Some pairs, exactly; `most_of` where it is known what each criterion can bring."""
    shape = (len(CRITERIA), pairs.size)
    points, worth, said = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.int8)
    for row, (criterion, most) in enumerate(zip(CRITERIA, most_of or worths(pairs, weights), strict=True)):
        if not most.any():
            continue
        value, known = criterion.value(pairs), criterion.known(pairs)
        worth[row] = most
        points[row] = np.rint(POINT * most * np.where(known, value, criterion.neutral))
        degree = (value >= criterion.partly_from) * 1 + (value >= criterion.met_from)
        said[row] = np.where(known, degree, UNKNOWN)
    eligible = np.ones(pairs.size, bool)
    for criterion in EXCLUDING:
        eligible &= ~criterion.excludes(pairs)
    return Scores(pairs, weights, points, worth, said, eligible)


class Bar:
    """What one must reach to be among the best met so far, in any lane: lanes may read it late, which does no harm."""

    def __init__(self) -> None:
        self.least = LEAST

    def raise_to(self, least: float) -> None:
        self.least = max(self.least, least)


class Finalists:
    """Those of the blocks met so far that may be sought, and hardly more."""

    def __init__(self, plan: Plan, sought: Sought, bar: "Bar") -> None:
        self.plan, self.sought, self.bar = plan, sought, bar
        self.picked: list[Picked] = []
        self.roughs = np.zeros(0, np.float32)

    def meet(self, number: int, companies: Companies, alive: Array | None) -> None:
        one, standing = early(self.plan, companies, alive)
        if len(companies) > FEW * self.sought.most:
            self.bar.raise_to(reached(self.plan, one, standing, self.sought.most, self.bar.least))
        rows, values = leaders(self.plan, one, standing, self.least)
        if self.sought.always:
            rows, values = self.with_named(one, standing, rows, values)
        self.picked.append(Picked.of(one, rows, number))
        self.roughs = np.concatenate([self.roughs, values])
        self.bar.raise_to(raised(LEAST, self.roughs, self.sought.most))

    @property
    def least(self) -> float:
        return max(LEAST, min(self.bar.least, self.sought.floor) - MARGIN)

    def with_named(self, one: OneNeed, standing: Array, rows: Array, values: Array) -> tuple[Array, Array]:
        """And those sought by name, wherever they stand."""
        named = one.companies.rows_of(self.sought.always)
        named = np.setdiff1d(named[standing[named] > -np.inf], rows)
        return np.concatenate([rows, named]), np.concatenate([values, np.full(len(named), -np.inf, np.float32)])


def best_of(plan: Plan, blocks: Sequence[Block], sought: Sought, pool: Executor | None = None) -> Scores:
    """Of all companies those that may be sought, and hardly more, scored exactly; blocks may be met side by side."""
    bar = Bar()
    lanes = [Finalists(plan, sought, bar) for _ in range(LANES)]
    lanes[0].meet(0, *blocks[0])  # the first, a small one, shows the others what it takes
    in_lanes(len(blocks) - 1, lambda number: lanes[number % LANES].meet(number + 1, *blocks[number + 1]), pool)
    roughs = np.concatenate([lane.roughs for lane in lanes])
    least = max(LEAST, min(raised(LEAST, roughs, sought.most), sought.floor) - MARGIN)
    found = Picked.joined([one for lane in lanes for one in lane.picked])
    good = (roughs >= np.float32(least)) | np.isin(found.companies["id"], list(sought.always))
    some = found.at(np.flatnonzero(good))
    return exact(SomeCompanies(plan.question, [companies for companies, _ in blocks], some), plan.weights)


def in_lanes(count: int, work: Callable[[int], Done], pool: Executor | None) -> list[Done]:
    """What is made of each number up to `count`: in turn, or in lanes side by side."""
    if pool is None or count < 2:
        return [work(number) for number in range(count)]

    def lane(first: int) -> list[Done]:
        return [work(number) for number in range(first, count, LANES)]

    return [done for lane_ in pool.map(lane, range(LANES)) for done in lane_]


def raised(bar: float, values: Array, place: int) -> float:
    """What the one in this place from the best has, or a step less, if that is more than the bar; else the bar."""
    return float(kernels.step_of(values, bar, place, STEPS))


_most_of: WeakKeyDictionary[Needs, tuple[Weights, list[Array]]] = WeakKeyDictionary()


def facing_needs(one: OneCompany, weights: Weights) -> Scores:
    """A company against every need."""
    if _most_of.get(one.needs, (None,))[0] != weights:
        _most_of[one.needs] = weights, worths(one, weights)  # the same for all companies
    return exact(one.every(), weights, _most_of[one.needs][1])

"""The score: a plain sum of points, kept as they will be shown.

A need first meets all companies in single precision, which finds those that may be among its best; those are then
looked at exactly. The other way round, a company meets all needs exactly at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.engine.criteria import CRITERIA, EXCLUDING, Criterion
from matching.engine.companies import Companies
from matching.engine.facing import Exact, OneCompany, Picked, SomeCompanies
from matching.engine.lexicon import Array
from matching.engine.pairs import OneNeed, TraitsOfNeed, View
from matching.engine.weights import Weights

ENGINE_VERSION = "2"
TRADE = {"text", "reference", "codes", "near", "code_place"}
POINT = 1_000  # points are whole thousandths: the parts shown add up to the score shown
MARGIN = 0.05  # points that single precision and rounding may be wrong by, and more
BEHIND = 1_000.0  # what is not eligible stands behind all that is, still in the order of scores
SAMPLE = 16
MISSING, PARTLY, MET, UNKNOWN = range(4)


@dataclass(frozen=True, slots=True)
class Rough:
    """A need's standing among a block of companies, true to half a MARGIN."""

    one: OneNeed
    standing: Array


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
        rows = [place for place, criterion in enumerate(CRITERIA) if criterion.code in TRADE]
        found: Array = self.points[rows].sum(axis=0) / POINT / self.worth[rows].sum(axis=0)
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

    def facts(self) -> Array:
        """What shows each answer: a row a pair, the columns in the order of the criteria and their facts."""
        columns = [
            np.broadcast_to(column, (self.pairs.size,))
            for criterion in CRITERIA
            if criterion.facts
            for column in criterion.evidence(self.pairs)
        ]
        return np.stack(columns, axis=1).astype(np.int64)


def worths(view: View, weights: Weights) -> list[Array]:
    """The most points that each criterion can bring: its weight's share among those asked."""
    shares = [weights.weights.get(criterion.code, 0.0) * criterion.asked(view) for criterion in CRITERIA]
    whole = sum(shares, start=np.zeros(1))
    return [100 * share / whole for share in shares]


def rough(one: OneNeed, weights: Weights) -> Rough:
    """A need against a whole block."""
    traits = TraitsOfNeed(one)
    base = np.zeros(traits.size)
    found = None
    for criterion, worth in zip(CRITERIA, worths(one, weights), strict=True):
        if not worth[0]:
            continue
        known = criterion.known(traits)
        if criterion.of_figures:
            base += worth[0] * np.where(known, criterion.value(traits), criterion.neutral)
        else:
            base += worth[0] * criterion.neutral * ~known
            points = criterion.value(one)
            np.multiply(points, np.float32(worth[0]), out=points)
            found = points if found is None else np.add(found, points, out=found)
    standing = base.astype(np.float32).take(one.companies.traits.of, mode="clip")
    if found is not None:
        standing += found
    out = excluded(one)
    if out is not None:
        standing[out] -= np.float32(BEHIND)
    return Rough(one, standing)


def excluded(one: OneNeed) -> Array | None:
    """Whom something eliminatory excludes; None for nobody."""
    found = [criterion.excludes(one) for criterion in EXCLUDING if exacts(one, criterion)]
    return np.logical_or.reduce(found) if found else None


def exacts(view: View, criterion: Criterion) -> bool:
    name = f"{criterion.code}_must"
    must = view.need(name) if criterion.code == "headcount" else view.asks(name)
    return bool((must > 0).any())


def exact(pairs: Exact, weights: Weights) -> Scores:
    """Some pairs, exactly."""
    shape = (len(CRITERIA), pairs.size)
    points, worth, said = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.int8)
    for row, (criterion, most) in enumerate(zip(CRITERIA, worths(pairs, weights), strict=True)):
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


def best_of(blocks: Iterable[Rough], weights: Weights, sought: Sought) -> Scores | None:
    """Of the companies of several blocks those that may be sought, and hardly more, scored exactly; None of none."""
    picked: list[Picked] = []
    roughs: list[Array] = []
    there: list[Companies] = []
    bar, one = -np.inf, None
    for block in blocks:
        one, standing = block.one, block.standing
        bar = raised(bar, standing, sought.most)
        rows = np.flatnonzero(standing >= np.float32(min(bar, sought.floor) - MARGIN))
        if sought.always:
            rows = np.union1d(rows, one.companies.rows_of(sought.always))
        roughs.append(standing[rows])
        picked.append(Picked.of(one, rows, len(there)))
        there.append(one.companies)
        bar = raised(bar, np.concatenate(roughs), sought.most)
    if one is None:
        return None
    good = np.concatenate(roughs) >= np.float32(min(bar, sought.floor) - MARGIN)
    found = Picked.joined(picked)
    if sought.always:
        good |= np.isin(found.companies["id"], list(sought.always))
    return exact(SomeCompanies(one.vectors, one.lexicon, there, found.at(np.flatnonzero(good))), weights)


def raised(bar: float, values: Array, place: int) -> float:
    """The value of the one in this place from the best, if that is more than the bar; else the bar."""
    values = values[values > np.float32(bar)]
    if len(values) >= SAMPLE * place:  # so many of a sample are certainly among the best: the others need no look
        values = values[values >= raised(bar, values[::SAMPLE], place)]
    if len(values) <= place:
        return bar
    return float(np.partition(values, len(values) - place)[len(values) - place])


def facing_needs(one: OneCompany, weights: Weights) -> Scores:
    """A company against every need."""
    return exact(one.at(np.arange(one.size)), weights)

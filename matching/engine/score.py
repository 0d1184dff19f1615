"""The score: a plain sum of points, kept as they will be shown."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.engine.criteria import CRITERIA, EXCLUDING, Criterion
from matching.engine.index import Array
from matching.engine.pairs import Pairs
from matching.engine.weights import Weights

ENGINE_VERSION = "1"
Part = list[Any]
PART = ("criterion", "answer", "points", "max", "evidence")  # the evidence only where there is some
TRADE = {"text", "reference", "codes", "near", "code_place"}
DECIMALS = 3  # points are rounded before they are summed: the parts shown add up to the score shown


@dataclass(frozen=True, slots=True)
class Answers:
    """One criterion over all pairs."""

    criterion: Criterion
    value: Array
    known: Array
    worth: Array  # the most points it could bring; 0 where it is not asked
    points: Array

    def said(self, some: Array) -> list[str]:
        """met, partly, missing or unknown, for each of some pairs."""
        value = self.value[some]
        degree = (value >= self.criterion.partly_from) * 1 + (value >= self.criterion.met_from)
        said: list[str] = np.where(
            self.known[some], np.array(["missing", "partly", "met"])[degree], "unknown"
        ).tolist()
        return said


@dataclass(frozen=True, slots=True)
class Scores:
    """All pairs of one record: arrays in the order of `pairs.ids`."""

    pairs: Pairs
    weights: Weights
    score: Array
    eligible: Array
    answers: tuple[Answers, ...]

    def ranked(self, limit: int | None = None) -> Array:
        """Positions, best first: the eligible before the others, then by score, then by id."""
        order: Array = np.lexsort((self.pairs.ids, -self.score, ~self.eligible))
        return order[:limit]

    def band(self, pair: int) -> str:
        if not entry(self.pairs.company("complete"), pair):
            return "incomplete"
        score = self.score[pair]
        if score < self.weights.good or self.trade(pair) < self.weights.trade:
            return "possible"
        return "strong" if score >= self.weights.strong else "good"

    def trade(self, pair: int) -> float:
        """The share that the company brings of what its trade could bring: the right country is not enough."""
        trade = [one for one in self.answers if one.criterion.code in TRADE]
        points, worth = sum(one.points[pair] for one in trade), sum(entry(one.worth, pair) for one in trade)
        return float(points / worth)

    def parts(self, pair: int) -> list[dict[str, Any]]:
        """One pair's parts by name."""
        return [dict(zip(PART, part, strict=False)) for part in self.parts_of(np.array([pair]))[0]]

    def parts_of(self, some: Array) -> list[list[Part]]:
        """For each of some pairs every criterion asked, in the order of `PART`."""
        parts: list[list[Part]] = [[] for _ in some]
        for one in self.answers:
            worths = np.round(np.broadcast_to(one.worth, (self.pairs.size,))[some], DECIMALS)
            if not worths.any():
                continue
            code, evidence = one.criterion.code, one.criterion.evidence(self.pairs, some)
            told = zip(parts, one.said(some), one.points[some].tolist(), worths.tolist(), evidence, strict=True)
            for row, said, points, worth, shown in told:
                if worth:
                    row.append([code, said, points, worth, shown] if shown else [code, said, points, worth])
        return parts


def score(pairs: Pairs, weights: Weights) -> Scores:
    """Score every pair exactly: each criterion asked takes its weight's share of 100 points."""
    shares = [weights.weights[criterion.code] * criterion.asked(pairs) for criterion in CRITERIA]
    whole = sum(shares, start=np.zeros(1))
    worths = [100 * share / whole for share in shares]
    answers = tuple(answer_all(criterion, pairs, worth) for criterion, worth in zip(CRITERIA, worths, strict=True))
    total = np.zeros(pairs.size)
    for one in answers:
        total += one.points
    eligible = np.ones(pairs.size, bool)
    for criterion in EXCLUDING:
        eligible &= ~criterion.excludes(pairs)
    return Scores(pairs, weights, np.round(total, DECIMALS), eligible, answers)


def answer_all(criterion: Criterion, pairs: Pairs, worth: Array) -> Answers:
    value = np.broadcast_to(criterion.value(pairs), (pairs.size,))
    known = np.broadcast_to(criterion.known(pairs), (pairs.size,))
    value = np.where(known, value, np.maximum(value, criterion.neutral))
    return Answers(criterion, value, known, worth, np.round(worth * value, DECIMALS))


def entry(column: Array, pair: int) -> float:
    """A column's value for a pair, be it one for all or one each."""
    return float(column[pair if len(column) > 1 else 0])

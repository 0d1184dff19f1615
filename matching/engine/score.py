"""The score: a plain sum of points, kept as they will be shown."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.engine.criteria import CRITERIA, EXCLUDING, Criterion
from matching.engine.index import Array
from matching.engine.pairs import Pairs
from matching.engine.weights import Weights

ENGINE_VERSION = "1"
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
        """Each criterion asked: its answer, its points of the most it could bring, and the evidence."""
        return [self._part(answers, pair) for answers in self.answers if entry(answers.worth, pair) > 0]

    def _part(self, answers: Answers, pair: int) -> dict[str, Any]:
        criterion = answers.criterion
        part = {
            "criterion": criterion.code,
            "answer": answer(answers, pair),
            "points": round(float(answers.points[pair]), DECIMALS),
            "max": round(float(entry(answers.worth, pair)), DECIMALS),
        }
        evidence = criterion.evidence(self.pairs, pair)
        return part | {"evidence": evidence} if evidence else part


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


def answer(answers: Answers, pair: int) -> str:
    """met, partly, missing, or unknown."""
    if not answers.known[pair]:
        return "unknown"
    value = answers.value[pair]
    if value >= answers.criterion.met_from:
        return "met"
    return "partly" if value >= answers.criterion.partly_from else "missing"


def entry(column: Array, pair: int) -> float:
    """A column's value for a pair, be it one for all or one each."""
    return float(column[pair if len(column) > 1 else 0])

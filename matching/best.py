"""Which matches are kept: an opportunity's best, those above the floor, and its applicants'."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from django.conf import settings

from matching import features
from matching.engine import Scores
from matching.engine.index import Array
from matching.market import Faced, Market
from matching.models import Application, ApplicationState, Match, Scored
from matching.rows import Row, rows_of

BEHIND = 1_000.0  # what is not eligible stands behind all that is, still in the order of scores


@dataclass(frozen=True, slots=True)
class Best:
    """The rows that an opportunity keeps, and the standing of the last of its best once there are enough of them."""

    rows: list[Row]
    threshold: float | None


@dataclass(slots=True)
class Change:
    """What a company's new scores change."""

    rows: list[Row] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)
    rescore: set[int] = field(default_factory=set)


def standing_of(scores: Scores) -> Array:
    standing: Array = np.where(scores.eligible, scores.score, scores.score - BEHIND)
    return standing


def best_companies(opportunity: int, faced: list[Faced], applicants: set[int]) -> Best:
    """Out of all companies that an opportunity faces, those whose match is kept."""
    ids = np.concatenate([scores.pairs.ids for scores, _ in faced])
    standing = np.concatenate([np.where(alive, standing_of(scores), -np.inf) for scores, alive in faced])
    order = np.lexsort((ids, -standing))
    order = order[standing[order] > -np.inf]
    best, others = order[: settings.MATCHING_TOP_K], order[settings.MATCHING_TOP_K :]
    others = others[(standing[others] >= settings.MATCHING_FLOOR) | np.isin(ids[others], list(applicants))]
    positions = np.concatenate([best, others])
    kept, start = [], 0
    for scores, _alive in faced:
        here = np.sort(positions[(positions >= start) & (positions < start + scores.pairs.size)])
        pairs = [(opportunity, company) for company in ids[here].tolist()]
        kept += rows_of(pairs, scores, here - start)
        start += scores.pairs.size
    return Best(kept, float(standing[best[-1]]) if len(best) == settings.MATCHING_TOP_K else None)


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a company is up against: how many take part, and what it takes to be among each opportunity's best."""

    companies: int
    thresholds: dict[int, float | None]

    @classmethod
    def of(cls, present: Market) -> Self:
        scored = Scored.objects.filter(opportunity__in=features.matched_needs())
        return cls(len(present.companies.revisions), dict(scored.values_list("opportunity", "threshold")))

    @property
    def all_are_kept(self) -> bool:
        return self.companies <= settings.MATCHING_TOP_K

    def change(self, company: int, faced: list[Faced]) -> Change:
        """The rows to write and to drop, and the opportunities whose best are no longer the same companies.

        As long as the best stay at or above the threshold and all others below it, they are the same companies.
        """
        before = {
            opportunity: score if eligible else score - BEHIND
            for opportunity, score, eligible in Match.objects.filter(company=company).values_list(
                "opportunity", "score", "eligible"
            )
        }
        mine = Application.objects.exclude(state=ApplicationState.DRAFT).filter(company=company)
        applied = set(mine.values_list("opportunity", flat=True))
        change = Change()
        for scores, alive in faced:
            standing, keep = standing_of(scores), []
            for position in np.flatnonzero(alive).tolist():
                opportunity = int(scores.pairs.ids[position])
                now, was = float(standing[position]), before.get(opportunity)
                fate = self.fate(opportunity, now, was, applied=opportunity in applied)
                if fate == "keep":
                    keep.append(position)
                elif fate == "drop":
                    change.drop.append(opportunity)
                elif fate == "rescore":
                    change.rescore.add(opportunity)
            kept = np.array(keep, np.int64)
            pairs = [(opportunity, company) for opportunity in scores.pairs.ids[kept].tolist()]
            change.rows += rows_of(pairs, scores, kept)
        return change

    def fate(self, opportunity: int, now: float, was: float | None, *, applied: bool) -> str:
        """What becomes of one pair: "keep", "drop", "rescore" (the opportunity) or "none"."""
        if self.all_are_kept:
            return "keep"
        if opportunity not in self.thresholds:  # never scored: due itself, with all its companies
            return "none"
        threshold = self.thresholds[opportunity]
        if threshold is None or joins_or_leaves(threshold, now, was):
            return "rescore"
        if now >= threshold or now >= settings.MATCHING_FLOOR or applied:
            return "keep"
        return "none" if was is None else "drop"


def joins_or_leaves(threshold: float, now: float, was: float | None) -> bool:
    """Whether the best may now be other companies; on the threshold itself the ids decide, so it counts as a move."""
    if was is None:
        return now >= threshold
    return (now >= threshold) != (was >= threshold) or (now != was and threshold in {now, was})

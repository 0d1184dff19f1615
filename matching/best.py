"""Which matches are kept: an opportunity's best, those above the floor, and its applicants'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from django.conf import settings

from matching import engine, features
from matching.engine import BEHIND, Scores
from matching.engine.lexicon import Array
from matching.market import Faced, Market
from matching.models import Application, ApplicationState, Match, Scored
from matching.rows import Kept


@dataclass(frozen=True, slots=True)
class Best:
    """The matches that an opportunity keeps, and the standing of its last best one once there are enough of them."""

    kept: Kept
    threshold: float | None


@dataclass(slots=True)
class Change:
    """What a company's new scores change."""

    kept: list[Kept] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)
    rescore: set[int] = field(default_factory=set)


def best_companies(opportunity: int, present: Market, applicants: Iterable[int], *, alone: bool = True) -> Best:
    """Out of all companies that an opportunity faces, those whose match is kept."""
    most, floor = settings.MATCHING_TOP_K, settings.MATCHING_FLOOR
    plan = present.plan(opportunity)
    found = present.best(plan, engine.Sought(most, floor, frozenset(applicants)), alone=alone)
    order = found.ranked()
    best, others = order[:most], order[most:]
    named = np.isin(found.pairs.ids[others], list(applicants))
    others = others[(found.standing[others] >= floor) | named]
    scores = found.at(np.concatenate([best, others]))
    ids = scores.pairs.ids
    threshold = float(found.standing[best[-1]]) if len(best) == most else None
    asked = np.flatnonzero(plan.worth).tolist()
    return Best(Kept(np.full(len(ids), opportunity), ids, scores, asked), threshold)


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a company is up against: how many take part, and what it takes to be among each opportunity's best."""

    companies: int
    thresholds: Mapping[int, float | None]

    @classmethod
    def of(cls, present: Market) -> Self:
        """Of the opportunities that are not due themselves."""
        scored = Scored.objects.filter(opportunity__in=features.matched_needs(), weights_version=present.version)
        found = scored.values_list("opportunity", "revision", "threshold")
        now = present.needs.revisions
        return cls(present.companies.count, {pk: least for pk, revision, least in found if now.get(pk) == revision})

    @property
    def all_are_kept(self) -> bool:
        return self.companies <= settings.MATCHING_TOP_K

    def change(self, company: int, faced: list[Faced]) -> Change:
        """The matches to write and to drop, and the opportunities whose best are no longer the same companies.

        As long as the best stay at or above the threshold and all others below it, they are the same companies.
        """
        fields = ("opportunity", "score", "eligible")
        rows = Match.objects.filter(company=company).values_list(*fields)
        before = {pk: score if eligible else score - BEHIND for pk, score, eligible in rows}
        mine = Application.objects.exclude(state=ApplicationState.DRAFT).filter(company=company)
        applied = set(mine.values_list("opportunity", flat=True))
        change = Change()
        for scores, alive in faced:
            keep = []
            telling = self.worth_a_look(scores, alive, before, applied)
            for position, standing in zip(telling.tolist(), scores.standing[telling].tolist(), strict=True):
                opportunity = int(scores.pairs.ids[position])
                fate = self.fate(opportunity, standing, before.get(opportunity), applied=opportunity in applied)
                if fate == "keep":
                    keep.append(position)
                elif fate == "drop":
                    change.drop.append(opportunity)
                elif fate == "rescore":
                    change.rescore.add(opportunity)
            change.kept += by_shape(company, scores, np.array(keep, np.int64))
        return change

    def worth_a_look(self, scores: Scores, alive: Array, before: Mapping[int, float], applied: set[int]) -> Array:
        """Where anything may have to be done: millions of pairs are far from it."""
        if self.all_are_kept:
            return np.flatnonzero(alive)
        ids = scores.pairs.ids
        known = [self.thresholds.get(pk, np.inf) for pk in ids.tolist()]
        least = np.array([-np.inf if one is None else one for one in known])
        near = (scores.standing >= least) | (scores.standing >= settings.MATCHING_FLOOR)
        found: Array = np.flatnonzero(alive & (near | np.isin(ids, [*before, *applied])))
        return found

    def fate(self, opportunity: int, now: float, was: float | None, *, applied: bool) -> str:
        """What becomes of one pair: "keep", "drop", "rescore" (the opportunity) or "none"."""
        if opportunity not in self.thresholds:  # due itself, with all its companies
            return "none"
        if self.all_are_kept:
            return "keep"
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


def by_shape(company: int, scores: Scores, positions: Array) -> list[Kept]:
    """Some pairs of a company, together where the needs ask the same criteria."""
    if not len(positions):
        return []
    asked = scores.worth[:, positions] > 0
    shapes, number = np.unique(asked, axis=1, return_inverse=True)
    found = []
    for shape in range(shapes.shape[1]):
        some = scores.at(positions[number.ravel() == shape])
        opportunities = some.pairs.ids
        companies = np.full(len(opportunities), company)
        found.append(Kept(opportunities, companies, some, np.flatnonzero(shapes[:, shape]).tolist()))
    return found

"""A small correction of the weights, learnt from decisions. For a command: its numeric libraries stay out of pages.

Within an opportunity what a group kept should score above what it declined; for a company, what it applied to above
what it hid. What nobody saw says nothing. Two models, one a side, start at the published weights and stay near: none
negative, none further than a quarter. The published rule: two parts of the group's for one part of the company's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import minimize

from matching.models import Action

Kind = Action.Kind
Shares = Mapping[str, float]
Pair = tuple[Shares, Shares]  # the better, the worse
STEP = 0.25
SHRINK = 20.0  # how many pairs speak as loud as the published weights
GROUP_PART = 2 / 3
GROUP = (frozenset({Kind.SHORTLISTED, Kind.ACCEPTED, Kind.WON}), frozenset({Kind.DECLINED}))
COMPANY = (frozenset({Kind.APPLIED}), frozenset({Kind.DISMISSED}))


@dataclass(frozen=True, slots=True)
class Learnt:
    weights: dict[str, float]
    count: int


def pairs() -> tuple[list[Pair], list[Pair]]:
    """What groups preferred within an opportunity, and what companies preferred."""
    return compared(*GROUP, lambda action: action.opportunity_id), compared(*COMPANY, lambda action: action.company_id)


def compared(good: frozenset[Kind], bad: frozenset[Kind], by: Callable[[Action], int]) -> list[Pair]:
    """Every better and worse of the same group or company; the last word on each pair counts."""
    last: dict[tuple[int, int], Action] = {}
    for action in Action.objects.filter(kind__in=good | bad).exclude(parts=[]).order_by("pk"):
        last[action.opportunity_id, action.company_id] = action
    sides: dict[int, tuple[list[Shares], list[Shares]]] = {}
    for action in last.values():
        sides.setdefault(by(action), ([], []))[action.kind in bad].append(shares(action))
    return [pair for better, worse in sides.values() for pair in product(better, worse)]


def shares(action: Action) -> Shares:
    return {part["criterion"]: part["points"] / part["max"] for part in action.answers if part["max"]}


def learn(published: Mapping[str, float], sides: tuple[Sequence[Pair], Sequence[Pair]]) -> Learnt:
    """Both sides' models by the published rule; a side that has no pairs leaves the other alone."""
    group, company = sides
    fitted = [(GROUP_PART, fit(published, group))] if group else []
    fitted += [(1 - GROUP_PART, fit(published, company))] if company else []
    total = sum(part for part, _ in fitted)
    mixed = {
        criterion: sum(part * found[criterion] for part, found in fitted) / total if fitted else weight
        for criterion, weight in published.items()
    }
    return Learnt({criterion: round(weight, 4) for criterion, weight in mixed.items()}, len(group) + len(company))


def fit(published: Mapping[str, float], some: Sequence[Pair]) -> dict[str, float]:
    """The weights that put the better above the worse, as near to the published ones as noise asks."""
    criteria = sorted(criterion for criterion, weight in published.items() if weight > 0)
    start = np.array([published[criterion] for criterion in criteria])
    rows = [[better.get(c, 0.0) - worse.get(c, 0.0) for c in criteria] for better, worse in some]
    apart = np.array(rows)

    def loss(moves: np.ndarray) -> tuple[float, np.ndarray]:
        margins = apart @ (start * (1 + moves))
        slope = -(apart * start).T @ (1 / (1 + np.exp(margins)))
        return float(np.logaddexp(0, -margins).sum() + SHRINK * (moves**2).sum()), slope + 2 * SHRINK * moves

    best = minimize(loss, np.zeros(len(start)), jac=True, method="L-BFGS-B", bounds=[(-STEP, STEP)] * len(start))
    return {**published, **dict(zip(criteria, (start * (1 + best.x)).tolist(), strict=True))}

"""How many companies a need would reach: counted over all of them at once."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from matching.engine.companies import Companies
from matching.engine.facing import Picked, SomeCompanies
from matching.engine.lexicon import Array
from matching.engine.needs import BANDED, FAMILIES, SECTORS
from matching.engine.score import BEHIND, MARGIN, Block, Plan, exact, in_lanes, rough

Excluding = tuple[str, str]  # ("certifications", "iso-9001"), ("headcount", ""), ("sectors", "")


@dataclass(slots=True)
class Audience:
    companies: int = 0
    eligible: int = 0
    strong: int = 0
    excluded: dict[Excluding, int] = field(default_factory=dict)  # by each eliminatory criterion, whatever others do
    having: dict[Excluding, int] = field(default_factory=dict)  # eligible ones that are known to meet each wish

    def __add__(self, other: "Audience") -> "Audience":
        excluded = {key: self.excluded.get(key, 0) + other.excluded.get(key, 0) for key in other.excluded}
        having = {key: self.having.get(key, 0) + other.having.get(key, 0) for key in other.having}
        return Audience(
            self.companies + other.companies,
            self.eligible + other.eligible,
            self.strong + other.strong,
            self.excluded | excluded,
            self.having | having,
        )


def audience(plan: Plan, blocks: Sequence[Block], pool: Executor | None = None) -> Audience:
    """The need's audience among the companies of all blocks; counts are exact."""
    found = in_lanes(len(blocks), lambda number: of_block(plan, *blocks[number]), pool)
    return sum(found, start=Audience())


def of_block(plan: Plan, companies: Companies, alive: Array | None) -> Audience:
    met = rough(plan, companies, alive)
    standing = met.standing
    eligible = standing > -BEHIND / 2
    complete = companies.figure("complete") > 0
    weights = plan.weights
    near = MARGIN / max(1.0, plan.trade)  # points, as a share of what trade can bring
    may = complete & (standing >= weights.strong - MARGIN) & (met.trade >= weights.trade - near)
    sure = may & (standing >= weights.strong + MARGIN) & (met.trade >= weights.trade + near)
    doubtful = np.flatnonzero(may & ~sure)
    strong = int(sure.sum())
    if len(doubtful):
        some = SomeCompanies(plan.question, [companies], Picked.of(met.one, doubtful, 0))
        strong += int((exact(some, weights).bands == "strong").sum())
    there = len(companies) if alive is None else int(alive.sum())
    return Audience(
        there, int(eligible.sum()), strong, excluded_by(plan, companies, alive), having(plan, companies, eligible)
    )


def having(plan: Plan, companies: Companies, eligible: Array) -> dict[Excluding, int]:
    vectors = plan.question.vectors
    wishes = [(family, code) for family in FAMILIES for code in vectors.asked[family]]
    found: dict[Excluding, int] = {}
    for family, code in wishes:
        if code in vectors.must[family]:
            continue
        found[family, code] = int(eligible[holders(plan, companies, family, code)].sum())
    for name in BANDED:
        least = vectors.figures[name]
        if least >= 0 and not vectors.figures[f"{name}_must"]:
            found[name, ""] = int((eligible & (companies.figure(name) >= least)).sum())
    return found


def holders(plan: Plan, companies: Companies, family: str, code: str) -> Array:
    """The rows of those that have a thing."""
    question = plan.question
    if family == SECTORS:
        return np.flatnonzero(companies.named["codes"].bits(question.sectors_named([code])))
    number = question.lexicon.find("thing", code)
    return companies.lists[family].rows_of(-1 if number is None else number)


def excluded_by(plan: Plan, companies: Companies, alive: Array | None) -> dict[Excluding, int]:
    vectors = plan.question.vectors
    found: dict[Excluding, int] = {}
    for family in FAMILIES:
        if not vectors.must[family]:
            continue
        tell = companies.figure(f"knows_{family}") > 0
        if alive is not None:
            tell &= alive
        if family == SECTORS:  # all of them exclude together
            in_none = plan.question.sectors_of("sectors_must", companies.named["codes"]) == 0
            found[family, ""] = int((tell & in_none).sum())
            continue
        for code in vectors.must[family]:
            found[family, code] = int(tell.sum()) - int(tell[holders(plan, companies, family, code)].sum())
    for name in BANDED:
        if vectors.figures[f"{name}_must"]:
            size = companies.figure(name)
            short = (size >= 0) & (size < vectors.figures[name])
            found[name, ""] = int((short if alive is None else short & alive).sum())
    return found

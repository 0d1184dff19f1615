"""What a version of the weights would change: stored parts weighed anew, a batch of opportunities at a time.

Each part's share (points of its most points) does not depend on the weights, so that no engine is needed. A batch is
one transaction that keeps its findings in the report: a worker lost in the middle resumes where it was.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from matching import meanings, metrics, weights
from matching.models import Band, Match, SimulationReport, WeightsVersion
from opportunities.models import Opportunity

logger = logging.getLogger(__name__)
SAMPLE = 1000  # open opportunities, the latest
BATCH = 50
CHANGES = 50
TOP = 10
STEP = 0.25  # a learnt version moves no weight further
GOOD = frozenset({"shortlisted", "accepted", "won"})  # an Action's kinds
BAD = frozenset({"declined"})
Part = Mapping[str, Any]
Numbers = Mapping[str, Any]


def points(answers: Iterable[Part], numbers: Numbers) -> dict[str, float]:
    """The points of each part under these weights; a part that weighed nothing tells no share and is left out."""
    shares = {part["criterion"]: part["points"] / part["max"] for part in answers if part["max"]}
    worth = {criterion: numbers["weights"].get(criterion, 0.0) for criterion in shares}
    total = sum(worth.values()) or 1.0
    return {criterion: 100 * worth[criterion] / total * share for criterion, share in shares.items()}


def band(match: Match, found: Mapping[str, float], numbers: Numbers) -> str:
    """As the engine says it; what is to be completed stays so."""
    if match.band == Band.INCOMPLETE:
        return match.band
    total = sum(numbers["weights"].get(criterion, 0.0) for criterion in found) or 1.0
    trade = [criterion for criterion in found if criterion in meanings.TRADE]
    most = sum(100 * numbers["weights"].get(criterion, 0.0) / total for criterion in trade)
    proven = most > 0 and sum(found[criterion] for criterion in trade) / most >= numbers["trade"]
    score = sum(found.values())
    if not proven or score < numbers["good"]:
        return Band.POSSIBLE
    return Band.STRONG if score >= numbers["strong"] else Band.GOOD


def ask(version: WeightsVersion, *, by: User, bench: str = "") -> SimulationReport:
    """A report to compute; the one that is under way, or done, for the same numbers is given again.

    `bench` names a folder of real awards, whose figures stand in the report, too.
    """
    weights.editor(by)
    return open_report(version, by=by, bench=bench)


def open_report(version: WeightsVersion, *, by: User | None, bench: str = "") -> SimulationReport:
    with transaction.atomic():
        in_force = weights.lock(version)
        report = version.reports.filter(error="", signed_at=None, bench=bench).first()
        if report and report.against_id == in_force.pk and report.numbers == version.numbers():
            return report
        numbers = version.numbers()
        return SimulationReport.objects.create(
            version=version, against=in_force, numbers=numbers, bench=bench, created_by=by
        )


def run(report_id: int) -> None:
    """Compute a report to its end. Run twice, even at once, it is computed once; one that fails says so, and ends."""
    try:
        while batch(report_id):
            pass
    except OperationalError:  # the database went away: the next bell goes on from the last batch
        raise
    except Exception as problem:
        logger.exception("The simulation %s failed", report_id)
        failed = SimulationReport.objects.due().filter(pk=report_id)
        failed.update(error=f"{type(problem).__name__}: {problem}"[:500], finished_at=timezone.now())


def batch(report_id: int) -> bool:
    """The next batch of a report; False when none is left, or when another worker is at it."""
    with transaction.atomic():
        rows = SimulationReport.objects.due().select_for_update(of=("self",), skip_locked=True)
        report = rows.select_related("version", "against").filter(pk=report_id).first()
        if report is None:
            return False
        data = report.data or begin()
        for opportunity in data["todo"][:BATCH]:
            weigh(opportunity, report, data)
        data["todo"] = data["todo"][BATCH:]
        report.data, report.progress = data, 100 - 100 * len(data["todo"]) // (data["opportunities"] or 1)
        if not data["todo"]:
            finish(report)
        report.save(update_fields=["data", "progress", "finished_at"])
    return report.finished_at is None


def begin() -> dict[str, Any]:
    todo = list(Opportunity.objects.open().order_by("-pk").values_list("pk", flat=True)[:SAMPLE])
    return {"todo": todo, "opportunities": len(todo), "changes": [], "bands": {}, "tops": [{}, {}]}


def weigh(opportunity: int, report: SimulationReport, data: dict[str, Any]) -> None:
    """One opportunity's matches under both versions: ranks, bands and who comes first."""
    found = []
    bands = Counter(data["bands"])
    both = (report.against.numbers(), report.numbers)
    matches = Match.objects.filter(opportunity=opportunity, eligible=True)
    for match in matches.select_related("company").only("company__name", "opportunity_id", "band", *Match.NUMBERS):
        old, new = (points(match.answers, numbers) for numbers in both)
        found.append((match, old, new))
        before, after = (band(match, *one) for one in zip((old, new), both, strict=True))
        if before != after:
            bands[f"{before} {after}"] += 1
    orders = [
        ranks([(match.company_id, sum(old.values())) for match, old, _ in found]),
        ranks([(match.company_id, sum(new.values())) for match, _, new in found]),
    ]
    for order, tops in zip(orders, data["tops"], strict=True):
        for company, rank in order.items():
            if rank <= TOP:
                tops[str(company)] = tops.get(str(company), 0) + 1
    data["bands"] = dict(bands)
    rows = [
        {
            "opportunity": opportunity,
            "company": match.company.name,
            "before": orders[0][match.company_id],
            "after": orders[1][match.company_id],
            "criterion": max(old, key=lambda c: abs(new[c] - old[c]), default=""),
        }
        for match, old, new in found
        if orders[0][match.company_id] != orders[1][match.company_id]
    ]
    data["changes"] = sorted([*data["changes"], *rows], key=lambda row: -abs(row["after"] - row["before"]))[:CHANGES]


def ranks(scores: Sequence[tuple[int, float]]) -> dict[int, int]:
    """{company: rank}: by score, then by id."""
    ordered = sorted(scores, key=lambda row: (-round(row[1], 6), row[0]))
    return {company: rank for rank, (company, _) in enumerate(ordered, 1)}


def finish(report: SimulationReport) -> None:
    """The figures that need the whole, and the gate."""
    data = report.data
    data["decisions"] = decided([report.against.numbers(), report.numbers])
    data["fairness"] = [fairness(tops) for tops in data.pop("tops")]
    data["unseen"] = unseen(report.against.weights, report.numbers["weights"])
    if report.bench:
        data["bench"] = on_bench(report)
    data["gate"] = gate(report)
    report.finished_at = timezone.now()


def unseen(old: Mapping[str, float], new: Mapping[str, float]) -> list[str]:
    """Criteria that weighed nothing so far: matches keep nothing of them, and this report cannot tell their effect."""
    return sorted(criterion for criterion, weight in new.items() if weight and not old.get(criterion))


def on_bench(report: SimulationReport) -> list[dict[str, metrics.Figure]]:
    """Figures of both versions on real awards, those that weigh nothing so far included."""
    from matching.management.commands.rank_bench import headline  # the engine: not for the web process

    return headline(Path(report.bench), [report.against.numbers(), report.numbers])


def fairness(tops: Mapping[str, int]) -> dict[str, float]:
    """How many companies are among the first ten of anything, and what share of places the most shown 1 % hold."""
    shown = sorted(tops.values(), reverse=True)
    few = shown[: max(1, len(shown) // 100)]
    return {"companies": len(shown), "top_share": round(sum(few) / sum(shown), 4) if shown else 0.0}


def decided(both: Sequence[Numbers]) -> dict[str, Any]:
    """Per opportunity, how often one that the group kept scores above one that it declined, under each version."""
    from matching.models import Action  # here: the admin reads this module before decisions are kept

    by_opportunity: dict[int, dict[int, Action]] = {}
    for action in Action.objects.filter(kind__in=GOOD | BAD).exclude(parts=[]).order_by("pk"):
        by_opportunity.setdefault(action.opportunity_id, {})[action.company_id] = action  # the last word
    values: list[list[float]] = [[], []]
    for actions in by_opportunity.values():
        for side, numbers in enumerate(both):
            scored = [
                (action.kind in GOOD, sum(points(action.answers, numbers).values())) for action in actions.values()
            ]
            value = metrics.auc(
                [score for good, score in scored if good], [score for good, score in scored if not good]
            )
            if value is not None:
                values[side].append(value)
    return {"before": metrics.figure(values[0]), "after": metrics.figure(values[1]), "loss": metrics.is_loss(*values)}


def gate(report: SimulationReport) -> list[dict[str, Any]]:
    """What must hold before this version takes over; a failed check wants a written reason."""
    old, new = report.against.weights, report.numbers["weights"]
    before, after = report.data["fairness"]
    learnt = report.version.origin == WeightsVersion.Origin.LEARNT
    near = all(abs(new.get(c, 0) - old.get(c, 0)) <= STEP * old.get(c, 0) + 1e-9 for c in {*old, *new})
    decisions = report.data["decisions"]
    checks = {
        "positive": all(value >= 0 for value in new.values()),
        "step": near or not learnt,
        "decided": decisions["after"].size > 0,
        "decisions": not decisions["loss"],
        "coverage": after["companies"] >= before["companies"],
        "concentration": after["top_share"] <= before["top_share"],
    }
    return [{"check": name, "passed": passed} for name, passed in checks.items()]

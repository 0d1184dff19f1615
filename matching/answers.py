"""A match's numbers read as answers, by the legend of the need that they were reckoned for. No engine, no query."""

from collections.abc import Mapping, Sequence
from typing import Any

from opportunities.models import Criterion

ANSWERS = ("missing", "partly", "met", "unknown")  # two bits each, the first criterion's lowest
POINT = 1_000  # points are kept in thousandths
SALES = -2  # instead of a reference

Legend = Mapping[str, Any]
Answer = dict[str, Any]


def read(legend: Legend, points: Sequence[int], said: int, facts: Sequence[int]) -> list[Answer]:
    """Each criterion asked: its answer, its points of the most it could bring, and what shows it.

    {"criterion": "place", "answer": "met", "points": 9.5, "max": 12.1, "evidence": {"work": "r12", "place": "MA"}}
    """
    answers, left = [], list(facts)
    for number, (criterion, most, names) in enumerate(legend["criteria"]):
        answer: Answer = {
            "criterion": criterion,
            "answer": ANSWERS[said >> 2 * number & 3],
            "points": points[number] / POINT,
            "max": most / POINT,
        }
        evidence: dict[str, Any] = {}
        for name in names:
            evidence |= fact(legend, criterion, name, left.pop(0))
        if criterion in Criterion.BANDED and legend["must"].get(criterion):
            evidence["must"] = True
        if evidence:
            answer["evidence"] = evidence
        answers.append(answer)
    return answers


def fact(legend: Legend, criterion: str, name: str, value: int) -> dict[str, Any]:
    if name == "words":
        found = chosen(legend["words"][criterion], value)
        return {"words": found} if found else {}
    if name == "work":
        return {"work": "x" if value == SALES else f"r{value}"} if value != -1 else {}
    if name == "count":
        return {"count": value}
    if name == "has":
        asked = legend["asked"].get(criterion, [])
        has = chosen(asked, value)
        lacks = [code for code in asked if code not in has]
        must = legend["must"].get(criterion, [])
        return {key: codes for key, codes in (("has", has), ("lacks", lacks), ("must", must)) if codes}
    nodes = legend["nodes"][name]
    key = "place" if name == "wish" else name
    return {key: nodes[value - 1].rstrip("*")} if value else {}


def absent(answer: Mapping[str, Any]) -> list[str]:
    """What is exacted by name and known to be absent; of several sectors one is enough."""
    evidence = answer.get("evidence", {})
    must = set(evidence.get("must", []))
    if answer["criterion"] == "sectors" and not must.isdisjoint(evidence.get("has", [])):
        return []
    return [code for code in evidence.get("lacks", []) if code in must]


def chosen(names: Sequence[str], bits: int) -> list[str]:
    return [name for place, name in enumerate(names) if bits >> place & 1]

"""How well several companies fit an opportunity together: criterion by criterion, the best of their stored answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from accounts.models import Organisation
from matching import explain
from matching.models import Match
from matching.phrases import PHRASES

ANSWERED = ("missing", "unknown", "partly", "met")  # from the least to the most


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion: the best answer among them, and who gives it."""

    criterion: str | Promise
    answer: str
    answer_label: str | Promise
    points: float
    max: float
    who: str
    only: bool  # nobody else of them answers as well


@dataclass(frozen=True, slots=True)
class Member:
    company: Organisation
    fit: explain.Fit | None
    met: int


@dataclass(frozen=True, slots=True)
class Union:
    members: list[Member]
    lines: list[Line]
    score: float
    met: int
    best_alone: int  # criteria met by the one of them that meets most

    @property
    def gain(self) -> int:
        """Criteria that they meet together, beyond the best of them alone."""
        return self.met - self.best_alone

    @property
    def asked(self) -> int:
        return len(self.lines)


def of(opportunity_id: int, companies: Sequence[Organisation], side: str) -> Union:
    """One query, whatever their number."""
    found = Match.objects.filter(opportunity=opportunity_id, company__in=companies)
    matches = {match.company_id: match for match in found}
    answers = {company.pk: _answers(matches.get(company.pk)) for company in companies}
    lines = [_line(code, companies, answers) for code in _codes(answers.values())]
    members = [
        Member(
            company,
            explain.fit(matches[company.pk], side) if company.pk in matches else None,
            sum(part["answer"] == "met" for part in answers[company.pk].values()),
        )
        for company in companies
    ]
    met = sum(line.answer == "met" for line in lines)
    score = min(100.0, sum(line.points for line in lines))
    return Union(members, lines, score, met, max((member.met for member in members), default=0))


def _answers(match: Match | None) -> dict[str, dict[str, Any]]:
    parts = match.answers if match else []
    return {part["criterion"]: part for part in parts if part["criterion"] in PHRASES}


def _codes(answers: Any) -> list[str]:
    """Every criterion asked, in the order of the table."""
    return list(dict.fromkeys(code for parts in answers for code in parts))


def _line(code: str, companies: Sequence[Organisation], answers: Mapping[int, Mapping[str, dict[str, Any]]]) -> Line:
    known = [(answers[company.pk][code], company) for company in companies if code in answers[company.pk]]
    ranked = sorted(known, key=lambda pair: (-ANSWERED.index(pair[0]["answer"]), -pair[0]["points"]))
    part, company = ranked[0]
    equals = [other for other, _company in ranked if other["answer"] == part["answer"]]
    answered = part["answer"] in {"met", "partly"}
    return Line(
        criterion=PHRASES[code].label,
        answer=part["answer"],
        answer_label=explain.ANSWERS[part["answer"]],
        points=max(other["points"] for other, _company in known),
        max=part["max"],
        who=company.name if answered else "",
        only=answered and len(equals) == 1 and len(companies) > 1,
    )

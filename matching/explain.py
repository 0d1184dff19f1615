"""A match in words, for either side: "sme" reads about itself, "group" about the company.

Made from the stored parts alone, in the active language; the phrases are in `phrases.py`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import gaps
from accounts.models import Reference
from matching.answers import absent
from matching.models import Band, Match
from matching.phrases import PHRASES, Part, Reader, question, told
from matching.unlocks import TOPIC_OF
from opportunities.models import Criterion

READ = ("band", "score", "eligible", *Match.NUMBERS)  # what a fit is made of
SHOWN_REASONS = 3
NO_REASON = 9
RANK = {"met": 1, "partly": 2, "unknown": 4, "missing": NO_REASON}
RANK_OF_A_DETAIL = {"met": 3, "partly": NO_REASON, "unknown": 5, "missing": NO_REASON}
ORDER = (
    "reference", "code_place", "codes", "certifications", "experience", "sectors", "place", "near", "wanted", "text",
    "kind", "languages", "maturity", "headcount", "volume",
)  # fmt: skip
DETAILS = ORDER[-5:]
ANSWERS: Mapping[str, str | Promise] = {
    "met": gettext_lazy("Oui"),
    "partly": gettext_lazy("En partie"),
    "missing": gettext_lazy("Non"),
    "unknown": gettext_lazy("À préciser"),
}
BANDS: Mapping[str, str | Promise] = {
    Band.STRONG: gettext_lazy("Adéquation forte"),
    Band.GOOD: gettext_lazy("Bonne adéquation"),
    Band.POSSIBLE: gettext_lazy("Adéquation possible"),
    Band.INCOMPLETE: gettext_lazy("Profil à compléter"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    answer: str
    text: str


@dataclass(frozen=True, slots=True)
class Fit:
    """A match as a card shows it."""

    band: str
    band_label: str | Promise
    score: float
    eligible: bool
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Question:
    """What the profile leaves open, asked of its company; the section of the profile that answers it, and where."""

    text: str
    section: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a criterion, its answer and points, what shows it or what to ask, where to correct it."""

    code: str
    criterion: str | Promise
    answer: str
    answer_label: str | Promise
    points: float
    max: float
    evidence: str
    question: str
    url: str


def fit(match: Match, side: str) -> Fit:
    return Fit(match.band, BANDS[match.band], match.score, match.eligible, reasons(match, side))


def reasons(match: Match, side: str, limit: int = SHOWN_REASONS) -> list[Reason]:
    """The few things that decide: what excludes, then what speaks for it, then what to ask. No query."""
    reader = Reader(side == "sme", {})
    incomplete = match.band == Band.INCOMPLETE
    answers = match.answers
    weights = {part["criterion"]: importance(part, incomplete=incomplete) for part in answers}
    if weights.get("code_place", (NO_REASON, 0))[0] == RANK["met"]:
        weights["place"] = NO_REASON, 0  # it would say half of the same
    if weights.get("experience", (NO_REASON, 0))[0] == RANK["met"]:
        weights["place"] = NO_REASON, 0
    if told_by_trade(answers):
        weights["sectors"] = NO_REASON, 0
    telling = [part for part in answers if weights[part["criterion"]][0] < NO_REASON]
    said: dict[str, str] = {}  # two criteria may ask the same
    for part in sorted(telling, key=lambda part: weights[part["criterion"]]):
        if len(said) == limit:
            break
        said.setdefault(sentence(part, reader), part["answer"])
    if not said:  # every score has its reason
        said = {sentence(part, reader): part["answer"] for part in answers if part["criterion"] == "text"}
    return [Reason(answer, text) for text, answer in said.items()]


def told_by_trade(answers: Iterable[Part]) -> bool:
    """Whether the trade in common is no finer than a sector asked by name, all of which are met."""
    parts = {part["criterion"]: part for part in answers if part["answer"] == "met"}
    named = parts.get("sectors", {}).get("evidence", {}).get("has", [])
    return parts.get("codes", {}).get("evidence", {}).get("code", "") in {f"sector:{code}" for code in named}


def rows(match: Match, side: str, *, correct: bool = True) -> list[Row]:
    """The whole table; one query, for the titles of the references it names. `correct`: by who may edit."""
    return tables([match], side, correct=correct)[match.company_id]


def tables(matches: Collection[Match], side: str, *, correct: bool = True) -> dict[int, list[Row]]:
    """The tables of several companies, by company; one query for all."""
    named = titles(matches, side)
    found = {}
    for match in matches:
        reader = Reader(side == "sme", named[match.company_id])
        parts = [part for part in match.answers if part["criterion"] in PHRASES]
        found[match.company_id] = [row(part, reader, correct=correct) for part in parts]
    return found


def questions(match: Match) -> list[Question]:
    """What its company may still answer, in words; two criteria may ask the same. No query."""
    reader = Reader(True, {})
    unknown = [part for part in match.answers if part["answer"] == "unknown" and part["criterion"] in PHRASES]
    asked = {question(part, reader): part["criterion"] for part in unknown}
    found = [Question(text, PHRASES[code].section, TOPIC_OF.get(code, "")) for text, code in asked.items()]
    return [one for one in found if one.section]


def row(part: Part, reader: Reader, *, correct: bool) -> Row:
    phrase, answer = PHRASES[part["criterion"]], part["answer"]
    unknown = answer == "unknown"
    mended = correct and reader.is_sme and answer != "met" and phrase.section
    return Row(
        code=part["criterion"],
        criterion=phrase.label,
        answer=answer,
        answer_label=ANSWERS[answer],
        points=part["points"],
        max=part["max"],
        evidence="" if unknown else told(part, reader),
        question=question(part, reader) if unknown else "",
        url=gaps.where(TOPIC_OF.get(part["criterion"], ""), phrase.section) if mended else "",
    )


def sentence(part: Part, reader: Reader) -> str:
    return question(part, reader) if part["answer"] == "unknown" else told(part, reader)


def importance(part: Part, *, incomplete: bool) -> tuple[int, int]:
    """The smaller, the more it counts among reasons."""
    known = part["answer"] != "unknown"
    if known and excludes(part):
        return -1, 0
    if part["criterion"] not in ORDER:  # worth points, never a reason
        return NO_REASON, 0
    if incomplete and not known:
        return 0, ORDER.index(part["criterion"])
    rank = RANK_OF_A_DETAIL if part["criterion"] in DETAILS else RANK
    return rank[part["answer"]], ORDER.index(part["criterion"])


def excludes(part: Part) -> bool:
    """Whether something exacted is known to be absent. Of a figure the evidence says only that it is exacted."""
    if part["criterion"] in Criterion.BANDED:
        return bool(part.get("evidence", {}).get("must")) and part["answer"] != "met"
    return bool(absent(part))


def titles(matches: Iterable[Match], side: str) -> dict[int, dict[int, str]]:
    """{company: titles of its references that its match names}; a group sees those that may be shared."""
    named: dict[int, dict[int, str]] = {}
    ids = []
    for match in matches:
        named[match.company_id] = {}
        works = {part.get("evidence", {}).get("work", "") for part in match.answers}
        ids += [int(work[1:]) for work in works if work.startswith("r")]
    if ids:
        there = Reference.objects.filter(pk__in=ids, profile__organisation__in=named)
        seen = there if side == "sme" else there.filter(shareable=True)
        for company, pk, title in seen.values_list("profile__organisation", "pk", "title"):
            named[company][pk] = title
    return named

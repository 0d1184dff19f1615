"""What an opportunity says beside its texts, in words: the fields of its kind, and what it asks of the SME."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import taxonomy
from opportunities.amounts import Amount
from opportunities.kinds import Field
from opportunities.models import Criterion, Opportunity
from pacte.days import date_format


@dataclass(frozen=True, slots=True)
class Fact:
    label: str | Promise
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    text: str
    must: bool


def announcement(opportunity: Opportunity) -> dict[str, Any]:
    """All that templates/opportunities/announcement.html says of it, for whoever reads."""
    language = get_language() or "fr"
    return {
        "places": ", ".join(taxonomy.label("place", code) for code in opportunity.places),
        "sectors": ", ".join(taxonomy.label("sector", code) for code in opportunity.sectors),
        "amount": amount(opportunity),
        "language": language,
        "foreign": opportunity.language != language,
        "details": details(opportunity),
        "wanted": wanted(opportunity),
        "files": list(opportunity.attachments.listed().shown()),
        "questions": opportunity.questions,
        "enquiries": list(opportunity.enquiries.answered().values("text", "answer")),
    }


def amount(opportunity: Opportunity) -> str:
    """What SMEs may read of it: nothing without its group's consent."""
    is_said = opportunity.amount_shared or opportunity.amount == Amount.UNDISCLOSED
    return str(opportunity.get_amount_display()) if is_said else ""


def details(opportunity: Opportunity) -> list[Fact]:
    """The fields of its kind that have been filled, in the form's order."""
    filled = [(field, opportunity.details.get(field.name)) for field in opportunity.spec.fields]
    return [
        Fact(field.label, _worded(field, value), value if field.type == "url" else "")
        for field, value in filled
        if value not in (None, "", [])
    ]


def _worded(field: Field, value: Any) -> str:
    options = dict(field.options)
    worded: Mapping[str, Callable[[], str]] = {
        "date": lambda: date_format(date.fromisoformat(value), "j F Y"),
        "boolean": lambda: _("oui") if value else _("non"),
        "choice": lambda: str(options.get(value, value)),
        "choices": lambda: ", ".join(str(options.get(one, one)) for one in value),
    }
    return worded.get(field.type, lambda: str(value))()


def wanted(opportunity: Opportunity) -> list[Wanted]:
    """Its criteria, the eliminatory ones first."""
    criteria = sorted(opportunity.criteria.all(), key=lambda criterion: not criterion.must)
    one_of = [one.code for one in criteria if one.must and one.kind == Criterion.Kind.SECTOR]
    others = [one for one in criteria if not (one.must and one.kind == Criterion.Kind.SECTOR)]
    found = [Wanted(sectors(one_of), True)] if one_of else []
    return [*found, *(Wanted(asked(one.kind, one.code), one.must) for one in others)]


def sectors(codes: Iterable[str]) -> str:
    """Sectors of which one is enough, in words."""
    return _("Secteur : %s") % _(" ou ").join(taxonomy.label("sector", code) for code in sorted(codes))


def asked(kind: str, code: str) -> str:
    """A criterion in words; a kind alone where no value is named."""
    scheme = "place" if kind == Criterion.Kind.EXPERIENCE else kind
    its = taxonomy.label(scheme, code) if code else ""
    said = {
        Criterion.Kind.LANGUAGE: _("Langue de travail : %s"),
        Criterion.Kind.EXPERIENCE: _("Expérience du pays : %s"),
        Criterion.Kind.SECTOR: _("Secteur : %s"),
        Criterion.Kind.HEADCOUNT: _("Effectif d'au moins : %s"),
        Criterion.Kind.VOLUME: _("Contrat livrable d'au moins : %s"),
    }
    if not its:
        return str(Criterion.Kind(kind).label).capitalize()
    return said[Criterion.Kind(kind)] % its if kind in said else its


def counted(kind: str, code: str, criteria: Iterable[Criterion]) -> str:
    """A criterion that companies were counted by; without a code, all that its opportunity asks of that kind."""
    its = [one.code for one in criteria if one.kind == kind and (one.must or kind in Criterion.BANDED)]
    if code or not its:
        return asked(kind, code)
    return sectors(its) if kind == Criterion.Kind.SECTOR else asked(kind, its[0])

"""What an opportunity says beside its texts, in words: the fields of its kind, and what it asks of the SME."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import taxonomy
from opportunities.kinds import Field
from opportunities.models import Criterion, Opportunity


@dataclass(frozen=True, slots=True)
class Fact:
    label: str | Promise
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    text: str
    must: bool


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
    return [Wanted(_asked(criterion), criterion.must) for criterion in criteria]


def _asked(criterion: Criterion) -> str:
    scheme = "place" if criterion.kind == Criterion.Kind.EXPERIENCE else criterion.kind
    its = taxonomy.label(scheme, criterion.code)
    asked = {
        Criterion.Kind.LANGUAGE: _("Langue de travail : %s"),
        Criterion.Kind.EXPERIENCE: _("Expérience du pays : %s"),
        Criterion.Kind.HEADCOUNT: _("Effectif d'au moins : %s"),
    }
    return asked[Criterion.Kind(criterion.kind)] % its if criterion.kind in asked else its

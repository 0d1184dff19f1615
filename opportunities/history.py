"""An opportunity's past: what an edit changed, field by field, and every line of it in words."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import taxonomy
from opportunities import facts
from opportunities.kinds import KINDS, Field
from opportunities.models import Criterion, Opportunity
from pacte.days import date_format

FIELDS = (
    "kind", "title", "teaser", "description", "benefits", "language", "stage", "places", "sectors", "cpv_codes",
    "hs_codes", "naf_codes", "first_exporters_welcome", "apply_by", "answer_by", "capacity", "next_step", "decided_by",
    "contact_name", "contact_email", "deputy_name", "deputy_email", "confidential", "alias", "amount", "amount_shared",
    "amount_reason", "questions",
)  # fmt: skip
SCHEMES = {
    "places": "place",
    "sectors": "sector",
    "cpv_codes": "cpv",
    "hs_codes": "hs",
    "naf_codes": "naf",
    "notices": "place",
}
RELATED = {
    "criteria": gettext_lazy("critères"),
    "merged": gettext_lazy("opportunité réunie à celle-ci"),
    "attachments": gettext_lazy("fichier joint"),
    "contacts": gettext_lazy("contacts"),
    "notice": gettext_lazy("avis importé"),
    "told": gettext_lazy("ce que les candidates lisent"),
    "notices": gettext_lazy("avertissements lus avant de publier"),
}
DATES = ("apply_by", "answer_by")
SHOWN = 160  # characters of a long text
NOTHING = "–"
Picture = dict[str, Any]
Changes = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Change:
    label: str | Promise
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened: `what` in words, who (nobody: the platform), why, and what an edit changed."""

    what: str
    at: datetime
    who: str
    reason: str
    changes: list[Change]


def picture(opportunity: Opportunity, criteria: Mapping[tuple[str, str], bool]) -> Picture:
    """All that its form holds, as plain JSON values; the fields of its kind are "details.role"."""
    taken = {name: _plain(getattr(opportunity, name)) for name in FIELDS}
    taken |= {f"details.{name}": value for name, value in opportunity.details.items()}
    taken["criteria"] = sorted([kind, code, must] for (kind, code), must in criteria.items())
    return taken


def mark(taken: Picture, names: Collection[str]) -> str:
    """A short word for some of its fields: the same as long as none of them changes."""
    chosen = {name: value for name, value in sorted(taken.items()) if name in names and value not in (None, "", [])}
    return sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:16]


def differences(before: Picture, after: Picture) -> Changes:
    """{field: [old, new]} of what is not the same."""
    names = list(dict.fromkeys([*before, *after]))
    return {n: [before.get(n), after.get(n)] for n in names if (before.get(n) or None) != (after.get(n) or None)}


def lines(opportunity: Opportunity) -> list[Line]:
    """Its whole past, the latest first."""
    labels = dict(Opportunity.State.choices)
    moves = opportunity.history.select_related("actor").order_by("-at", "-pk")
    found = [
        Line(
            what=str(_("Modifiée")) if move.before == move.after else str(labels[move.after]).capitalize(),
            at=move.at,
            who=str(move.actor) if move.actor else _("la plateforme"),
            reason=move.said,
            changes=worded(opportunity, move.changes),
        )
        for move in moves
    ]
    creator = str(opportunity.created_by) if opportunity.created_by else ""
    return [*found, Line(_("Brouillon créé"), opportunity.created_at, creator, "", [])]


def worded(opportunity: Opportunity, changes: Mapping[str, list[Any]]) -> list[Change]:
    """Changes as people read them."""
    return [
        Change(label(opportunity, name), _word(opportunity, name, old), _word(opportunity, name, new))
        for name, (old, new) in changes.items()
    ]


def says(opportunity: Opportunity) -> dict[str, str]:
    """What each field holds, in words; "criteria", "details", "contacts" and "attachments" each as a whole."""
    criteria = {(one.kind, one.code): one.must for one in opportunity.criteria.all()}
    taken = {**picture(opportunity, criteria), "attachments": [one.name for one in opportunity.attachments.listed()]}
    said = {name: _word(opportunity, name, value) for name, value in taken.items()}
    own = [name for name in said if name.startswith("details.")]
    people = [said[name] for name in ("contact_name", "contact_email", "deputy_name", "deputy_email")]
    said["details"] = " · ".join(f"{label(opportunity, name)} : {said[name]}" for name in own)
    return said | {"contacts": ", ".join(people)}


def label(opportunity: Opportunity, name: str) -> str | Promise:
    """What people call a field; nothing for the opportunity as a whole, its own name for one we no longer have."""
    if name in RELATED:
        return RELATED[name]
    own = {name: field.label for name, field in _details(opportunity).items()}
    known = {field.name: field.verbose_name for field in opportunity._meta.fields}
    return own.get(name) or known.get(name, name)  # lazy: a mail has its own language


def _details(opportunity: Opportunity) -> dict[str, Field]:
    """The fields of every kind, by their names in a picture; those of its own kind before others' of the same name."""
    specs = [*KINDS.values(), opportunity.spec]
    return {f"details.{field.name}": field for spec in specs for field in spec.fields}


def _word(opportunity: Opportunity, name: str, value: Any) -> str:
    if value in (None, "", []):
        return NOTHING
    if name == "criteria":
        return ", ".join(_criteria(value))
    if name == "questions":
        return " · ".join(one["text"] for one in value)
    if name in SCHEMES:
        return ", ".join(taxonomy.label(SCHEMES[name], code) for code in value)
    field = _details(opportunity).get(name)
    if name in DATES or (field and field.type == "date"):
        return day(date.fromisoformat(value))
    known = opportunity._meta.get_field(name).flatchoices if name in FIELDS else []  # type: ignore[union-attr]
    return _said(value, dict(field.options if field else known))


def _said(value: Any, options: Mapping[str, Any]) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, list):
        return ", ".join(str(options.get(one, one)) for one in value)
    return Truncator(str(options.get(value, value))).chars(SHOWN)


def _criteria(value: list[tuple[str, str, bool]]) -> Iterator[str]:
    one_of = [code for kind, code, must in value if must and kind == Criterion.Kind.SECTOR]
    yield from (_criterion(*one) for one in value if one[1] not in one_of or one[0] != Criterion.Kind.SECTOR)
    if one_of:
        yield _exacted(facts.sectors(one_of))


def _criterion(kind: str, code: str, must: bool) -> str:
    scheme = "place" if kind == Criterion.Kind.EXPERIENCE else kind
    told = {*Criterion.BANDED, Criterion.Kind.SECTOR}  # others are plain by themselves
    word = facts.asked(kind, code) if kind in told else taxonomy.label(scheme, code)
    return _exacted(word) if must else word


def _exacted(word: str) -> str:
    return _("%(criterion)s (exigé)") % {"criterion": word}


def day(value: date | None) -> str:
    """A date in words."""
    return date_format(value, "j F Y") if value else ""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

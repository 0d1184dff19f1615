"""What happened to an organisation, in words: who changed what, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from accounts import taxonomy
from accounts.models import GroupProfile, Organisation, OrganisationMove, SmeProfile
from pacte.states import in_words

SHOWN = 10
DAY, DAYS = models.DateField(), {"lift"}  # kept under no field
KEPT_ABOVE = {  # by those who count the answers, and those who make two organisations one
    "lift": gettext_lazy("dépôt permis malgré des réponses en retard"),
    "merged": gettext_lazy("organisation réunie à celle-ci"),
}
SCHEMES = {
    "sectors": "sector", "hs_codes": "hs", "cpv_codes": "cpv", "languages": "language", "headcount": "headcount",
    "turnover": "turnover", "volume": "volume", "export_share": "export_share",
    "wanted_kinds": "kind", "wanted_places": "place",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    who: str
    what: str


def of(organisation: Organisation) -> list[Line]:
    """The latest first; one query."""
    moves = organisation.history.select_related("actor").order_by("-pk")[:SHOWN]
    return [Line(move.at, str(move.actor) if move.actor else "Pacte International", _what(move)) for move in moves]


def worded(changes: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Changes as people read them: {what: [before, after]}."""
    return {capfirst(_label(name)): [_word(name, one) for one in pair] for name, pair in changes.items()}


def _what(move: OrganisationMove) -> str:
    if move.before != move.after:
        return capfirst(str(Organisation.State(move.after).label))
    return capfirst(", ".join(_label(name) for name in move.changes))


def _label(name: str) -> str:
    """The field's own word; what is no field (a person's name) stays as it was written."""
    if name in KEPT_ABOVE:
        return str(KEPT_ABOVE[name])
    field = _field(name)
    if isinstance(field, models.Field):
        return str(field.verbose_name)
    related: Any = getattr(field, "related_model", None)
    return str(related._meta.verbose_name_plural) if related else name


def _field(name: str) -> Any:
    owners: list[type[models.Model]] = [SmeProfile, GroupProfile, Organisation]
    for model in owners:
        try:
            return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    return None


def _word(name: str, value: Any) -> str:
    """A kept value: codes, choices and days in words."""
    if name in SCHEMES:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(taxonomy.label(SCHEMES[name], code) for code in codes if code)
    return in_words(DAY if name in DAYS else _field(name), value)

"""What happened to an organisation, in words: who changed what, and when."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from accounts.models import GroupProfile, Organisation, OrganisationMove, SmeProfile

SHOWN = 10
KEPT_ABOVE = {"lift": gettext_lazy("dépôt permis malgré des réponses en retard")}  # by those who count the answers


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    who: str
    what: str


def of(organisation: Organisation) -> list[Line]:
    """The latest first; one query."""
    moves = organisation.history.select_related("actor").order_by("-pk")[:SHOWN]
    return [Line(move.at, str(move.actor) if move.actor else "Pacte International", _what(move)) for move in moves]


def _what(move: OrganisationMove) -> str:
    if move.before != move.after:
        return capfirst(str(Organisation.State(move.after).label))
    return capfirst(", ".join(_label(name) for name in move.changes))


def _label(name: str) -> str:
    """The field's own word; what is no field (a person's name) stays as it was written."""
    owners: list[type[models.Model]] = [SmeProfile, GroupProfile, Organisation]
    for model in owners:
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.Field):
            return str(field.verbose_name)
        related = field.related_model
        if isinstance(related, type):
            return str(related._meta.verbose_name_plural)
    return str(KEPT_ABOVE.get(name, name))

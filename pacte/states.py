"""The one way a row changes state here: checked, race-free and remembered."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import translation
from django.utils.dateparse import parse_date
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pacte.days import date_format


class StateError(Exception):
    """That move is not allowed from here, or someone else moved the row first. Its text is for people."""


def listed(label: str | Promise, text: str = "") -> str:
    """A reason to keep: one of a list of ours, in French whoever chose it, then what they wrote."""
    with translation.override(None):
        return f"{label}. {text}".strip()


def said(reason: str) -> str:
    """A kept reason for the one who reads: ours in their language, the rest as it was written."""
    ours, stop, theirs = reason.partition(".")
    return _(ours) + stop + theirs if ours else reason


said_lazy = lazy(said, str)  # a mail has its own language


def in_words(field: Any, value: Any) -> str:
    """A value as history keeps it, for people: choices, days, yes and no; `field` may be None."""
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(in_words(field, one) for one in value)
    if isinstance(value, dict):
        return " · ".join(f"{name} : {one}" for name, one in value.items())
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(field, models.DateField) and (day := parse_date(str(value)[:10])):
        return date_format(day, "j F Y")
    return str(dict(getattr(field, "flatchoices", None) or []).get(value, value))


class Stateful(models.Model):
    """A row with a `state`, the `MOVES` it may make, and a `history` of those it made."""

    MOVES: ClassVar[Mapping[str, set[str]]]
    state = models.CharField(gettext_lazy("état"), max_length=20, editable=False)

    class Meta:
        abstract = True

    def can_move(self, to: str) -> bool:
        return to in self.MOVES[self.state]

    def move(self, to: str, *, by: Any, reason: str = "", **changes: Any) -> None:
        """Go to state `to`, with the field `changes`; note who, when, why. StateError: not from here, or too late."""
        labels: dict[Any, Any] = dict(self._meta.get_field("state").flatchoices)  # type: ignore[union-attr]
        if not self.can_move(to):
            raise StateError(
                _("« %(row)s » ne peut pas passer de l'état « %(before)s » à « %(after)s ».")
                % {"row": self, "before": labels.get(self.state, self.state), "after": labels.get(to, to)}
            )
        before = self.state
        seen = type(self)._base_manager.filter(pk=self.pk, state=before)
        with transaction.atomic():
            if not seen.update(state=to, **changes):
                raise StateError(
                    _("« %(row)s » n'est plus dans l'état « %(before)s » : quelqu'un vient de le faire changer.")
                    % {"row": self, "before": labels.get(before, before)}
                )
            self.history.create(actor=by, before=before, after=to, reason=reason)  # type: ignore[attr-defined]
        for field, value in {"state": to, **changes}.items():
            setattr(self, field, value)

    def record(self, *, by: Any, changes: Mapping[str, Any], reason: str = "", **more: Any) -> None:
        """Note an edit that moves nothing: `changes` is {field: [old, new]} in plain JSON values."""
        if changes:
            self.history.create(  # type: ignore[attr-defined]
                actor=by, before=self.state, after=self.state, reason=reason, changes=dict(changes), **more
            )

    move.alters_data = True  # type: ignore[attr-defined]
    record.alters_data = True  # type: ignore[attr-defined]


class Move(models.Model):
    """One line of a row's history; the subclass adds `subject`."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=gettext_lazy("par"),
    )
    before = models.CharField(gettext_lazy("avant"), max_length=20)
    after = models.CharField(gettext_lazy("après"), max_length=20)
    reason = models.TextField(gettext_lazy("motif"), blank=True)
    changes = models.JSONField(gettext_lazy("modifications"), default=dict, blank=True)
    at = models.DateTimeField(gettext_lazy("date"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"

    @property
    def said(self) -> str:
        """Its reason, for the one who reads."""
        return said(self.reason)

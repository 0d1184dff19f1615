"""Two organisations that may be one: found by the platform, looked at by staff."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from pacte.states import Move, Stateful

OVER = [Organisation.State.REFUSED, Organisation.State.CLOSED]


class DoubleQuerySet(models.QuerySet["Double"]):
    def waiting(self) -> Self:
        """Those that nobody has looked at, of organisations that are still there."""
        over: Any = Q(first__state__in=OVER) | Q(second__state__in=OVER)
        return self.filter(state=Double.State.WAITING).exclude(over)


class Double(Stateful):
    """A pair; `first` was here before."""

    class State(models.TextChoices):
        WAITING = "waiting", _("à regarder")
        DIFFERENT = "different", _("deux organisations")

    class Why(models.TextChoices):
        NAME = "name", _("noms proches, même code postal")
        WEBSITE = "website", _("même site internet")

    MOVES = {State.WAITING: {State.DIFFERENT}, State.DIFFERENT: {State.WAITING}}

    first = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("organisation"))
    second = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("arrivée après"))
    why = models.CharField(_("ressemblance"), max_length=10, choices=Why)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.WAITING, editable=False)
    found_at = models.DateTimeField(_("trouvée le"), default=timezone.now)

    objects = DoubleQuerySet.as_manager()

    class Meta:
        verbose_name = _("doublon probable")
        verbose_name_plural = _("doublons probables")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="double_found_once"),
            models.CheckConstraint(name="double_is_of_two", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(name="double_state_known", condition=Q(state__in=["waiting", "different"])),
            models.CheckConstraint(name="double_why_known", condition=Q(why__in=["name", "website"])),
        ]

    def __str__(self) -> str:
        return f"{self.first} · {self.second}"


class DoubleMove(Move):
    subject = models.ForeignKey(Double, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")

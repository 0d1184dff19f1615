"""When somebody is away: their mails go to whoever stands in, and clocks wait."""

from datetime import date, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from accounts.models.people import User

LONGEST = timedelta(days=92)  # beyond, somebody else should be the contact


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> Self:
        return self.filter(first_day__lte=day, last_day__gte=day)

    def not_over(self) -> Self:
        return self.filter(last_day__gte=timezone.localdate())


class Absence(models.Model):
    """Somebody of an organisation, known by their address (a contact need not have an account), away for some days."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="absences")
    email = models.EmailField(_("e-mail de la personne absente"))
    first_day = models.DateField(_("premier jour d'absence"))
    last_day = models.DateField(_("dernier jour d'absence"))
    noted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("notée par"))
    noted_at = models.DateTimeField(_("notée le"), auto_now_add=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["first_day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email", "first_day"],
                name="absence_noted_once",
                violation_error_message=_("Cette absence est déjà notée."),
            ),
            models.CheckConstraint(
                name="absence_ends_after_it_begins",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("Le dernier jour ne peut pas précéder le premier."),
            ),
            models.CheckConstraint(
                name="absence_three_months_at_most",
                condition=Q(last_day__lte=F("first_day") + LONGEST),
                violation_error_message=_("Trois mois au plus : au-delà, désignez un autre contact."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.first_day:%d/%m/%Y} – {self.last_day:%d/%m/%Y}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        super().save(*args, **kwargs)

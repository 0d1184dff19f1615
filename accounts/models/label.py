"""What the staff have checked of an SME, or what someone has awarded it: said with its source and its date."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from accounts.models.people import User


class LabelQuerySet(models.QuerySet["Label"]):
    def current(self) -> Self:
        """Those that still hold."""
        return self.filter(Q(until=None) | Q(until__gte=timezone.localdate()))


class Label(models.Model):
    """One check or one label; what the company says of itself is never here."""

    class Kind(models.TextChoices):
        CHECK = "check", _("vérification par Pacte PME")
        LABEL = "label", _("label")

    company = models.ForeignKey(Organisation, models.CASCADE, related_name="labels", verbose_name=_("PME"))
    kind = models.CharField(_("type"), max_length=10, choices=Kind, default=Kind.LABEL)
    name = models.CharField(
        _("intitulé"), max_length=80, help_text=_("Le nom du label, ou ce qui a été vérifié : « Identité ».")
    )
    source = models.CharField(
        _("source"), max_length=120, help_text=_("D'où nous le savons : registre, appel, organisme qui le donne.")
    )
    url = models.URLField(_("lien vers la preuve"), blank=True)
    given_on = models.DateField(_("date"))
    until = models.DateField(_("valable jusqu'au"), null=True, blank=True)
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("saisi par")
    )

    objects = LabelQuerySet.as_manager()

    class Meta:
        verbose_name = _("label ou vérification")
        verbose_name_plural = _("labels et vérifications")
        ordering = ["kind", "-given_on", "pk"]  # what was checked first
        constraints = [
            models.CheckConstraint(name="label_kind_known", condition=Q(kind__in=["check", "label"])),
            models.CheckConstraint(
                name="label_ends_after_it_begins",
                condition=Q(until=None) | Q(until__gte=F("given_on")),
                violation_error_message=_("La fin vient avant le début."),
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "name", "given_on"],
                name="label_once",
                violation_error_message=_("Ce label est déjà indiqué, à la même date."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.source}, {self.given_on:%d/%m/%Y})"

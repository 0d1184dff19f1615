"""What an SME keeps from some groups."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from accounts.models.people import User


class HiddenFrom(models.Model):
    """An SME shows its profile to every group but this one, which need not be on the platform."""

    MOST = 50  # a company

    company = models.ForeignKey(Organisation, models.CASCADE, related_name="hidden_from", verbose_name=_("PME"))
    siren = models.CharField(_("SIREN du groupe"), max_length=9)
    name = models.CharField(_("nom au registre"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("depuis le"), default=timezone.now)

    class Meta:
        verbose_name = _("groupe à qui elle se cache")
        verbose_name_plural = _("groupes à qui elle se cache")
        ordering = ["name", "siren"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "siren"],
                name="hidden_from_once",
                violation_error_message=_("Vous vous cachez déjà de ce groupe."),
            ),
            models.CheckConstraint(name="hidden_from_a_siren", condition=Q(siren__regex=r"^[0-9]{9}$")),
        ]

    def __str__(self) -> str:
        return self.name or self.siren

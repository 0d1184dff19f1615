"""A company's own presentation: one PDF, for the groups that read its file."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from pacte.files import ScanState, Stored


class PresentationQuerySet(models.QuerySet["Presentation"]):
    def listed(self) -> Self:
        """Without their content."""
        return self.defer("content")

    def clean(self) -> Self:
        return self.filter(state=ScanState.CLEAN)


class Presentation(Stored):
    company = models.OneToOneField(
        Organisation, models.CASCADE, related_name="presentation_file", verbose_name=_("PME")
    )

    objects = PresentationQuerySet.as_manager()

    class Meta:
        verbose_name = _("présentation d'entreprise")
        verbose_name_plural = _("présentations d'entreprise")
        constraints = [
            models.CheckConstraint(name="presentation_state_known", condition=Q(state__in=ScanState.values)),
            models.CheckConstraint(name="presentation_is_a_pdf", condition=Q(type="pdf")),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="waiting"), name="presentation_waiting")]

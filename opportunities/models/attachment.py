"""Files beside an opportunity, and who agreed to keep them to themselves."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.taxonomy import languages
from opportunities.models.opportunity import Opportunity
from pacte.files import ScanState, Stored


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def listed(self) -> Self:
        """Without their content."""
        return self.defer("content", "properties").order_by("pk")

    def clean(self) -> Self:
        return self.filter(state=ScanState.CLEAN)

    def shown(self) -> Self:
        """Those that people outside the group may open: what came after the publication waits for staff."""
        return self.clean().filter(to_look=False)

    def to_look_at(self) -> Self:
        return self.clean().filter(to_look=True)


class Attachment(Stored):
    """One file; a confidential one is opened by those who have agreed to keep it so."""

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="attachments", verbose_name=_("opportunité")
    )
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # its address says nothing of it
    confidential = models.BooleanField(_("confidentiel"), default=False)
    language = models.CharField(
        _("langue du document"), max_length=2, choices=languages.choices, blank=True, default="", db_default=""
    )
    to_look = models.BooleanField(_("à regarder"), default=False, db_default=False, editable=False)  # see `shown`
    properties = models.TextField(default="", db_default="", editable=False)  # what it says of itself: see `leaks`

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("fichier joint")
        verbose_name_plural = _("fichiers joints")
        constraints = [models.CheckConstraint(name="attachment_state_known", condition=Q(state__in=ScanState.values))]
        indexes = [models.Index(fields=["id"], condition=Q(state="waiting"), name="attachment_waiting")]

    def get_absolute_url(self) -> str:
        return reverse("opportunities:attachment", args=[self.token])


class Pledge(models.Model):
    """Someone agreed, for their company, to keep an opportunity's files to themselves: the text, as it was then."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="pledges", verbose_name=_("opportunité"))
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("entreprise"))
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    version = models.CharField(_("version"), max_length=10)
    text = models.TextField(_("texte accepté"))
    at = models.DateTimeField(_("date"), auto_now_add=True)

    class Meta:
        verbose_name = _("engagement de confidentialité")
        verbose_name_plural = _("engagements de confidentialité")
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "company", "version"], name="pledge_once_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.opportunity}"


class Opening(models.Model):
    """A confidential file was handed to someone of a company that had agreed; outlives the file."""

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="openings", verbose_name=_("opportunité")
    )
    name = models.CharField(_("nom du fichier"), max_length=120)
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("entreprise"))
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("date"), auto_now_add=True)

    class Meta:
        verbose_name = _("ouverture d'un fichier confidentiel")
        verbose_name_plural = _("ouvertures de fichiers confidentiels")

    def __str__(self) -> str:
        return f"{self.company} · {self.name}"

"""Calls for tender that staff bring in for a group, from a table or from TED."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from opportunities.models.opportunity import Opportunity
from pacte.imports import Import, Row
from pacte.states import Move


class NoticeImport(Import):
    """Notices, one a line; each becomes a draft of one group, which alone may submit it."""

    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("groupe"), limit_choices_to={"kind": "group"}
    )

    class Meta(Import.Meta):
        verbose_name = _("import d'appels d'offres")
        verbose_name_plural = _("imports d'appels d'offres")


class NoticeImportMove(Move):
    subject = models.ForeignKey(NoticeImport, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class NoticeRow(Row):
    subject = models.ForeignKey(NoticeImport, models.CASCADE, related_name="rows", db_index=False)
    opportunity = models.ForeignKey(Opportunity, models.SET_NULL, null=True, related_name="+")


class TenderNotice(models.Model):
    """A notice that a group has had a draft of, whatever became of it: it is not brought in again."""

    owner = models.ForeignKey(Organisation, models.CASCADE, related_name="tender_notices")
    opportunity = models.ForeignKey(Opportunity, models.SET_NULL, null=True, related_name="tender_notices")
    number = models.CharField(max_length=80, blank=True)
    url = models.CharField(max_length=500, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "number"], condition=~Q(number=""), name="notice_number_once"),
            models.UniqueConstraint(fields=["owner", "url"], condition=~Q(url=""), name="notice_url_once"),
            models.CheckConstraint(condition=~Q(number="", url=""), name="notice_is_known_by_something"),
        ]

    def __str__(self) -> str:
        return self.number or self.url

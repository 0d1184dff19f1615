from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opportunities.models.opportunity import Opportunity

CERTAIN = timedelta(days=2)  # one failure may be a server's bad night


class NoticeLinkQuerySet(models.QuerySet["NoticeLink"]):
    def dead(self) -> Self:
        """Those that failed at two looks, days apart, of what one may still apply to."""
        certain = Q(failing_since__lte=F("checked_at") - CERTAIN)
        return self.filter(certain, opportunity__in=Opportunity.objects.open())


class NoticeLink(models.Model):
    """What the address of an opportunity's official notice answered the last time we looked."""

    opportunity = models.OneToOneField(
        Opportunity, models.CASCADE, related_name="notice_link", verbose_name=_("opportunité")
    )
    url = models.URLField(_("adresse"), max_length=500)
    checked_at = models.DateTimeField(_("regardée le"))
    failing_since = models.DateTimeField(_("ne répond plus depuis"), null=True)
    problem = models.CharField(_("ce qui ne va pas"), max_length=60, blank=True)

    objects = NoticeLinkQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("lien d'avis"), _("liens d'avis")
        constraints = [
            models.CheckConstraint(
                name="noticelink_failing_says_why",
                condition=Q(failing_since=None, problem="") | Q(failing_since__isnull=False) & ~Q(problem=""),
            )
        ]

    def __str__(self) -> str:
        return self.url

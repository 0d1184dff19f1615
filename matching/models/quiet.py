"""An opportunity to which nobody has applied five working days after it was published; once for each."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from matching.models.application import Application
from matching.models.proposal import Proposal
from opportunities.models import Opportunity


class QuietPostQuerySet(models.QuerySet["QuietPost"]):
    def without_anyone(self) -> Self:
        """Those to which one may apply, and still nobody has."""
        applied = Application.objects.filter(opportunity=OuterRef("opportunity"), sent_at__isnull=False)
        its = Opportunity.objects.open().filter(owner__in=Organisation.objects.active())
        return self.filter(~Exists(applied), opportunity__in=its)

    def for_staff(self) -> Self:
        """Those for which staff have neither put a company forward nor said that nothing is to be done."""
        proposed = Proposal.objects.standing().filter(opportunity=OuterRef("opportunity"))
        return self.without_anyone().filter(~Exists(proposed), closed_at=None)


class QuietPost(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("à regarder")
        CLOSED = "closed", _("regardée")

    opportunity = models.OneToOneField(
        Opportunity, models.CASCADE, related_name="quiet", verbose_name=_("opportunité")
    )
    found_at = models.DateTimeField(_("sans candidature le"), default=timezone.now)
    eligible = models.PositiveIntegerField(_("PME compatibles"), default=0)
    excluded = models.JSONField(_("ce que chaque critère écarte"), default=list)  # as `audience.count` says
    told_at = models.DateTimeField(_("dit au groupe le"), null=True)
    closed_at = models.DateTimeField(_("regardée le"), null=True)
    closed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("regardée par"))
    reason = models.TextField(_("ce qui a été fait"), blank=True, max_length=2000)

    objects = QuietPostQuerySet.as_manager()

    class Meta:
        verbose_name = _("opportunité sans candidature")
        verbose_name_plural = _("opportunités sans candidature")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="quiet_closed_with_reason", condition=Q(closed_at=None) | ~Q(reason=""))
        ]

    def __str__(self) -> str:
        return str(self.opportunity)

    @property
    def state(self) -> str:
        return self.State.CLOSED if self.closed_at else self.State.WAITING

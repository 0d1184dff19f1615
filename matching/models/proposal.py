"""A company that the staff put forward by hand for an opportunity, with the reason that both sides read."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from opportunities.models import Opportunity


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def standing(self) -> Self:
        return self.filter(ended_at=None)


class Proposal(models.Model):
    class State(models.TextChoices):
        STANDING = "standing", _("en cours")
        ENDED = "ended", _("retirée")

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="proposals", verbose_name=_("opportunité"),
        limit_choices_to={"state": "published"},
    )  # fmt: skip
    company = models.ForeignKey(
        Organisation, models.CASCADE, related_name="proposals", verbose_name=_("PME"),
        limit_choices_to={"kind": "sme"},
    )  # fmt: skip
    reason = models.TextField(
        _("pourquoi elle"), max_length=500, help_text=_("L'entreprise et le groupe liront cette raison.")
    )
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("proposée le"), default=timezone.now)
    ended_at = models.DateTimeField(_("retirée le"), null=True)
    ended_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("retirée par"))

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposition à la main")
        verbose_name_plural = _("propositions à la main")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "company"],
                condition=Q(ended_at=None),
                name="proposal_once",
                violation_error_message=_("Cette entreprise est déjà proposée pour cette opportunité."),
            ),
            models.CheckConstraint(name="proposal_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.opportunity}"

    @property
    def state(self) -> str:
        return self.State.ENDED if self.ended_at else self.State.STANDING

"""A change that a group wants in what is already public, and that staff look at first."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from opportunities.models.opportunity import Opportunity
from pacte.states import Move, Stateful


class AmendmentState(models.TextChoices):
    PENDING = "pending", _("à relire")
    ACCEPTED = "accepted", _("acceptée")
    REFUSED = "refused", _("refusée")
    REPLACED = "replaced", _("remplacée par une autre")


class Amendment(Stateful):
    """What is public stays as it is until staff accept this."""

    State = AmendmentState
    MOVES = {
        State.PENDING: {State.ACCEPTED, State.REFUSED, State.REPLACED},
        State.ACCEPTED: set(),
        State.REFUSED: set(),
        State.REPLACED: set(),
    }

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="amendments", verbose_name=_("opportunité")
    )
    state = models.CharField(
        _("état"), max_length=20, choices=AmendmentState, default=AmendmentState.PENDING, editable=False
    )
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("demandée par"))
    asked_at = models.DateTimeField(_("demandée le"), auto_now_add=True)
    claimed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("prise par")
    )
    claimed_at = models.DateTimeField(null=True, editable=False)  # see `opportunities.claims`
    changes = models.JSONField(_("modifications"))  # {field: [before, after]}, as opportunities.history words them

    class Meta:
        verbose_name = _("modification à relire")
        verbose_name_plural = _("modifications à relire")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="amendment_state_known", condition=Q(state__in=AmendmentState.values)),
            models.UniqueConstraint(
                fields=["opportunity"], condition=Q(state="pending"), name="amendment_one_pending"
            ),
        ]

    def __str__(self) -> str:
        return str(self.opportunity)


class AmendmentMove(Move):
    subject = models.ForeignKey(Amendment, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")

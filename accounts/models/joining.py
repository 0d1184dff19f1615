"""Somebody asks to act for an organisation that is already here."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from accounts.models.people import User
from pacte.states import Move, Stateful


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    def asked(self) -> Self:
        """Those that wait for an answer."""
        return self.filter(state=JoinRequest.State.ASKED)

    def open(self) -> Self:
        return self.filter(state__in=JoinRequest.OPEN)

    def for_staff(self) -> Self:
        """Those that nobody of the organisation answers."""
        return self.asked().exclude(staff_since=None)


class JoinRequest(Stateful):
    """It is told to nobody before the address is confirmed; then the organisation's administrators decide."""

    class State(models.TextChoices):
        TO_CONFIRM = "to_confirm", _("adresse à confirmer")
        ASKED = "asked", _("en attente")
        ACCEPTED = "accepted", _("acceptée")
        REFUSED = "refused", _("refusée")
        EXPIRED = "expired", _("expirée")
        WITHDRAWN = "withdrawn", _("retirée")

    OPEN = (State.TO_CONFIRM, State.ASKED)
    MOVES = {
        State.TO_CONFIRM: {State.ASKED, State.WITHDRAWN, State.ACCEPTED},
        State.ASKED: {State.ACCEPTED, State.REFUSED, State.EXPIRED, State.WITHDRAWN},
        State.ACCEPTED: set(),
        State.REFUSED: set(),
        State.EXPIRED: set(),
        State.WITHDRAWN: set(),
    }
    MESSAGE_MAX = 500

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="join_requests", verbose_name=_("organisation")
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="join_requests", verbose_name=_("personne"))
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.TO_CONFIRM, editable=False)
    message = models.TextField(_("message"), max_length=MESSAGE_MAX, blank=True)
    created_at = models.DateTimeField(_("faite le"), default=timezone.now)
    asked_at = models.DateTimeField(_("transmise le"), null=True, editable=False)
    reminded = models.PositiveSmallIntegerField(default=0, editable=False)  # the last of `joining.REMINDERS` told
    staff_since = models.DateTimeField(_("à arbitrer depuis"), null=True, editable=False)

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande de rattachement")
        verbose_name_plural = _("demandes de rattachement")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(state__in=["to_confirm", "asked"]),
                name="join_request_once_while_open",
            ),
            models.CheckConstraint(
                name="join_request_state_known",
                condition=Q(state__in=["to_confirm", "asked", "accepted", "refused", "expired", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="join_request_asked_dated", condition=~Q(state="asked") | Q(asked_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation}"

    @property
    def public_name(self) -> str:
        """What the one who asks may read: a name that the register gives to anyone, or the number they typed."""
        known = self.organisation.registry_status == Organisation.Registry.FOUND
        return self.organisation.name if known else f"SIREN {self.organisation.siren}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:join_request", args=[self.pk])


class JoinRequestMove(Move):
    subject = models.ForeignKey(JoinRequest, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")

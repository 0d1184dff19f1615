"""A colleague asked in by someone who administers."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from accounts.models.people import Membership, User

LASTS = timedelta(days=14)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self) -> Self:
        """Neither accepted nor revoked, over or not."""
        return self.filter(ended_at=None)

    def open(self) -> Self:
        return self.standing().filter(expires_at__gt=timezone.now())


def in_two_weeks() -> datetime:
    return timezone.now() + LASTS


class Invitation(models.Model):
    """Of one address, to one role; its link is worth what the mailbox is."""

    MOST = 20  # open ones of an organisation

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="invitations", verbose_name=_("organisation")
    )
    email = models.EmailField(_("adresse e-mail"), max_length=254)  # in small letters
    role = models.CharField(_("rôle"), max_length=10, choices=Membership.Role, default=Membership.Role.MEMBER)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("invitée par"))
    invited_at = models.DateTimeField(_("invitée le"), default=timezone.now)
    expires_at = models.DateTimeField(_("jusqu'au"), default=in_two_weeks)
    ended_at = models.DateTimeField(_("finie le"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("acceptée par")
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"], condition=Q(ended_at=None), name="invitation_once_while_standing"
            ),
            models.CheckConstraint(name="invitation_role_known", condition=Q(role__in=["admin", "member", "reader"])),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.organisation}"

    def get_absolute_url(self) -> str:
        return reverse("accounts:invitation", args=[self.token])

    @property
    def is_open(self) -> bool:
        return self.ended_at is None and self.expires_at > timezone.now()

"""The one mail that puts both sides in touch, and what became of it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Email
from matching.models.application import Application, InContact
from pacte.states import Move, Stateful


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def to_settle(self) -> Self:
        """Those that do not show yet what became of their mail, or that staff queued their failed mail again."""
        mail = Email.State
        fresh = Q(state=Introduction.State.PENDING, email__state__in=[mail.SENT, mail.FAILED])
        again = Q(state=Introduction.State.FAILED, email__state__in=[mail.QUEUED, mail.SENT])
        dropped = Q(email__state=mail.CANCELLED) & ~Q(state=Introduction.State.CANCELLED)
        return self.filter(fresh | again | dropped)

    def born_here(self) -> Self:
        """Those whose two sides did not know each other before, as far as the company said."""
        return self.exclude(application__in_contact__in=[InContact.YES, InContact.RELAUNCH])

    def failed(self) -> Self:
        return self.filter(state=Introduction.State.FAILED)


class Introduction(Stateful):
    """The one mail that puts the two sides in touch: what became of it."""

    class State(models.TextChoices):
        PENDING = "pending", _("en cours d'envoi")
        HELD = "held", _("retenue")
        SENT = "sent", _("envoyée")
        FAILED = "failed", _("en échec")
        CANCELLED = "cancelled", _("annulée")

    MOVES = {
        State.PENDING: {State.SENT, State.HELD, State.FAILED, State.CANCELLED},
        State.HELD: {State.PENDING, State.CANCELLED},
        State.FAILED: {State.PENDING, State.CANCELLED},
        State.SENT: set(),
        State.CANCELLED: set(),
    }

    application = models.OneToOneField(Application, models.PROTECT, related_name="introduction")
    email = models.OneToOneField(Email, models.PROTECT, related_name="introduction")
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.PENDING, editable=False)
    created_at = models.DateTimeField(_("décidée le"), auto_now_add=True)
    sent_at = models.DateTimeField(_("envoyée le"), null=True, blank=True, editable=False)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        # a message of its own: Python before 3.11.5 finds no plural message by its singular alone
        verbose_name = pgettext_lazy("one", "mise en relation")
        verbose_name_plural = _("mises en relation")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="introduction_state_known",
                condition=Q(state__in=["pending", "held", "sent", "failed", "cancelled"]),
            ),
            models.CheckConstraint(
                name="introduction_sent_dated", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.application)


class IntroductionMove(Move):
    subject = models.ForeignKey(Introduction, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")

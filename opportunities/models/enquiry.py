"""What an SME asks about an opportunity, answered once for all."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from opportunities.models.opportunity import Opportunity


class EnquiryQuerySet(models.QuerySet["Enquiry"]):
    def answered(self) -> Self:
        """Those that everyone reads."""
        return self.filter(answered_at__isnull=False, hidden_at=None).order_by("answered_at", "pk")

    def hidden(self) -> Self:
        """Those that staff took out of sight; their group still sees them, and why."""
        return self.filter(hidden_at__isnull=False).order_by("answered_at", "pk")

    def waiting(self) -> Self:
        return self.filter(answered_at=None)

    def of_group(self, user: User) -> Self:
        """Those put to this person's group."""
        return self.filter(opportunity__owner=user.organisation) if user.is_group else self.none()


class Enquiry(models.Model):
    """Who asks is known to the staff alone."""

    class State(models.TextChoices):
        WAITING = "waiting", _("sans réponse")
        PUBLIC = "public", _("publique")
        HIDDEN = "hidden", _("masquée")

    LONGEST = 500
    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="enquiries", verbose_name=_("opportunité")
    )
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("entreprise"))
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("posée par"))
    text = models.TextField(_("question"), max_length=LONGEST)
    asked_at = models.DateTimeField(_("posée le"), auto_now_add=True)
    answer = models.TextField(_("réponse"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("répondue par")
    )
    answered_at = models.DateTimeField(_("répondue le"), null=True, blank=True)
    hidden_at = models.DateTimeField(_("masquée le"), null=True, editable=False)
    reminded_at = models.DateTimeField(null=True, editable=False)  # its group, that it waits

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("question d'une PME")
        verbose_name_plural = _("questions des PME")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="enquiry_answered_with_words",
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
            ),
            models.UniqueConstraint(fields=["opportunity", "company", "text"], name="enquiry_asked_once"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def state(self) -> str:
        if self.answered_at is None:
            return self.State.WAITING
        return self.State.HIDDEN if self.hidden_at else self.State.PUBLIC


class EnquiryChange(models.Model):
    """What staff did to an answer that everyone read, and the words that stood there until then."""

    class Kind(models.TextChoices):
        HIDDEN = "hidden", _("masquée")
        SHOWN = "shown", _("montrée de nouveau")
        CORRECTED = "corrected", _("corrigée")

    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="edits")
    kind = models.CharField(_("quoi"), max_length=10, choices=Kind)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("date"), auto_now_add=True)
    reason = models.TextField(_("motif"), max_length=2000)
    text = models.TextField(_("question d'avant"))
    answer = models.TextField(_("réponse d'avant"))

    class Meta:
        verbose_name = _("changement par l'équipe")
        verbose_name_plural = _("changements par l'équipe")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_kind_display()

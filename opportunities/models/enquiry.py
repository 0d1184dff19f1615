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
        return self.filter(answered_at__isnull=False).order_by("answered_at", "pk")

    def waiting(self) -> Self:
        return self.filter(answered_at=None)

    def of_group(self, user: User) -> Self:
        """Those put to this person's group."""
        return self.filter(opportunity__owner=user.organisation) if user.is_group else self.none()


class Enquiry(models.Model):
    """Who asks is known to the staff alone."""

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

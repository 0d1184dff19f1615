"""When people last looked: what is new since then is told them."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Membership


class Visit(models.Model):
    """The last two days on which a person looked at the dashboard of a company of theirs."""

    membership = models.OneToOneField(Membership, models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField(default=timezone.localdate)
    before = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="visit_before_the_last", condition=Q(before=None) | Q(before__lt=F("day")))
        ]

    def __str__(self) -> str:
        return f"{self.membership_id}: {self.day}"

    @property
    def last(self) -> date | None:
        """Before today's; none when today's is the first."""
        return self.day if self.day < timezone.localdate() else self.before

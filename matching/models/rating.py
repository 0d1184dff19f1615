"""What a company says of the group it was introduced to: five answers, and a word that only staff read."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from matching.models.introduction import Introduction

ANSWERS = ["clarity", "delay", "exchanges", "terms", "again"]  # each from 1, the worst, to 5, the best
OPEN_FOR = timedelta(days=30)


class RatingQuerySet(models.QuerySet["Rating"]):
    def final(self) -> Self:
        """Those that nobody may change any more."""
        return self.filter(at__lte=timezone.now() - OPEN_FOR)


class Rating(models.Model):
    """One for each introduction. Who it is of and about is what they were then: a company that becomes one with
    another changes no average."""

    COMMENT_MAX = 500

    introduction = models.OneToOneField(
        Introduction, models.PROTECT, related_name="rating", verbose_name=_("mise en relation")
    )
    group = models.ForeignKey(Organisation, models.PROTECT, related_name="ratings", verbose_name=_("groupe"))
    company = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("entreprise"))
    clarity = models.PositiveSmallIntegerField(_("clarté du besoin"))
    delay = models.PositiveSmallIntegerField(_("délai de réponse"))
    exchanges = models.PositiveSmallIntegerField(_("qualité des échanges"))
    terms = models.PositiveSmallIntegerField(_("conditions proposées"))
    again = models.PositiveSmallIntegerField(_("envie de recommencer"))
    comment = models.TextField(_("commentaire"), max_length=COMMENT_MAX, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("date"), default=timezone.now)  # of the first answer, whatever is changed afterwards

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("avis d'une PME sur un groupe")
        verbose_name_plural = _("avis des PME sur les groupes")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(name=f"rating_{name}_one_to_five", condition=Q(**{f"{name}__range": (1, 5)}))
            for name in ANSWERS
        ]

    def __str__(self) -> str:
        return f"{self.company} : {self.group}"

    @property
    def is_final(self) -> bool:
        return self.at <= timezone.now() - OPEN_FOR

"""How well each company fits each opportunity: computed rows."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from opportunities.models import Opportunity


class Band(models.TextChoices):
    STRONG = "strong", _("forte")
    GOOD = "good", _("bonne")
    POSSIBLE = "possible", _("possible")
    INCOMPLETE = "incomplete", _("à compléter")


class MatchQuerySet(models.QuerySet["Match"]):
    def for_company(self, company: Organisation) -> Self:
        return self.filter(company=company)

    def eligible(self) -> Self:
        return self.filter(eligible=True)


class Match(models.Model):
    """How well a company fits an opportunity, and why. Computed, never edited."""

    PART = ("criterion", "answer", "points", "max", "evidence")  # stored as a list: there are millions

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="matches")
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="matches")
    score = models.FloatField(_("score"))  # 0 to 100, the sum of the parts' points
    band = models.CharField(_("adéquation"), max_length=12, choices=Band)
    eligible = models.BooleanField(_("éligible"), default=True)
    parts = models.JSONField(_("détail"), default=list)
    rank = models.PositiveIntegerField(_("rang"), null=True)  # among the eligible companies of this opportunity
    engine_version = models.CharField(max_length=20)
    weights_version = models.CharField(max_length=20)
    computed_at = models.DateTimeField(_("calculé le"), default=timezone.now)

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("correspondance")
        verbose_name_plural = _("correspondances")
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "company"], name="match_once_per_pair"),
            models.CheckConstraint(name="match_score_in_range", condition=Q(score__range=(0, 100))),
            models.CheckConstraint(name="match_band_known", condition=Q(band__in=Band.values)),
        ]
        indexes = [models.Index(fields=["company", "-score"], name="match_company_best")]

    def __str__(self) -> str:
        return f"{self.company} · {self.opportunity}"

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The parts by name: each criterion asked, its answer, its points of the most it could bring, its evidence."""
        return [dict(zip(self.PART, part, strict=False)) for part in self.parts]


class Corpus(models.Model):
    """How common each word was among companies on a day: frozen, so that a score moves only when its pair does."""

    companies = models.PositiveIntegerField()
    data = models.BinaryField()  # engine.Statistics as compressed JSON
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        get_latest_by = "pk"

    def __str__(self) -> str:
        return f"{self.pk} ({self.companies})"


class Scored(models.Model):
    """The revision of an opportunity or company that its matches were last computed from: due is what differs."""

    opportunity = models.OneToOneField(Opportunity, models.CASCADE, null=True, related_name="scored")
    company = models.OneToOneField(Organisation, models.CASCADE, null=True, related_name="scored")
    revision = models.PositiveIntegerField()
    weights_version = models.CharField(max_length=20)
    threshold = models.FloatField(null=True)  # an opportunity's: what a company must reach to be among its best
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="scored_one_side",
                condition=Q(opportunity__isnull=False, company=None) | Q(opportunity=None, company__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id or self.company_id} @ {self.revision}"

"""How well each company fits each opportunity: computed rows."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from matching import answers
from opportunities.models import Opportunity


class Band(models.TextChoices):
    STRONG = "strong", _("forte")
    GOOD = "good", _("bonne")
    POSSIBLE = "possible", _("possible")
    INCOMPLETE = "incomplete", _("à compléter")


class Legend(models.Model):
    """What the numbers of an opportunity's matches stand for, under one version of all that a score depends on."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="legends")
    data = models.JSONField()
    digest = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["opportunity", "digest"], name="legend_said_once")]

    def __str__(self) -> str:
        return f"{self.opportunity_id} ({self.digest})"


class MatchQuerySet(models.QuerySet["Match"]):
    def for_company(self, company: Organisation) -> Self:
        return self.filter(company=company)

    def eligible(self) -> Self:
        return self.filter(eligible=True)


class MatchManager(models.Manager.from_queryset(MatchQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> MatchQuerySet:
        """Each with its legend: without it the numbers say nothing."""
        found: MatchQuerySet = super().get_queryset().select_related("legend")
        return found


class Match(models.Model):
    """How well a company fits an opportunity, and why. Computed, never edited; there are millions."""

    NUMBERS = ("points", "said", "facts", "legend__data")  # what its answers are read from

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="matches", db_index=False)
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="matches", db_index=False)
    legend = models.ForeignKey(Legend, models.CASCADE, related_name="+", db_index=False)
    score = models.FloatField(_("score"))  # 0 to 100, the sum of the points
    band = models.CharField(_("adéquation"), max_length=12, choices=Band)
    eligible = models.BooleanField(_("éligible"), default=True)
    points = ArrayField(models.IntegerField(), default=list)  # thousandths, a criterion asked each
    said = models.BigIntegerField(default=0)  # the answers, two bits each
    facts = ArrayField(models.BigIntegerField(), default=list)  # what shows them
    engine_version = models.CharField(max_length=20)
    weights_version = models.CharField(max_length=20)
    computed_at = models.DateTimeField(_("calculé le"), default=timezone.now)

    objects = MatchManager()

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
    def answers(self) -> list[answers.Answer]:
        """Each criterion asked, its answer, its points of the most it could bring, its evidence: as `answers.read`."""
        return answers.read(self.legend.data, self.points, self.said, self.facts)


class Scored(models.Model):
    """The revision of an opportunity that its matches were last computed from: due is what differs."""

    opportunity = models.OneToOneField(Opportunity, models.CASCADE, related_name="scored", primary_key=True)
    revision = models.PositiveIntegerField()
    weights_version = models.CharField(max_length=60)  # all that a score depends on besides its pair
    threshold = models.FloatField(null=True)  # what a company must reach to be among its best
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.opportunity_id} @ {self.revision}"

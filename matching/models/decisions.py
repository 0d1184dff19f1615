"""What was shown to whom, what they did about it, and where each pair stands: kept while matches are computed anew.

No row says who the person is, but for one who hid something, whom colleagues may ask: no feature is made of people.
"""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from opportunities.models import Opportunity


class Side(models.TextChoices):
    SME = "sme", _("PME")
    GROUP = "group", _("groupe")


class DismissReason(models.TextChoices):
    SECTOR = "sector", _("Ce n'est pas notre métier")
    COUNTRY = "country", _("Ce pays ne nous intéresse pas")
    SIZE = "size", _("Trop grand ou trop petit pour nous")
    TIMING = "timing", _("Le délai ne nous va pas")
    KNOWN = "known", _("Nous sommes déjà en contact")
    OTHER = "other", _("Autre raison")


class Scores(models.Model):
    """A match as it was at a moment."""

    PART = ("criterion", "answer", "points", "max", "evidence")  # kept as lists

    score = models.FloatField(_("score"), null=True)  # null: the pair had no match
    band = models.CharField(_("adéquation"), max_length=12, blank=True)
    parts = models.JSONField(_("détail"), default=list)  # criterion, answer, points, max, sometimes its evidence
    rank = models.PositiveIntegerField(_("rang"), null=True)  # of the company among the opportunity's
    engine_version = models.CharField(max_length=20, blank=True)
    weights_version = models.CharField(_("version des poids"), max_length=20, blank=True)

    class Meta:
        abstract = True

    @property
    def answers(self) -> list[dict[str, Any]]:
        """As `Match.answers`."""
        return [dict(zip(self.PART, part, strict=False)) for part in self.parts]


class Exposure(Scores):
    """A pair that a page showed: written once a day for each side and kind of page, never changed.

    A pair without such a row was not seen: that it was not chosen says nothing.
    """

    class Context(models.TextChoices):
        DASHBOARD = "dashboard", _("tableau de bord")
        LIST = "list", _("liste des opportunités")
        DETAIL = "detail", _("page de l'opportunité")
        APPLICANTS = "applicants", _("liste des candidatures")
        FILE = "file", _("dossier de candidature")

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="+")
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="+", db_index=False)
    side = models.CharField(max_length=5, choices=Side)
    context = models.CharField(max_length=10, choices=Context)
    position = models.PositiveIntegerField()  # on the page, from 1 and through its following pages
    day = models.DateField(default=timezone.localdate)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "opportunity", "side", "context", "day"], name="exposure_once_a_day"
            ),
            models.CheckConstraint(name="exposure_side_known", condition=Q(side__in=Side.values)),
        ]
        indexes = [models.Index(fields=["day", "side", "company"], name="exposure_by_day")]

    def __str__(self) -> str:
        return f"{self.company_id} · {self.opportunity_id} ({self.context})"


class Action(Scores):
    """What someone did about a pair, with its match as it was then: written with the change itself, never changed."""

    class Kind(models.TextChoices):
        PROPOSED = "proposed", _("proposée")
        DISMISSED = "dismissed", _("masquée")
        RESTORED = "restored", _("affichée de nouveau")
        APPLIED = "applied", _("candidature envoyée")
        WITHDRAWN = "withdrawn", _("candidature retirée")
        SHORTLISTED = "shortlisted", _("présélectionnée")
        DECLINED = "declined", _("déclinée")
        ACCEPTED = "accepted", _("acceptée")
        INTRODUCED = "introduced", _("mise en relation")
        WON = "won", _("affaire conclue")

    opportunity = models.ForeignKey(
        Opportunity, models.CASCADE, related_name="+", verbose_name=_("opportunité"), db_index=False
    )
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("entreprise"))
    kind = models.CharField(_("décision"), max_length=12, choices=Kind)
    reason = models.CharField(_("motif"), max_length=20, blank=True)  # a code: of DismissReason or DeclineReason
    position = models.PositiveIntegerField(_("place à l'écran"), null=True)  # where that side last saw it
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("décision")
        verbose_name_plural = _("décisions")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="action_kind_known",
                condition=Q(
                    kind__in=[
                        "proposed", "dismissed", "restored", "applied", "withdrawn", "shortlisted", "declined",
                        "accepted", "introduced", "won",
                    ]
                ),
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["opportunity", "company"], name="action_of_pair"),
            models.Index(fields=["kind", "at"], name="action_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.opportunity} : {self.get_kind_display()}"


DISMISSED = ("dismissed_at", "dismissed_reason", "dismissed_text", "dismissed_by_id")


class StandingQuerySet(models.QuerySet["Standing"]):
    def of_company(self, user: User) -> Self:
        return self.filter(company=user.organisation) if user.is_sme else self.none()

    def dismissed(self) -> Self:
        return self.filter(dismissed_at__isnull=False)

    def dismiss_with(self, **owner: Any) -> None:
        """What these pairs hide is hidden in the same ones of another opportunity or company that hide nothing."""
        for one in self.dismissed():
            pair = {"opportunity": one.opportunity_id, "company": one.company_id, **owner}
            words = {name: getattr(one, name) for name in DISMISSED}
            self.model._default_manager.filter(**pair, dismissed_at=None).update(**words)


class Standing(models.Model):
    """Where a pair stands, whatever becomes of its match: proposed, read by the company, hidden by it."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="standings")
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="standings", db_index=False)
    proposed_at = models.DateTimeField(null=True)  # the platform put this company forward
    seen_at = models.DateTimeField(null=True)  # someone of the company first opened the opportunity
    dismissed_at = models.DateTimeField(null=True)
    dismissed_reason = models.CharField(max_length=10, choices=DismissReason, blank=True)
    dismissed_text = models.CharField(max_length=200, blank=True, default="", db_default="")  # beside « autre raison »
    dismissed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = StandingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "opportunity"], name="standing_once_per_pair"),
            models.CheckConstraint(
                name="standing_dismissed_with_reason",
                condition=Q(dismissed_at=None, dismissed_reason="") | Q(dismissed_at__isnull=False)
                & Q(dismissed_reason__in=["sector", "country", "size", "timing", "known", "other"]),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["company", "proposed_at"], name="standing_proposed", condition=Q(proposed_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id} · {self.opportunity_id}"


class Attention(models.Model):
    """How much attention of groups a company has had, as the last daily count found it: what scores read.

    No row: none this week, and never introduced.
    """

    company = models.OneToOneField(Organisation, models.CASCADE, related_name="attention")
    congestion = models.PositiveSmallIntegerField()  # 0 to 4: quarters of the weekly cap that are used up
    introduced = models.BooleanField()  # ever
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="attention_congestion_in_range", condition=Q(congestion__range=(0, 4)))
        ]

    def __str__(self) -> str:
        return f"{self.company_id}: {self.congestion}"

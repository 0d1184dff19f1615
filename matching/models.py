"""Who fits what, and what came of it."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Email, Organisation, User
from opportunities.models import Opportunity
from pacte.states import Move, Stateful


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


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("brouillon")
    SENT = "sent", _("envoyée")
    SHORTLISTED = "shortlisted", _("présélectionnée")
    WAITLISTED = "waitlisted", _("en liste d'attente")
    ACCEPTED = "accepted", _("acceptée")
    DECLINED = "declined", _("déclinée")
    WITHDRAWN = "withdrawn", _("retirée")
    UNANSWERED = "unanswered", _("restée sans réponse")
    CANCELLED = "cancelled", _("annulée")


class DeclineReason(models.TextChoices):
    TRADE = "trade", _("le métier ne correspond pas au besoin")
    COUNTRY = "country", _("pas assez d'expérience du pays")
    SIZE = "size", _("taille ou capacité inadaptée")
    CERTIFICATION = "certification", _("certification manquante")
    TIMING = "timing", _("calendrier incompatible")
    CHOSEN = "chosen", _("une autre entreprise a été retenue")
    INCOMPLETE = "incomplete", _("dossier pas assez renseigné")
    OTHER = "other", _("autre raison")


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of_company(self, user: User) -> Self:
        """Those of this person's company, drafts too."""
        return self.filter(company=user.organisation) if user.is_sme else self.none()

    def received_by(self, user: User) -> Self:
        """Those sent to this person's group; a draft never was, nor one that was given up before it left."""
        if not user.is_group:
            return self.none()
        return self.filter(opportunity__owner=user.organisation, sent_at__isnull=False)

    def waiting(self) -> Self:
        """Those that the group owes an answer."""
        return self.filter(
            state__in=[ApplicationState.SENT, ApplicationState.SHORTLISTED, ApplicationState.WAITLISTED]
        )


class Application(Stateful):
    """A company's candidacy to an opportunity: one for the company, whoever wrote it."""

    State = ApplicationState
    PITCH_MAX = 1100
    MOVES = {
        State.DRAFT: {State.SENT, State.WITHDRAWN, State.CANCELLED},
        State.SENT: {
            State.SHORTLISTED, State.WAITLISTED, State.ACCEPTED, State.DECLINED,
            State.WITHDRAWN, State.UNANSWERED, State.CANCELLED,
        },
        State.SHORTLISTED: {
            State.WAITLISTED, State.ACCEPTED, State.DECLINED, State.WITHDRAWN, State.UNANSWERED, State.CANCELLED,
        },
        State.WAITLISTED: {
            State.ACCEPTED, State.DECLINED, State.WITHDRAWN, State.UNANSWERED, State.CANCELLED,
        },
        State.ACCEPTED: set(),
        State.DECLINED: {State.SENT},
        State.WITHDRAWN: {State.DRAFT},
        State.UNANSWERED: set(),
        State.CANCELLED: set(),
    }  # fmt: skip

    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="applications")
    company = models.ForeignKey(Organisation, models.PROTECT, related_name="applications")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(
        _("état"), max_length=20, choices=ApplicationState, default=ApplicationState.DRAFT, editable=False
    )
    contact = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("personne à contacter")
    )
    pitch = models.TextField(_("votre candidature en quelques lignes"), max_length=PITCH_MAX, blank=True)
    consent_at = models.DateTimeField(_("consentement donné le"), null=True, blank=True, editable=False)
    consent_version = models.CharField(max_length=20, blank=True, editable=False)
    snapshot = models.JSONField(_("profil au moment de l'envoi"), default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    sent_at = models.DateTimeField(_("envoyée le"), null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(_("consultée le"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True, editable=False)
    decline_reason = models.CharField(_("motif"), max_length=20, choices=DeclineReason, blank=True)
    decline_text = models.TextField(_("message à l'entreprise"), max_length=2000, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidature")
        verbose_name_plural = _("candidatures")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "opportunity"],
                name="application_once_per_company",
                violation_error_message=_("Votre entreprise a déjà une candidature pour cette opportunité."),
            ),
            models.CheckConstraint(name="application_state_known", condition=Q(state__in=ApplicationState.values)),
            models.CheckConstraint(
                name="application_sent_with_consent",
                condition=Q(state__in=["draft", "withdrawn", "cancelled"])
                | Q(sent_at__isnull=False, consent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_declined_with_reason", condition=~Q(state="declined") | ~Q(decline_reason="")
            ),
        ]
        indexes = [models.Index(fields=["opportunity", "state"], name="application_of_opportunity")]

    def __str__(self) -> str:
        return f"{self.company} → {self.opportunity}"

    def get_absolute_url(self) -> str:
        return reverse("matching:application_status", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        return self.state in {self.State.SENT, self.State.SHORTLISTED, self.State.WAITLISTED}

    @property
    def is_overdue(self) -> bool:
        answer_by = self.opportunity.answer_by
        return self.is_waiting and answer_by is not None and answer_by < timezone.localdate()


class ApplicationMove(Move):
    subject = models.ForeignKey(Application, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class IntroductionQuerySet(models.QuerySet["Introduction"]):
    def to_settle(self) -> Self:
        """Those that do not show yet what became of their mail, or that staff queued their failed mail again."""
        mail = Email.State
        fresh = Q(state=Introduction.State.PENDING, email__state__in=[mail.SENT, mail.FAILED])
        again = Q(state=Introduction.State.FAILED, email__state__in=[mail.QUEUED, mail.SENT])
        dropped = Q(email__state=mail.CANCELLED) & ~Q(state=Introduction.State.CANCELLED)
        return self.filter(fresh | again | dropped)

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

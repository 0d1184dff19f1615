"""Portage asked for by an SME: a project in a country, put to groups that are there, and what each of them says."""

from datetime import timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import taxonomy, visibility
from accounts.models import Email, Organisation, SmeProfile, User
from accounts.taxonomy import places
from accounts.taxonomy.terms import Choices
from matching.ladder import Rung
from matching.models.application import DeclineReason
from matching.models.decisions import Side
from matching.models.introduction import AnyIntroduction, AnyIntroductionQuerySet, Said, checks, word_field
from opportunities.kinds import SUPPORT
from pacte.states import Move, Stateful

LIFE = timedelta(days=120)  # after which a project that led nowhere ends by itself
TEXT_MAX = 1500


def support_choices() -> Choices:
    return [(code, str(label)) for code, label in SUPPORT]


class PortageState(models.TextChoices):
    TO_REVIEW = "to_review", _("à examiner")
    WITH_GROUPS = "with_groups", _("proposée à des groupes")
    INTRODUCED = "introduced", _("mise en relation")
    REFUSED = "refused", _("refusée")
    WITHDRAWN = "withdrawn", _("retirée")
    EXPIRED = "expired", _("restée sans suite")


class AnswerState(models.TextChoices):
    WAITING = "waiting", _("attend une réponse")
    ACCEPTED = "accepted", _("acceptée")
    DECLINED = "declined", _("déclinée")
    UNANSWERED = "unanswered", _("restée sans réponse")
    CANCELLED = "cancelled", _("annulée")


class PortageQuerySet(models.QuerySet["PortageRequest"]):
    def of_company(self, user: User) -> Self:
        return self.filter(company=user.organisation) if user.is_sme else self.none()

    def alive(self) -> Self:
        return self.filter(state__in=[PortageState.TO_REVIEW, PortageState.WITH_GROUPS])

    def shown_to(self, user: User) -> Self:
        """Those put to this person's group, and those open to all groups that are in the country."""
        if user.organisation is None or not user.is_group:
            return self.none()
        asked = PortageAnswer.objects.filter(group=user.organisation).values("request")
        return self.filter(Q(pk__in=asked) | self._opened_to(user.organisation))

    def to_take_up(self, user: User) -> Self:
        """Open to all groups that are in the country, and this person's group has not answered yet."""
        if user.organisation is None or not user.is_group:
            return self.none()
        return self.filter(self._opened_to(user.organisation)).exclude(answers__group=user.organisation)

    @staticmethod
    def _opened_to(group: Organisation) -> Q:
        profile = getattr(group, "group_profile", None)
        here = profile.places if profile else []
        inside = [country for code in here for country in places.countries_of(code)]
        open_here = Q(opened=True, state=PortageState.WITH_GROUPS, country__in=[*here, *inside])
        return open_here & Q(company__in=Organisation.objects.active()) & ~Q(company__in=visibility.hidden_from(group))


class PortageRequest(Stateful):
    """An SME's project in a country, for which it asks a group to carry it."""

    State = PortageState
    MOVES = {
        State.TO_REVIEW: {State.WITH_GROUPS, State.REFUSED, State.WITHDRAWN, State.EXPIRED},
        State.WITH_GROUPS: {State.TO_REVIEW, State.INTRODUCED, State.WITHDRAWN, State.EXPIRED},
        State.INTRODUCED: set(),
        State.REFUSED: set(),
        State.WITHDRAWN: set(),
        State.EXPIRED: set(),
    }

    company = models.ForeignKey(
        Organisation, models.PROTECT, related_name="portage_requests", verbose_name=_("entreprise")
    )
    contact = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("personne à contacter")
    )
    state = models.CharField(
        _("état"), max_length=20, choices=PortageState, default=PortageState.TO_REVIEW, editable=False
    )
    country = models.CharField(_("pays"), max_length=10, choices=places.choices)
    horizon = models.CharField(_("horizon"), max_length=10, choices=SmeProfile.Horizon)
    support = ArrayField(models.CharField(max_length=20, choices=support_choices), verbose_name=_("aide souhaitée"))
    text = models.TextField(_("votre projet en quelques lignes"), max_length=TEXT_MAX)
    budget = models.CharField(_("budget"), max_length=120, blank=True)
    timing = models.CharField(_("calendrier"), max_length=120, blank=True)
    named = models.BooleanField(_("nom montré aux groupes"), default=False)
    opened = models.BooleanField(_("ouverte à tous les groupes présents"), default=False, editable=False)
    consent_at = models.DateTimeField(_("consentement donné le"))
    consent_text = models.TextField(_("consentement"))
    created_at = models.DateTimeField(_("demandée le"), default=timezone.now)
    expires_on = models.DateField(_("expire le"))
    refusal = models.TextField(_("motif du refus"), blank=True, max_length=2000)
    fits = models.JSONField(default=dict, editable=False)  # by group, as `matching.portage_fit` writes them
    fitted_at = models.DateTimeField(null=True, editable=False)

    objects = PortageQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande de portage")
        verbose_name_plural = _("demandes de portage")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "country"],
                condition=Q(state__in=["to_review", "with_groups"]),
                name="portage_one_open_per_country",
                violation_error_message=_("Votre entreprise a déjà une demande en cours pour ce pays."),
            ),
            models.CheckConstraint(name="portage_state_known", condition=Q(state__in=PortageState.values)),
            models.CheckConstraint(name="portage_asks_for_help", condition=Q(support__len__gt=0)),
            models.CheckConstraint(name="portage_refused_with_reason", condition=~Q(state="refused") | ~Q(refusal="")),
        ]

    def __str__(self) -> str:
        return f"{self.company} → {taxonomy.label('place', self.country)}"

    def get_absolute_url(self) -> str:
        return reverse("matching:portage_status", args=[self.pk])

    @property
    def is_alive(self) -> bool:
        return self.state in {self.State.TO_REVIEW, self.State.WITH_GROUPS}

    @property
    def is_readable(self) -> bool:
        """Whether its company still agrees that groups read it: pages and files show no other."""
        return self.state != self.State.WITHDRAWN

    @property
    def place(self) -> str:
        return taxonomy.label("place", self.country)

    @property
    def wanted(self) -> list[str]:
        labels = dict(SUPPORT)
        return [str(labels.get(code, code)) for code in self.support]


class PortageRequestMove(Move):
    subject = models.ForeignKey(PortageRequest, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class PortageAnswerQuerySet(models.QuerySet["PortageAnswer"]):
    def waiting(self) -> Self:
        return self.filter(state=AnswerState.WAITING)

    def to_call(self) -> Self:
        """Late enough for the staff to telephone."""
        return self.waiting().filter(rung__gte=Rung.STAFF)


class PortageAnswer(Stateful):
    """What one group says to one request; it owes an answer by a date."""

    State = AnswerState
    MOVES = {
        State.WAITING: {State.ACCEPTED, State.DECLINED, State.UNANSWERED, State.CANCELLED},
        State.ACCEPTED: set(),
        State.DECLINED: set(),
        State.UNANSWERED: set(),
        State.CANCELLED: set(),
    }

    request = models.ForeignKey(PortageRequest, models.PROTECT, related_name="answers", verbose_name=_("demande"))
    group = models.ForeignKey(Organisation, models.PROTECT, related_name="portage_answers", verbose_name=_("groupe"))
    state = models.CharField(
        _("état"), max_length=20, choices=AnswerState, default=AnswerState.WAITING, editable=False
    )
    asked_at = models.DateTimeField(_("proposée le"), default=timezone.now)
    answer_by = models.DateField(_("réponse promise"))
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True)
    decline_reason = models.CharField(_("motif"), max_length=20, choices=DeclineReason, blank=True)
    decline_text = models.TextField(_("message à l'entreprise"), max_length=2000, blank=True)
    awaiting = models.CharField(
        _("attend une réponse de"), max_length=10, blank=True,
        choices=[("sme", _("l'entreprise")), ("group", _("le groupe"))],
    )  # fmt: skip
    rung = models.SmallIntegerField(_("échéance"), choices=Rung, null=True, blank=True)
    rung_on = models.DateField(null=True, blank=True)
    email = models.OneToOneField(Email, models.PROTECT, null=True, blank=True, related_name="portage_answer")

    objects = PortageAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("réponse à une demande de portage")
        verbose_name_plural = _("réponses à des demandes de portage")
        ordering = [Coalesce("decided_at", "asked_at"), "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "group"], name="portage_answer_once_per_group"),
            models.UniqueConstraint(
                fields=["request"], condition=Q(state="accepted"), name="portage_accepted_by_one_group"
            ),
            models.CheckConstraint(name="portage_answer_state_known", condition=Q(state__in=AnswerState.values)),
            models.CheckConstraint(
                name="portage_answer_awaiting_known", condition=Q(awaiting__in=["", "sme", "group"])
            ),
            models.CheckConstraint(
                name="portage_answer_declined_with_reason", condition=~Q(state="declined") | ~Q(decline_reason="")
            ),
            models.CheckConstraint(
                name="portage_answer_accepted_with_mail", condition=~Q(state="accepted") | Q(email__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request} · {self.group}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_overdue(self) -> bool:
        return self.is_waiting and self.answer_by < timezone.localdate()


class PortageAnswerMove(Move):
    subject = models.ForeignKey(PortageAnswer, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class PortageIntroductionQuerySet(AnyIntroductionQuerySet["PortageIntroduction"]):
    mail = "answer__email"
    company = "answer__request__company"
    group = "answer__group"


# a portage is free, and no affair: its ends have words of their own
WORDS = dict(Said.choices) | {
    Said.WON.value: _("le portage est convenu"),
    Said.LOST.value: _("le portage ne se fera pas"),
}


class PortageIntroduction(AnyIntroduction):
    """The one mail that puts both sides of a portage in touch (its answer's): what became of it."""

    is_portage = True
    concern = "portage"

    answer = models.OneToOneField(
        PortageAnswer, models.PROTECT, related_name="introduction", verbose_name=_("réponse du groupe")
    )
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("acceptée par"))
    word = models.TextField(_("mot du groupe"), blank=True)  # to write the mail anew
    created_at = models.DateTimeField(_("décidée le"), default=timezone.now)
    sme_said = word_field(_("dit par la PME"), list(WORDS.items()))
    group_said = word_field(_("dit par le groupe"), list(WORDS.items()))

    objects = PortageIntroductionQuerySet.as_manager()

    class Meta:
        verbose_name = _("mise en relation d'un portage")
        verbose_name_plural = _("mises en relation de portages")
        ordering = ["-pk"]
        constraints = checks("portage_introduction")

    def __str__(self) -> str:
        return str(self.answer)

    def company(self) -> Organisation:
        return self.answer.request.company

    def group(self) -> Organisation:
        return self.answer.group

    def contact_id(self) -> int | None:
        return self.answer.request.contact_id

    def title(self) -> str:
        return gettext("portage, %(country)s") % {"country": self.answer.request.place}


class PortageIntroductionMove(Move):
    subject = models.ForeignKey(PortageIntroduction, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class PortageMessage(models.Model):
    """A question of a group, or the SME's answer."""

    answer = models.ForeignKey(PortageAnswer, models.CASCADE, related_name="messages")
    side = models.CharField(_("de"), max_length=10, choices=Side)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    text = models.TextField(_("message"), max_length=2000)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("question ou réponse")
        verbose_name_plural = _("questions et réponses")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="portage_message_side_known", condition=Q(side__in=["sme", "group"])),
            models.CheckConstraint(name="portage_message_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text[:60]

"""A company's candidacy, and the group's answer."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Least
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from matching.ladder import Rung
from opportunities.models import Opportunity
from pacte.states import Move, Stateful


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


class InContact(models.TextChoices):
    """Whether the company knew the group before: said at sending, or after the reveal when the group was hidden."""

    NO = "no", _("non, Pacte International nous fait connaître")
    YES = "yes", _("oui, nous étions déjà en contact")
    RELAUNCH = "relaunch", _("oui, et une relance par Pacte International nous aiderait")


def promised_before(day: date) -> Q:
    """Those promised an answer sooner than `day`, when they were sent or as it stands: a promise is not put off."""
    return Q(promised_by__lt=day) | Q(opportunity__answer_by__lt=day)


PROMISE = Least("promised_by", "opportunity__answer_by")  # the sooner; of one that is unknown, the other


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of_company(self, user: User) -> Self:
        """Those of this person's company, drafts too."""
        return self.filter(company=user.organisation) if user.is_sme else self.none()

    def received_by(self, user: User) -> Self:
        """Those sent to this person's group; a draft never was, nor one that was given up before it left."""
        if not user.is_group:
            return self.none()
        return self.filter(opportunity__owner=user.organisation, sent_at__isnull=False)

    def readable(self) -> Self:
        """Those whose company still agrees that its group reads them: pages, files and exports show no other."""
        kept = self.exclude(state=ApplicationState.WITHDRAWN)
        return kept.filter(introduction__consent_withdrawn_at=None)

    def waiting(self) -> Self:
        """Those that the group owes an answer."""
        return self.filter(
            state__in=[ApplicationState.SENT, ApplicationState.SHORTLISTED, ApplicationState.WAITLISTED]
        )

    def to_relaunch(self) -> Self:
        """Those whose company asked us to take the matter up again with a group it already knew."""
        going = [ApplicationState.SENT, ApplicationState.SHORTLISTED, ApplicationState.WAITLISTED]
        return self.filter(in_contact=InContact.RELAUNCH, state__in=[*going, ApplicationState.ACCEPTED])

    def to_call(self) -> Self:
        """Those that wait though the staff's rung was reached; a row each time it was."""
        late = self.waiting().filter(reminders__rung=Rung.STAFF, reminders__address="")
        return late.filter(promised_before(timezone.localdate()))


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

    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, related_name="applications", verbose_name=_("opportunité")
    )
    company = models.ForeignKey(
        Organisation, models.PROTECT, related_name="applications", verbose_name=_("entreprise")
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("commencée par"))
    state = models.CharField(
        _("état"), max_length=20, choices=ApplicationState, default=ApplicationState.DRAFT, editable=False
    )
    contact = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("personne à contacter")
    )
    pitch = models.TextField(_("votre candidature en quelques lignes"), max_length=PITCH_MAX, blank=True)
    answers = models.JSONField(_("réponses aux questions"), default=dict, db_default={}, blank=True, editable=False)
    consent_at = models.DateTimeField(_("consentement donné le"), null=True, blank=True, editable=False)
    consent_version = models.CharField(_("version du consentement"), max_length=20, blank=True, editable=False)
    snapshot = models.JSONField(_("profil au moment de l'envoi"), default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    sent_at = models.DateTimeField(_("envoyée le"), null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(_("consultée le"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True, editable=False)
    waitlisted_at = models.DateTimeField(_("en attente depuis le"), null=True, blank=True, editable=False)
    waiting_word = models.TextField(  # for when a place frees
        _("mot du groupe"), blank=True, max_length=1000, editable=False
    )
    awaiting = models.CharField(  # who owes the next word in the thread
        _("attend une réponse de"), max_length=10, blank=True, editable=False,
        choices=[("sme", _("l'entreprise")), ("group", _("le groupe"))],
    )  # fmt: skip
    in_contact = models.CharField(
        _("déjà en contact avec le groupe"), max_length=10, choices=InContact, blank=True, editable=False
    )
    promised_by = models.DateField(  # what its group promised when it was sent; see `promise`
        _("réponse promise à l'envoi"), null=True, blank=True, editable=False
    )
    recheck_by = models.DateField(  # what it applied to has changed: until then it confirms, edits or leaves
        _("à confirmer avant le"), null=True, blank=True, editable=False
    )
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
                deferrable=models.Deferrable.IMMEDIATE,  # two companies made one may exchange theirs in one statement
                violation_error_message=_("Votre entreprise a déjà une candidature pour cette opportunité."),
            ),
            models.CheckConstraint(name="application_state_known", condition=Q(state__in=ApplicationState.values)),
            models.CheckConstraint(
                name="application_sent_with_consent",
                condition=Q(state__in=["draft", "withdrawn", "cancelled"])
                | Q(sent_at__isnull=False, consent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_waitlisted_dated", condition=~Q(state="waitlisted") | Q(waitlisted_at__isnull=False)
            ),
            models.CheckConstraint(name="application_awaiting_known", condition=Q(awaiting__in=["", "sme", "group"])),
            models.CheckConstraint(
                name="application_in_contact_known", condition=Q(in_contact__in=["", *InContact.values])
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
    def is_readable(self) -> bool:
        """What `readable()` says of a row."""
        introduction = getattr(self, "introduction", None)
        taken_back = introduction is not None and introduction.consent_withdrawn_at is not None
        return self.state != self.State.WITHDRAWN and not taken_back

    @property
    def is_waiting(self) -> bool:
        return self.state in {self.State.SENT, self.State.SHORTLISTED, self.State.WAITLISTED}

    @property
    def is_revealed(self) -> bool:
        """Whether a group that hid its name has given it: until then nobody can say whether they had met."""
        introduction = getattr(self, "introduction", None) if self.opportunity.confidential else None
        return introduction is not None and introduction.state == "sent"

    @property
    def may_tell_contact(self) -> bool:
        """Whether its company may still say that they knew each other: once the group's name is known to it."""
        named = self.is_revealed or not self.opportunity.confidential
        return named and (self.is_waiting or self.state == self.State.ACCEPTED)

    @property
    def knew_the_group(self) -> bool:
        return self.in_contact in {InContact.YES, InContact.RELAUNCH}

    @property
    def may_recheck(self) -> bool:
        """Whether its company still has to say if it stands after a change of the opportunity."""
        return self.is_waiting and self.recheck_by is not None and timezone.localdate() <= self.recheck_by

    @property
    def promise(self) -> date | None:
        """The day by which the group owes an answer: as it stood at the sending, or sooner if it says so since."""
        return min((day for day in (self.promised_by, self.opportunity.answer_by) if day), default=None)

    @property
    def is_asked(self) -> bool:
        """Whether the group waits for its company's word."""
        return self.is_waiting and self.awaiting == "sme"

    @property
    def is_overdue(self) -> bool:
        return self.is_waiting and self.promise is not None and self.promise < timezone.localdate()


class ApplicationMove(Move):
    subject = models.ForeignKey(Application, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")

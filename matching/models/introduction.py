"""The one mail that puts both sides in touch, and what became of it."""

from datetime import date, datetime, time, timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Email, Organisation, User
from matching.models.application import Application, InContact
from matching.models.decisions import Side
from opportunities.models import Opportunity
from pacte.states import Move, Stateful
from pacte.workdays import add_workdays, is_worked, take_workdays

CALL_AFTER = 15  # working days after which staff call those who said nothing, or not the same
FOLLOWED = timedelta(days=365)  # after that nobody is asked about it any more

Row = TypeVar("Row", bound=models.Model)


class Said(models.TextChoices):
    """What a side tells of an introduction. Nothing of it moves the other side's word."""

    CONTACT = "contact", _("le contact a eu lieu")
    NOT_YET = "not_yet", _("pas encore de contact")
    TALKING = "talking", _("nous en discutons")
    OFFER = "offer", _("une offre est faite")
    WON = "won", _("une affaire est conclue")
    LOST = "lost", _("l'affaire est perdue")
    GIVEN_UP = "given_up", _("nous avons renoncé")
    NEVER = "never", _("le contact n'a jamais eu lieu")
    NO_TIME = "no_time", _("je n'ai plus le temps")


ENDS = frozenset({Said.WON, Said.LOST, Said.GIVEN_UP})  # who said one of these is not asked again
MET = frozenset({Said.CONTACT, Said.TALKING, Said.OFFER, Said.WON, Said.LOST})
APART = frozenset({Said.NOT_YET, Said.NEVER})
CONTRARY = frozenset({Said.LOST, Said.GIVEN_UP, Said.NEVER})  # to a win that the other side tells of
CONTRARY_WORDS = Q(sme_said=Said.WON, group_said__in=CONTRARY) | Q(group_said=Said.WON, sme_said__in=CONTRARY)


def asked_by(count: int, today: date) -> datetime:
    """The moment before which was sent what is `count` working days old today."""
    while not is_worked(today):
        today -= timedelta(days=1)
    return timezone.make_aware(datetime.combine(add_workdays(take_workdays(today, count), 1), time.min))


class AnyIntroductionQuerySet(models.QuerySet[Row]):
    # the ways to its mail and to its two sides
    mail = "email"
    company = "application__company"
    group = "application__opportunity__owner"

    def to_settle(self) -> Self:
        """Those that do not show yet what became of their mail, or that staff queued their failed mail again."""
        mail, state, of_mail = Email.State, AnyIntroduction.State, f"{self.mail}__state"
        fresh = Q(state=state.PENDING, **{f"{of_mail}__in": [mail.SENT, mail.FAILED]})
        again = Q(state=state.FAILED, **{f"{of_mail}__in": [mail.QUEUED, mail.SENT]})
        dropped = Q(**{of_mail: mail.CANCELLED}) & ~Q(state=state.CANCELLED)
        return self.filter(fresh | again | dropped)

    def failed(self) -> Self:
        return self.filter(state=AnyIntroduction.State.FAILED)

    def sent(self) -> Self:
        return self.filter(state=AnyIntroduction.State.SENT)

    def with_sides(self) -> Self:
        return self.select_related(self.company, self.group)

    def of(self, organisation: Organisation, side: Side) -> Self:
        """Those in which it is that side."""
        return self.filter(**{self.company if side == Side.SME else self.group: organisation})

    def of_company(self, user: User) -> Self:
        """Those that put this person's company in touch."""
        return self.sent().filter(**{self.company: user.organisation}) if user.is_sme else self.none()

    def of_group(self, user: User) -> Self:
        """Those that put this person's group in touch."""
        return self.sent().filter(**{self.group: user.organisation}) if user.is_group else self.none()

    def followed(self) -> Self:
        """Those that we still ask about: not while one side is suspended."""
        active = Organisation.objects.active()
        return self.sent().filter(
            sent_at__gte=timezone.now() - FOLLOWED,
            **{f"{self.company}__in": active, f"{self.group}__in": active},
        )

    def to_call(self) -> Self:
        """Fifteen working days on, nobody says that they met, only one does, or a win waits for its company's word."""
        before = asked_by(CALL_AFTER, timezone.localdate())
        over = [Said.GIVEN_UP, Said.NO_TIME]
        silent = ~Q(sme_said__in=[*MET, *over]) & ~Q(group_said__in=[*MET, *over])
        torn = Q(sme_said__in=MET, group_said__in=APART) | Q(sme_said__in=APART, group_said__in=MET)
        unconfirmed = Q(group_said=Said.WON, group_said_at__lt=before) & ~Q(sme_said__in=[*ENDS, *over])
        old = self.followed().filter(silent | torn | unconfirmed, sent_at__lt=before)
        return old.exclude(CONTRARY_WORDS).unresolved()

    def contrary(self) -> Self:
        """One side tells of a win, the other of the contrary."""
        return self.sent().filter(CONTRARY_WORDS)

    def disputed(self) -> Self:
        """Those whose contrary words wait for the staff."""
        return self.contrary().unresolved()

    def unresolved(self) -> Self:
        """Those about which something was said since staff closed the matter, if they ever did."""
        since = Q(sme_said_at__gt=F("resolved_at")) | Q(group_said_at__gt=F("resolved_at"))
        return self.filter(Q(resolved_at=None) | since)

    def won(self) -> Self:
        """A win counts once its company says it, unless the group says the contrary."""
        return self.sent().filter(sme_said=Said.WON).exclude(group_said__in=CONTRARY)


def word_field(label: Any, choices: Any = Said) -> Any:
    return models.CharField(
        label, max_length=10, choices=choices, blank=True, default="", db_default="", editable=False
    )


class AnyIntroduction(Stateful):
    """One mail that puts two sides in touch: what became of it, and what each side says of it."""

    is_portage = False
    concern = "introduction"  # the column of `Declaration` and of `Asking` that leads here
    # of each kind
    objects: Any
    declarations: Any
    history: Any

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

    state = models.CharField(_("état"), max_length=20, choices=State, default=State.PENDING, editable=False)
    sent_at = models.DateTimeField(_("envoyée le"), null=True, blank=True, editable=False)
    # each side's last word: a trigger copies it from its declarations
    sme_said = word_field(_("dit par la PME"))
    sme_said_at = models.DateTimeField(_("dit par la PME le"), null=True, blank=True, editable=False)
    group_said = word_field(_("dit par le groupe"))
    group_said_at = models.DateTimeField(_("dit par le groupe le"), null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(_("suivi clos le"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def company(self) -> Organisation:
        raise NotImplementedError

    def group(self) -> Organisation:
        raise NotImplementedError

    def contact_id(self) -> int | None:
        """Who speaks for the company, by its number."""
        raise NotImplementedError

    def title(self) -> str:
        """What it is about, for both sides."""
        raise NotImplementedError

    def say(self, word: str) -> str:
        """A word of `Said` as people say it of this kind."""
        words = dict(self._meta.get_field("sme_said").flatchoices)  # type: ignore[union-attr]  # a column
        return str(words[word])


def checks(name: str) -> list[models.BaseConstraint]:
    """What the database holds of each kind."""
    known = Q(state__in=["pending", "held", "sent", "failed", "cancelled"])
    return [
        models.CheckConstraint(name=f"{name}_state_known", condition=known),
        models.CheckConstraint(name=f"{name}_sent_dated", condition=~Q(state="sent") | Q(sent_at__isnull=False)),
    ]


class IntroductionQuerySet(AnyIntroductionQuerySet["Introduction"]):
    def born_here(self) -> Self:
        """Those whose two sides did not know each other before, as far as the company said."""
        return self.exclude(application__in_contact__in=[InContact.YES, InContact.RELAUNCH])

    def with_sides(self) -> Self:
        """And who posted, in whose language a mail is written."""
        return super().with_sides().select_related("application__opportunity__created_by")

    def followed(self) -> Self:
        """Not those of a suspended opportunity, nor once the SME took its agreement back."""
        going = super().followed().exclude(application__opportunity__state=Opportunity.State.SUSPENDED)
        return going.filter(consent_withdrawn_at=None)


class Introduction(AnyIntroduction):
    """The one mail that puts the two sides in touch: what became of it."""

    application = models.OneToOneField(
        Application, models.PROTECT, related_name="introduction", verbose_name=_("candidature")
    )
    email = models.OneToOneField(Email, models.PROTECT, related_name="introduction", verbose_name=_("e-mail"))
    created_at = models.DateTimeField(_("décidée le"), auto_now_add=True)
    consent_withdrawn_at = models.DateTimeField(_("accord retiré le"), null=True, blank=True, editable=False)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        # a message of its own: Python before 3.11.5 finds no plural message by its singular alone
        verbose_name = pgettext_lazy("one", "mise en relation")
        verbose_name_plural = _("mises en relation")
        ordering = ["-pk"]
        constraints = checks("introduction")

    def __str__(self) -> str:
        return str(self.application)

    def company(self) -> Organisation:
        return self.application.company

    def group(self) -> Organisation:
        return self.application.opportunity.owner

    def contact_id(self) -> int | None:
        return self.application.contact_id

    def title(self) -> str:
        return self.application.opportunity.title


class IntroductionMove(Move):
    subject = models.ForeignKey(Introduction, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")

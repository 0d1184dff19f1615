"""Introductions in every state, and the mails about applications: written as pages write them, then dated back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, repeat

from django.utils import timezone

from accounts.models import Email, User
from matching import letters
from matching.models import Application, Introduction, IntroductionMove
from matching.models.introduction import AnyIntroduction
from pacte.demo.book import Book
from pacte.demo.outcomes import Outcomes

Fate = AnyIntroduction.State
REASONS = {
    Fate.HELD: "Litige signalé entre les deux entreprises : à vérifier par téléphone.",
    Fate.CANCELLED: "Accord retiré par l'entreprise.",
    Fate.FAILED: "SMTPRecipientsRefused: 550 5.1.1 adresse inconnue",
}
BY_STAFF = {Fate.HELD, Fate.CANCELLED}


@dataclass
class Introductions:
    """Writes introductions; what they speak of is already in the database."""

    book: Book
    moderator: User
    outcomes: Outcomes = field(init=False)
    fates: Iterator[Fate] = field(
        default_factory=lambda: chain(
            [Fate.SENT, Fate.SENT, Fate.HELD, Fate.FAILED, Fate.CANCELLED, Fate.PENDING], repeat(Fate.SENT)
        )
    )

    def __post_init__(self) -> None:
        self.outcomes = Outcomes(self.book)

    def write(self, application: Application, *, by: User, ordinary: bool) -> None:
        """That of an accepted application: an ordinary one is sent, the others take all states in turn."""
        fate = Fate.SENT if ordinary else next(self.fates)
        at = application.decided_at or timezone.now()
        email = letters.introduction(application, by=by, message="")
        self._date_back(email, at, fate)
        sent_at = at if fate == Fate.SENT else None
        introduction = self.book.add(
            Introduction(application=application, email=email, state=fate, created_at=at, sent_at=sent_at)
        )
        self.outcomes.write(introduction, by=by, ordinary=ordinary and at < timezone.now() - timedelta(days=9))
        if fate != Fate.PENDING:
            self.book.add(
                IntroductionMove(
                    subject=introduction,
                    actor=self.moderator if fate in BY_STAFF else None,
                    before=Fate.PENDING,
                    after=fate,
                    reason=REASONS.get(fate, ""),
                    at=at + timedelta(minutes=1),
                )
            )

    def receipts(self, application: Application) -> None:
        """The mails that an application's sending and refusal left behind."""
        if not application.sent_at:
            return
        letters.received(application)
        letters.arrived(application)
        self._sent(application, application.sent_at)
        if application.state == Application.State.DECLINED:
            letters.declined(application)
            self._sent(application, application.decided_at or application.sent_at)

    @staticmethod
    def _sent(application: Application, at: datetime) -> None:
        queued = Email.objects.filter(about=f"application:{application.pk}", state=Email.State.QUEUED)
        queued.update(state=Email.State.SENT, queued_at=at, try_at=at, sent_at=at, attempts=1)

    @staticmethod
    def _date_back(email: Email, at: datetime, fate: Fate) -> None:
        """The mail as its fate left it; a pending one is to be tried again tomorrow."""
        email.queued_at = email.try_at = at
        email.error = REASONS[fate] if fate == Fate.FAILED else ""
        if fate == Fate.PENDING:
            email.attempts, email.try_at = Email.MAX_ATTEMPTS - 1, timezone.now() + timedelta(days=1)
            email.error = "TimeoutError: timed out"
        else:
            email.state = Email.State(fate)
            email.attempts = {Fate.SENT: 1, Fate.FAILED: Email.MAX_ATTEMPTS}.get(fate, 0)
            email.sent_at = at if fate == Fate.SENT else None
        email.save()

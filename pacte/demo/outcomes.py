"""What came of introductions: both sides' words over the months, and what we asked them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import cycle

from django.utils import timezone

from accounts.models import User
from matching.models import Asking, Declaration, Introduction, Side
from matching.outcome_clock import LADDER, days_of
from pacte.demo.book import Book
from pacte.workdays import is_worked

SME, GROUP = Side.SME, Side.GROUP
MONTHS = 60  # days: those older than that have a story to tell
Word = tuple[int, Side, dict[str, object]]  # so many days after, who, what
MET: list[Word] = [(7, SME, {"said": "contact"}), (8, GROUP, {"said": "contact"})]
TOLD: Word = (40, GROUP, {"said": "won"})


def won(amount: str, without: str = "no", years: int | None = None) -> list[Word]:
    """Met, won, confirmed."""
    return [*MET, TOLD, (43, SME, {"said": "won", "amount": amount, "without": without, "years": years})]


TALES: list[list[Word]] = [
    won("50k-250k", years=3),
    [*MET, (35, SME, {"said": "won", "amount": "250k-1m", "without": "no"}), (38, GROUP, {"said": "lost"})],
    won("0-50k"),
    [(7, SME, {"said": "not_yet", "note": "Deux messages sans réponse."}), MET[1]],
    won("1m-5m", "probably", 5),
    [*MET, TOLD],
    won("undisclosed"),
    [],
    won("250k-1m", years=2),
    [*MET, (33, GROUP, {"said": "offer"}), (34, SME, {"said": "talking"})],
    [MET[0], (36, GROUP, {"said": "no_time"})],
    won("50k-250k"),
    [*MET, (32, GROUP, {"said": "given_up"}), (45, SME, {"said": "lost"})],
]
TO_CONFIRM: list[Word] = [(6, SME, {"said": "contact"}), (6, GROUP, {"said": "contact"}), (8, GROUP, {"said": "won"})]


@dataclass
class Outcomes:
    """Writes declarations and questions into the book, beside their introductions."""

    book: Book
    old: Iterator[list[Word]] = field(default_factory=lambda: cycle(TALES))
    young: Iterator[list[Word]] = field(default_factory=lambda: cycle([[], MET[:1], MET]))

    def write(self, introduction: Introduction, *, by: User, ordinary: bool) -> None:
        """Those of an introduction that was sent; the demonstration's own SME has a win to confirm."""
        if introduction.sent_at is None:
            return
        sent, today = timezone.localdate(introduction.sent_at), timezone.localdate()
        words = TO_CONFIRM if ordinary else next(self.old if (today - sent).days > MONTHS else self.young)
        told = [(_at(sent + timedelta(days=days), 11), side, said) for days, side, said in words]
        told = [one for one in told if one[0].date() < today]
        people = {SME: introduction.application.contact, GROUP: by}
        for at, side, said in told:
            fresh = {"years": None, **said}
            self.book.add(Declaration(introduction=introduction, side=side, by=people[side], at=at, **fresh))
        self._asked(introduction, sent, today, told)

    def _asked(
        self, introduction: Introduction, sent: date, today: date, told: list[tuple[datetime, Side, dict]]
    ) -> None:
        """As the clock would have: until a side told the end."""
        its = introduction.application
        addresses = {SME: its.contact.email if its.contact else "", GROUP: its.opportunity.contact_email}
        days = days_of(sent)
        for side in Side:
            ends = [at for at, whose, said in told if whose == side and said["said"] in {"won", "lost", "given_up"}]
            for what in LADDER:
                at = _at(days[what], 8)
                if at.date() < today and not any(end < at for end in ends):
                    self._ask(introduction, side, what, addresses[side], at)
        wins = [at for at, side, said in told if side == GROUP and said["said"] == "won"]
        if wins:
            self._ask(introduction, SME, Asking.What.WIN, addresses[SME], _at(wins[0].date() + timedelta(days=1), 8))

    def _ask(self, introduction: Introduction, side: Side, what: str, address: str, at: datetime) -> None:
        self.book.add(Asking(introduction=introduction, side=side, what=what, address=address, at=at))


def _at(day: date, hour: int) -> datetime:
    """That day, or the next one on which people work."""
    while not is_worked(day):
        day += timedelta(days=1)
    return timezone.make_aware(datetime.combine(day, time(hour)))

"""Applications in every state, and the introductions that came of those accepted."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from random import Random
from typing import Any

from django.utils import translation

from accounts.models import User
from matching import consent, snapshot
from matching.models import Application, ApplicationMove, ApplicationState, DeclineReason
from opportunities.models import State
from pacte.demo.book import Book, Calendar
from pacte.demo.introductions import Introductions
from pacte.demo.opportunities import Posted
from pacte.demo.smes import Company
from pacte.demo.words import dice, enumeration, trades

S = ApplicationState
PATHS = {
    S.DRAFT: [],
    S.SENT: [S.SENT],
    S.SHORTLISTED: [S.SENT, S.SHORTLISTED],
    S.WAITLISTED: [S.SENT, S.SHORTLISTED, S.WAITLISTED],
    S.ACCEPTED: [S.SENT, S.SHORTLISTED, S.ACCEPTED],
    S.DECLINED: [S.SENT, S.DECLINED],
    S.WITHDRAWN: [S.SENT, S.WITHDRAWN],
    S.UNANSWERED: [S.SENT, S.UNANSWERED],
    S.CANCELLED: [S.SENT, S.CANCELLED],
}
DECISIONS = {S.ACCEPTED, S.DECLINED}
BY_GROUP = {S.SHORTLISTED, S.WAITLISTED, S.ACCEPTED, S.DECLINED}
OUTCOMES = {  # what applications come to, by the state of their opportunity
    State.PUBLISHED: (
        S.SENT,
        S.SENT,
        S.SENT,
        S.SHORTLISTED,
        S.DECLINED,
        S.DRAFT,
        S.ACCEPTED,
        S.WITHDRAWN,
        S.WAITLISTED,
    ),
    State.CLOSED: (S.ACCEPTED, S.ACCEPTED, S.DECLINED, S.SHORTLISTED, S.UNANSWERED),
    State.SUSPENDED: (S.SENT,),
    State.WITHDRAWN: (S.CANCELLED,),
}
# What the demonstration's own sign-ins see: (by its SME, by others), by number of the opportunity.
STORY: dict[int, tuple[str | None, tuple[str, ...]]] = {
    0: (None, (S.SENT, S.SENT, S.SHORTLISTED, S.DECLINED, S.SENT, S.DRAFT)),
    1: (S.SENT, (S.SENT, S.SHORTLISTED)),
    2: (S.ACCEPTED, (S.SENT, S.ACCEPTED, S.WAITLISTED)),
    3: (S.DRAFT, (S.SENT, S.SENT)),
    4: (None, ()),
    5: (S.SHORTLISTED, (S.SENT, S.WITHDRAWN)),
    9: (S.ACCEPTED, (S.ACCEPTED, S.UNANSWERED, S.SENT)),
    10: (S.DECLINED, (S.SENT, S.ACCEPTED)),
}
PITCHES = (
    "Votre besoin est au cœur de notre métier : nous {does} {items}. {proof} Nous pouvons démarrer sous deux mois.",
    "Nous {does} {items}. {proof} Nous serions heureux de bâtir l'offre avec vos équipes et de nous rendre sur place.",
    "{proof} Nous {does} {items}, et notre carnet nous laisse la capacité de répondre dans vos délais.",
)
DECLINES = {
    DeclineReason.TRADE: "Votre savoir-faire est réel, mais ce projet demande d'autres équipements que les vôtres.",
    DeclineReason.COUNTRY: "Sur ce pays, le client exige une expérience que vous n'avez pas encore.",
    DeclineReason.SIZE: "Le volume demandé dépasse ce que votre site peut produire dans le délai.",
    DeclineReason.CERTIFICATION: "Le cahier des charges impose une certification qui manque à votre dossier.",
    DeclineReason.TIMING: "Votre calendrier et celui du client ne se rejoignent pas cette année.",
    DeclineReason.CHOSEN: "Une entreprise déjà présente dans le pays a été retenue. Merci de ce dossier clair.",
    DeclineReason.INCOMPLETE: "Il nous manque vos références et vos certifications pour décider.",
}


@dataclass
class Applications:
    """Writes applications into the book; their companies and opportunities are already in the database."""

    book: Book
    calendar: Calendar
    companies: list[Company]
    moderator: User
    by_trade: dict[str, list[Company]] = field(init=False)
    introductions: Introductions = field(init=False)
    written: list[tuple[Application, Posted, bool]] = field(init=False)
    reasons: Iterator[DeclineReason] = field(init=False)

    def __post_init__(self) -> None:
        self.star, *others = self.companies
        self.by_trade = defaultdict(list)
        for company in others:
            if company.organisation.is_active and company.references:
                self.by_trade[company.trade.code].append(company)
        self.introductions = Introductions(self.book, self.moderator)
        self.written = []
        self.reasons = chain(DECLINES, repeat(DeclineReason.CHOSEN))

    def write(self, number: int, posted: Posted) -> None:
        """Those for opportunity `number`."""
        rng = dice("applications", number)
        outcomes = OUTCOMES.get(posted.plan.state, ())
        chosen = [rng.choice(outcomes) for _one in range(rng.randrange(1, 6))] if outcomes else []
        if posted.plan.state == State.CLOSED:
            chosen = [S.ACCEPTED, S.ACCEPTED, *chosen]
        mine, others = STORY.get(number, (None, tuple(chosen)))
        if mine:
            self._application(rng, posted, self.star, mine)
        for company, outcome in zip(self._applicants(rng, posted), others, strict=False):
            self._application(rng, posted, company, outcome)

    def _applicants(self, rng: Random, posted: Posted) -> list[Company]:
        """Companies of the trade first, then of its neighbours."""
        same = list(self.by_trade[posted.plan.trade])
        rng.shuffle(same)
        sector = trades()[posted.plan.trade].sectors[0]
        others = (its for code, its in self.by_trade.items() if code != posted.plan.trade)
        near = [company for its in others for company in its if sector in company.trade.sectors]
        return same[:4] + rng.sample(near, min(3, len(near)))

    def _application(self, rng: Random, posted: Posted, company: Company, state: str) -> None:
        path = PATHS[S(state)]
        in_time = max(2, -(posted.plan.apply_in or 0))
        sent = rng.randrange(in_time, max(in_time + 1, posted.published_ago - 1))
        decided = max(sent - rng.randrange(2, 9), 1)
        seen = len(path) > 1 or (path and rng.random() < 0.5 and sent > 2)
        contact = company.people[0]
        reason = next(self.reasons) if state == S.DECLINED else None
        application = self.book.add(
            Application(
                opportunity=posted.opportunity, company=company.organisation, created_by=contact, contact=contact,
                state=state, pitch=self._pitch(rng, company),
                consent_at=self.calendar.ago(sent, 11) if path else None,
                consent_version=consent.VERSION if path else "", created_at=self.calendar.ago(sent + 1, 17),
                sent_at=self.calendar.ago(sent, 11) if path else None,
                seen_at=self.calendar.ago(sent - 1, 9) if seen else None,
                decided_at=self.calendar.ago(decided, 15) if state in DECISIONS else None,
                waitlisted_at=self.calendar.ago(decided, 15) if state == S.WAITLISTED else None,
                decline_reason=reason or "", decline_text=f"Bonjour,\n\n{DECLINES[reason]}" if reason else "",
            )
        )  # fmt: skip
        if application.sent_at:
            application.snapshot = self._frozen(application)
        self._history(application, posted, contact, sent, decided)
        self.written.append((application, posted, company is self.star))

    def close(self) -> None:
        """Once all are in the database: the introductions of those accepted, and the mails that the sign-ins got."""
        for application, posted, is_star in self.written:
            if application.state == S.ACCEPTED:
                self.introductions.write(application, by=posted.group.people[0], ordinary=is_star)
            if is_star:
                self.introductions.receipts(application)

    @staticmethod
    def _frozen(application: Application) -> dict[str, Any]:
        with translation.override("fr"):
            agreed = consent.text(application)
        taken_at = application.sent_at.isoformat() if application.sent_at else ""
        return snapshot.take(application) | {"consent": agreed, "taken_at": taken_at}

    def _history(self, application: Application, posted: Posted, contact: User, sent: int, decided: int) -> None:
        before = S.DRAFT
        for after in PATHS[S(application.state)]:
            actor: User | None = None  # time did it
            if after in {S.SENT, S.WITHDRAWN}:
                actor = contact
            elif after in BY_GROUP:
                actor = posted.group.people[0]
            ended = after == application.state and after != S.SENT
            at = self.calendar.ago(decided, 15) if ended else self.calendar.ago(sent - (after != S.SENT), 12)
            self.book.add(
                ApplicationMove(
                    subject=application, actor=actor, before=before, after=after, at=at,
                    reason=self._reason(application) if after == application.state else "",
                )
            )  # fmt: skip
            before = after

    @staticmethod
    def _reason(application: Application) -> str:
        if application.state == S.DECLINED:
            return f"{DeclineReason(application.decline_reason).label}. {application.decline_text}"
        return "L'opportunité a été retirée." if application.state == S.CANCELLED else ""

    @staticmethod
    def _pitch(rng: Random, company: Company) -> str:
        """The company's own words, with its best reference as proof."""
        best = max(company.references, key=lambda reference: reference.year or 0)
        proof = f"Référence récente : {best.title} ({best.year})."
        items = enumeration(company.trade.items[:3])
        return rng.choice(PITCHES).format(does=company.trade.does, items=items, proof=proof)

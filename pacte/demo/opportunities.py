"""Invented opportunities, over all kinds and all states, with the history that led there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from accounts.models import User
from accounts.taxonomy import bands
from opportunities.amounts import Amount
from opportunities.kinds import KINDS, Kind
from opportunities.models import Comment, Criterion, Opportunity, OpportunityMove, Stage, State
from pacte.demo.announcements import Subject, announce
from pacte.demo.book import Book, Calendar
from pacte.demo.groups import Group
from pacte.demo.words import countries, dice, trades

KINDS_IN_TURN = (
    Kind.CO_EXPORT, Kind.SOURCING, Kind.TENDER, Kind.CO_EXPORT, Kind.PORTAGE, Kind.SOURCING, Kind.JOINT_BID,
    Kind.CO_EXPORT, Kind.EVENT, Kind.TENDER, Kind.HOSTING, Kind.CO_EXPORT, Kind.SOURCING, Kind.PORTAGE, Kind.TENDER,
    Kind.JOINT_BID, Kind.CO_EXPORT, Kind.EVENT, Kind.SOURCING, Kind.HOSTING,
)  # fmt: skip
STATES_IN_TURN = (  # of the first sixty; later ones are nearly all published
    [State.PUBLISHED] * 35 + [State.CLOSED] * 7 + [State.SUBMITTED] * 5 + [State.DRAFT] * 4
    + [State.CHANGES_REQUESTED] * 3 + [State.SUSPENDED] * 2 + [State.REJECTED] * 2 + [State.WITHDRAWN] * 2
)  # fmt: skip
PATHS = {
    State.DRAFT: [],
    State.SUBMITTED: [State.SUBMITTED],
    State.CHANGES_REQUESTED: [State.SUBMITTED, State.CHANGES_REQUESTED],
    State.REJECTED: [State.SUBMITTED, State.REJECTED],
    State.PUBLISHED: [State.SUBMITTED, State.PUBLISHED],
    State.SUSPENDED: [State.SUBMITTED, State.PUBLISHED, State.SUSPENDED],
    State.CLOSED: [State.SUBMITTED, State.PUBLISHED, State.CLOSED],
    State.WITHDRAWN: [State.SUBMITTED, State.PUBLISHED, State.WITHDRAWN],
}
BY_STAFF = {State.PUBLISHED, State.CHANGES_REQUESTED, State.REJECTED, State.SUSPENDED}
REASONS = {
    State.REJECTED: "besoin trop vague. Ni pays, ni produit précis : nous vous appelons pour en parler.",
    State.SUSPENDED: "Le contact principal est injoignable depuis deux semaines.",
    State.WITHDRAWN: "Le client final a reporté son projet à l'an prochain.",
    State.CLOSED: "Date limite atteinte.",
}
COMMENTS = (
    ("description", "Précisez les quantités et le calendrier : les PME ont besoin de savoir si leur capacité suffit."),
    ("answer_by", "Le délai de réponse promis dépasse deux mois ; pouvez-vous le ramener à un mois ?"),
    ("benefits", "Dites ce que la PME y gagne, par exemple une référence citable ou l'avance des frais de mission."),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one opportunity will be, before its words."""

    group: int
    kind: Kind
    state: State
    trade: str = ""
    need: int = 0
    country: str = ""
    confidential: bool | None = None
    apply_in: int | None = None
    undated: bool = False


# The first ones make the story that the demonstration's sign-ins see.
STORY = (
    Plan(0, Kind.CO_EXPORT, State.PUBLISHED, "vannes", 0, "MA", False, 24),
    Plan(1, Kind.TENDER, State.PUBLISHED, "vannes", 1, "SN", True, 12),
    Plan(0, Kind.TENDER, State.PUBLISHED, "vannes", 1, "CI", False, 31),
    Plan(0, Kind.PORTAGE, State.PUBLISHED, "pompes", 0, "VN", False, 40),
    Plan(9, Kind.CO_EXPORT, State.PUBLISHED, "vannes", 0, "SA", True, 18),
    Plan(0, Kind.EVENT, State.PUBLISHED, "traitement-eau", 0, "AE", False, 9),
    Plan(0, Kind.SOURCING, State.DRAFT, "mesure-eau", 0, "IN", False, 45),
    Plan(0, Kind.JOINT_BID, State.CHANGES_REQUESTED, "canalisations", 0, "PH", False, 38),
    Plan(0, Kind.CO_EXPORT, State.SUBMITTED, "forage-minier", 1, "CL", True, 50),
    Plan(0, Kind.CO_EXPORT, State.CLOSED, "traitement-eau", 1, "EG", False, -20),
    Plan(9, Kind.JOINT_BID, State.PUBLISHED, "vannes", 0, "QA", True, 27),
)


@dataclass
class Posted:
    """What the rest of the demonstration needs to know of an opportunity."""

    opportunity: Opportunity
    group: Group
    plan: Plan
    published_ago: int


@dataclass
class Opportunities:
    """Writes opportunities into the book, each from its number alone."""

    book: Book
    calendar: Calendar
    groups: list[Group]
    moderator: User

    def __post_init__(self) -> None:
        self.groups = [group for group in self.groups if group.organisation.is_active]
        self.states = STATES_IN_TURN.copy()
        for plan in STORY:
            self.states.remove(plan.state)
        dice("states").shuffle(self.states)

    def write(self, number: int) -> Posted:
        """Opportunity `number`, its criteria, its comments and its history."""
        rng = dice("opportunity", number)
        plan = self._completed(rng, number, STORY[number] if number < len(STORY) else self._plan(rng, number))
        group = self.groups[plan.group]
        days = self._published_ago(rng, plan)
        subject = self._subject(rng, number, plan, group)
        opportunity = self._row(rng, plan, group, subject, days)
        self._history(opportunity, plan, group, days)
        self._criteria(rng, opportunity, subject)
        return Posted(opportunity, group, plan, days)

    def _plan(self, rng: Random, number: int) -> Plan:
        index = number - len(STORY)
        later = rng.choices((State.PUBLISHED, State.CLOSED, State.SUBMITTED, State.DRAFT), (92, 5, 2, 1))[0]
        state = self.states[index] if index < len(self.states) else later
        return Plan(number % len(self.groups), KINDS_IN_TURN[number % len(KINDS_IN_TURN)], state)

    def _completed(self, rng: Random, number: int, plan: Plan) -> Plan:
        group = self.groups[plan.group]
        ahead = -rng.randrange(8, 200) if plan.state == State.CLOSED else rng.choice((3, 5, *range(8, 75)))
        wanted, its_need = group.wants[number // len(self.groups) * 3 % len(group.wants)]
        trade = plan.trade or wanted.code
        need = plan.need if plan.trade else wanted.needs.index(its_need)
        return replace(
            plan,
            trade=trade,
            need=need,
            country=plan.country or rng.choice(group.countries).code,
            confidential=rng.random() < 0.22 if plan.confidential is None else plan.confidential,
            apply_in=ahead if plan.apply_in is None else plan.apply_in,
            undated=not plan.trade and plan.state == State.PUBLISHED and rng.random() < 0.06,
        )

    @staticmethod
    def _published_ago(rng: Random, plan: Plan) -> int:
        if plan.state == State.CLOSED:
            return -(plan.apply_in or 0) + rng.randrange(30, 60)
        if plan.state in {State.SUBMITTED, State.CHANGES_REQUESTED}:
            return rng.randrange(1, 6)
        return rng.randrange(6, 40)

    @staticmethod
    def _subject(rng: Random, number: int, plan: Plan, group: Group) -> Subject:
        trade, country = trades()[plan.trade], countries()[plan.country]
        english = plan.kind == Kind.SOURCING and country.languages[0] not in {"fr", "es"} and rng.random() < 0.6
        offered = plan.kind in {Kind.PORTAGE, Kind.HOSTING, Kind.EVENT}  # open to the group's whole sector
        return Subject(
            kind=plan.kind, trade=trade, need=trade.needs[plan.need], country=country,
            language="en" if english else "fr",
            sector_code=group.profile.sector if offered else trade.sectors[0],
            number=number, apply_in=plan.apply_in or 0,
        )  # fmt: skip

    def _row(self, rng: Random, plan: Plan, group: Group, subject: Subject, days: int) -> Opportunity:
        trade, apply_in = subject.trade, plan.apply_in or 0
        chief, deputy = group.people
        path = PATHS[plan.state]
        sector_codes = list(dict.fromkeys([subject.sector_code, *trade.sectors[: rng.randrange(1, 3)]]))
        also = [rng.choice(group.countries).code] if rng.random() < 0.2 else []
        goods = plan.kind in {Kind.SOURCING, Kind.TENDER, Kind.CO_EXPORT, Kind.JOINT_BID}
        opportunity = Opportunity(
            owner=group.organisation, created_by=chief, kind=plan.kind, state=plan.state,
            places=list(dict.fromkeys([plan.country, *also])), sectors=sector_codes,
            cpv_codes=list(trade.cpv) if goods and rng.random() < 0.7 else [],
            hs_codes=list(trade.hs) if plan.kind == Kind.SOURCING else [],
            naf_codes=[trade.naf] if rng.random() < 0.4 else [],
            stage=rng.choice(Stage.values) if KINDS[plan.kind].asks_stage else "",
            first_exporters_welcome=plan.kind in {Kind.PORTAGE, Kind.EVENT, Kind.HOSTING} or rng.random() < 0.25,
            apply_by=None if plan.undated else self.calendar.day(apply_in),
            answer_by=self.calendar.day(max(apply_in, 10) + rng.randrange(10, 30) if apply_in > 0 else apply_in + 14),
            contact_name=chief.get_full_name(), contact_email=chief.email,
            deputy_name=deputy.get_full_name(), deputy_email=deputy.email,
            **amount(plan.kind, subject.number),
            capacity=rng.choice((2, 3, 4, 6, 6)), confidential=bool(plan.confidential),
            alias=group.profile.alias if plan.confidential else "",
            created_at=self.calendar.ago(days + 6), updated_at=self.calendar.ago(max(days - 1, 1)),
            submitted_at=self.calendar.ago(days + 2) if path else None,
            published_at=self.calendar.ago(days, 14) if State.PUBLISHED in path else None,
            closed_at=self.calendar.ago(-apply_in - 1, 0, 5) if plan.state == State.CLOSED else None,
            revision=1 + len(path),
            **announce(subject, self.calendar, rng),
        )  # fmt: skip
        opportunity.derive()
        return self.book.add(opportunity)

    def _history(self, opportunity: Opportunity, plan: Plan, group: Group, days: int) -> None:
        before = State.DRAFT
        moments = {
            State.SUBMITTED: opportunity.submitted_at,
            State.PUBLISHED: opportunity.published_at,
            State.CLOSED: opportunity.closed_at,
        }
        for after in PATHS[plan.state]:
            actor: User | None = self.moderator if after in BY_STAFF else group.people[0]
            if after == State.CLOSED:
                actor = None  # the date did it
            at = moments.get(after) or self.calendar.ago(max(days - 3, 1), 16)
            self.book.add(
                OpportunityMove(
                    subject=opportunity, actor=actor, before=before, after=after, at=at, reason=REASONS.get(after, "")
                )
            )
            before = after
        if plan.state == State.CHANGES_REQUESTED:
            for field, text in COMMENTS[: 1 + opportunity.pk % 3]:
                self.book.add(
                    Comment(
                        opportunity=opportunity, author=self.moderator, field=field, text=text,
                        at=self.calendar.ago(max(days - 3, 1), 16),
                    )
                )  # fmt: skip

    def _criteria(self, rng: Random, opportunity: Opportunity, subject: Subject) -> None:
        """Hardly more than one must; the rest are wishes."""
        kinds = Criterion.Kind
        wanted: list[tuple[str, str, bool]] = []
        if rng.random() < 0.65:
            wanted.append((kinds.CERTIFICATION, subject.trade.certs[0], rng.random() < 0.25))
        if rng.random() < 0.3 and len(subject.trade.certs) > 1:
            wanted.append((kinds.CERTIFICATION, subject.trade.certs[1], False))
        if rng.random() < 0.5:
            wanted.append((kinds.LANGUAGE, subject.country.languages[0], False))
        if rng.random() < 0.4:
            wanted.append((kinds.EXPERIENCE, subject.country.code, False))
        if rng.random() < 0.3:
            wanted.append((kinds.HEADCOUNT, rng.choice(list(bands.HEADCOUNT)[2:5]), False))
        for kind, code, must in [*wanted, *in_turn(opportunity, subject.number)]:
            self.book.add(Criterion(opportunity=opportunity, kind=kind, code=code, must=must))


def in_turn(opportunity: Opportunity, number: int) -> Iterator[tuple[str, str, bool]]:
    """Sectors and contracts, each asked of now and then."""
    if number % 6 == 5:
        yield Criterion.Kind.SECTOR, opportunity.sectors[0], number % 12 == 5
    if opportunity.amount_shared and opportunity.amount != Amount.UNDER_50K:  # which would ask nothing
        yield Criterion.Kind.VOLUME, opportunity.amount, number % 8 == 1


def amount(kind: str, number: int) -> dict[str, Any]:
    """A band where the kind asks for one, shown to SMEs two times in three; now and then not told, and why."""
    if not KINDS[kind].asks_amount:
        return {}
    if number % 7 == 6:
        return {"amount": Amount.UNDISCLOSED, "amount_reason": "Appel d'offres en cours."}
    bands_told = [Amount.UNDER_50K, Amount.UNDER_250K, Amount.UNDER_1M, Amount.UNDER_5M]
    return {"amount": bands_told[number % len(bands_told)], "amount_shared": number % 3 != 0}

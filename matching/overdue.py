"""Which applications are due which rung of the answer ladder, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Absence, OrganisationMove
from matching.apply import DECIDABLE
from matching.ladder import DAY, NOTICE, REPLY, Clock, Pause, Rung, merged, quiet
from matching.models import Application, ApplicationMove, Message, Reminder, Side, promised_before
from opportunities import contacts
from opportunities.models import Opportunity, OpportunityMove
from pacte.workdays import add_workdays

State = Application.State
AHEAD = timedelta(days=14)  # no first reminder leaves sooner, however many holidays come before the promised day
BATCH = 500
ACTS = [State.SHORTLISTED, State.WAITLISTED, State.ACCEPTED, State.DECLINED]
TOLD_AT = [Rung.LAST, Rung.LATE, Rung.DUE, Rung.SOON]  # rungs that write to someone, the highest first


@dataclass(slots=True)
class Case:
    """An application, the rung that its clock has reached, who is to be told of which."""

    application: Application
    clock: Clock
    reached: Rung
    told: list[tuple[Rung, str]] = field(default_factory=list)  # (rung, address), "" for the staff


@dataclass(frozen=True, slots=True)
class Past:
    """What happened so far to a batch of applications, by what it happened to."""

    pauses: dict[int, list[Pause]]
    sent_again: dict[int, date]
    acts: dict[int, date]  # the group's last, by application
    acts_around: dict[int, date]  # the same by opportunity
    reminders: dict[int, list[Reminder]]
    away: dict[int, set[str]]  # addresses, by group
    crews: contacts.Crews


def batches() -> Iterator[list[Application]]:
    """Those that a group owes an answer about now, or soon; an opportunity's are together but at a batch's edge."""
    near = timezone.localdate() + AHEAD
    rows = Application.objects.waiting().filter(
        promised_before(near + DAY), opportunity__state__in=DECIDABLE, sent_at__isnull=False
    )
    last = (0, 0)
    while True:
        after = Q(opportunity__gt=last[0]) | Q(opportunity=last[0], pk__gt=last[1])
        page = rows.filter(after).select_related("opportunity__owner", "opportunity__created_by", "company")
        found = list(page.order_by("opportunity", "pk")[:BATCH])
        if not found:
            return
        yield found
        last = (found[-1].opportunity_id, found[-1].pk)


def due(applications: Collection[Application], today: date) -> list[Case]:
    """Those that have something to be told, or to be ended, today."""
    past = read(applications, today)
    cases = (case_of(application, past, today) for application in applications)
    return [case for case in cases if case and (case.told or case.reached == Rung.END)]


def case_of(application: Application, past: Past, today: date) -> Case | None:
    clock = clock_of(application, past)
    reached = clock.reached(today)
    if reached is None:
        return None
    gone = [one for one in past.reminders.get(application.pk, []) if one.begins == clock.begins]
    if reached == Rung.END and not may_end(gone, past.acts.get(application.pk), today):
        reached = Rung.LAST
    case = Case(application, clock, reached)
    if reached != Rung.END:
        case.told = list(tellings(case, gone, past, today))
    return case


def tellings(case: Case, gone: Iterable[Reminder], past: Past, today: date) -> Iterator[tuple[Rung, str]]:
    """What was not told yet: to the staff when they must call, to people unless the group has just acted."""
    known = {(one.rung, one.address) for one in gone}
    if case.reached >= Rung.STAFF and (Rung.STAFF, "") not in known:
        yield Rung.STAFF, ""
    opportunity = case.application.opportunity
    if quiet(past.acts_around.get(opportunity.pk), today):
        return
    rung = next(rung for rung in TOLD_AT if rung <= case.reached)
    for address in addresses(opportunity, rung, past):
        if not any(old >= rung and whose == address for old, whose in known):
            yield rung, address


def addresses(opportunity: Opportunity, rung: Rung, past: Past) -> list[str]:
    """Whom a rung tells: the contact first, then both, then the deputy; those who are away are not written to."""
    away = past.away.get(opportunity.owner_id, set())
    first, second = (one.email.lower() for one in contacts.named(opportunity, past.crews))
    chosen = {Rung.SOON: [first], Rung.LATE: [second]}.get(rung, [first, second])
    here = [address for address in chosen if address not in away] or [first]
    return [address for address in dict.fromkeys(here) if address]


def may_end(gone: Iterable[Reminder], act: date | None, today: date) -> bool:
    """Whether the last chance was told, long enough ago, and the group has done nothing about it lately."""
    last = [timezone.localdate(one.at) for one in gone if one.rung == Rung.LAST]
    return bool(last) and add_workdays(min(last), NOTICE) <= today and not quiet(act, today)


def clock_of(application: Application, past: Past) -> Clock:
    """Of one that `batches` picked: it was promised an answer, and it was sent."""
    sent = max(timezone.localdate(application.sent_at), past.sent_again.get(application.pk, date.min))
    return Clock(promise(application), sent, tuple(past.pauses.get(application.pk, ())))


def promise(application: Application) -> date:
    return application.promise or date.max


def read(applications: Collection[Application], today: date) -> Past:
    """Seven queries, however many applications."""
    acts, around, again = _acts(applications)
    pauses = _suspensions(applications, today)
    away: dict[int, set[str]] = defaultdict(set)
    owners = {one.opportunity.owner_id for one in applications}
    earliest = min(map(promise, applications), default=today)
    absences: dict[tuple[int, str], list[Pause]] = defaultdict(list)
    for absence in Absence.objects.filter(organisation__in=owners, last_day__gte=earliest, first_day__lte=today):
        absences[absence.organisation_id, absence.email].append(Pause(absence.first_day, absence.last_day + DAY))
        if absence.last_day >= today:
            away[absence.organisation_id].add(absence.email)
    known = contacts.crews(owners)
    threads: dict[int, list[tuple[date, Side]]] = defaultdict(list)
    for row in Message.objects.filter(application__in=applications).order_by("at", "pk"):
        threads[row.application_id].append((timezone.localdate(row.at), Side(row.side)))
    for one in applications:
        contact = contacts.named(one.opportunity, known)[0].email.lower()
        pauses[one.pk] += absences[one.opportunity.owner_id, contact]
        pauses[one.pk] += _questions(threads[one.pk], today)
        for day in (day for day, side in threads[one.pk] if side == Side.GROUP):
            acts[one.pk] = max(day, acts.get(one.pk, day))
            around[one.opportunity_id] = max(day, around.get(one.opportunity_id, day))
    reminders: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in Reminder.objects.filter(application__in=applications):
        reminders[reminder.application_id].append(reminder)
    return Past(pauses, again, acts, around, reminders, away, known)


def _acts(applications: Iterable[Application]) -> tuple[dict[int, date], dict[int, date], dict[int, date]]:
    """The group's last moves by application and by opportunity, and when one that was declined was taken up again."""
    acts: dict[int, date] = {}
    around: dict[int, date] = {}
    again: dict[int, date] = {}
    moves = ApplicationMove.objects.filter(
        Q(after__in=ACTS) | Q(before=State.DECLINED),
        subject__opportunity__in={one.opportunity_id for one in applications},
        actor__isnull=False,
    )
    rows = moves.order_by("at", "pk").values_list("subject", "subject__opportunity", "before", "at")
    for subject, opportunity, before, at in rows:
        acts[subject] = around[opportunity] = timezone.localdate(at)
        if before == State.DECLINED:
            again[subject] = acts[subject]
    return acts, around, again


def _suspensions(applications: Collection[Application], today: date) -> dict[int, list[Pause]]:
    """Of the opportunity, of its group, of the company."""
    opportunities = {one.opportunity_id for one in applications}
    people = {one.opportunity.owner_id for one in applications} | {one.company_id for one in applications}
    either = Q(before="suspended") | Q(after="suspended")
    of_posts = OpportunityMove.objects.filter(either, subject__in=opportunities)
    of_people = OrganisationMove.objects.filter(either, subject__in=people)
    found = []
    for rows in (of_posts, of_people):
        moves: dict[int, list[tuple[date, bool]]] = defaultdict(list)
        for subject, after, at in rows.order_by("at", "pk").values_list("subject", "after", "at"):
            moves[subject].append((timezone.localdate(at), after == "suspended"))
        found.append({subject: merged(its, today) for subject, its in moves.items()})
    posts, organisations = found
    return {
        one.pk: [
            *posts.get(one.opportunity_id, ()),
            *organisations.get(one.opportunity.owner_id, ()),
            *organisations.get(one.company_id, ()),
        ]
        for one in applications
    }


def _questions(thread: Iterable[tuple[date, Side]], today: date) -> list[Pause]:
    """While the SME owes an answer, five working days at most, the group's clock waits."""
    pauses = merged(((day, side == Side.GROUP) for day, side in thread), today)
    return [Pause(pause.since, min(pause.until, add_workdays(pause.since, REPLY))) for pause in pauses]

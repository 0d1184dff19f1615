"""Whom to ask what about an introduction of either kind, and on which day: dates and words in, questions out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Absence, Membership
from matching import outcome_words
from matching.models import Asking, Introduction, PortageIntroduction, Said, Side
from matching.models.introduction import ENDS, AnyIntroduction, AnyIntroductionQuerySet
from opportunities import contacts
from pacte.workdays import add_workdays

What = Asking.What
CONTACT_AFTER = 5  # working days
AFTER = {What.MONTH: 30, What.QUARTER: 90, What.HALF: 180}  # days; on the first working day from then
LADDER = [What.CONTACT, What.MONTH, What.QUARTER, What.HALF]
FRESH = timedelta(days=7)  # who has just told where it stands is not asked again
BATCH = 500
BEFORE = Value(datetime(2000, 1, 1, tzinfo=UTC))  # any word
Kind = type[Introduction] | type[PortageIntroduction]
KINDS: tuple[Kind, ...] = (Introduction, PortageIntroduction)


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask or to tell one side; the address is empty when that side has none."""

    introduction: AnyIntroduction
    side: Side
    what: str
    address: str


def due(today: date) -> Iterator[Ask]:
    """All that is to be asked or told today: two queries a batch, a few more when some of it is due."""
    for kind in KINDS:
        last = 0
        while batch := list(kind.objects.followed().filter(pk__gt=last).order_by("pk")[:BATCH]):
            yield from _of(kind, batch, today)
            last = batch[-1].pk


def still(asks: Collection[Ask], today: date) -> list[Ask]:
    """Those of `asks` that are due all the same now that their rows are held: a side may have spoken meanwhile."""
    return [
        found for kind in KINDS for found in _still(kind, [a for a in asks if isinstance(a.introduction, kind)], today)
    ]


def _still(kind: Kind, asks: Collection[Ask], today: date) -> list[Ask]:
    if not asks:
        return []
    ids = sorted({ask.introduction.pk for ask in asks})
    rows = kind.objects.followed().filter(pk__in=ids).select_for_update(of=("self",))
    held: dict[int, AnyIntroduction] = {row.pk: row for row in rows.with_sides().order_by("pk")}
    told = _told(kind, held)
    return [
        Ask(held[pk], ask.side, ask.what, ask.address)
        for ask in asks
        if (pk := ask.introduction.pk) in held and what(held[pk], ask.side, told[pk, ask.side], today) == ask.what
    ]


def note(asks: Iterable[Ask]) -> None:
    """Each thing once, whoever noted it first."""
    rows = [
        Asking(side=a.side, what=a.what, address=a.address, **{a.introduction.concern: a.introduction}) for a in asks
    ]
    Asking.objects.bulk_create(rows, ignore_conflicts=True)


def _of(kind: Kind, batch: Collection[AnyIntroduction], today: date) -> Iterator[Ask]:
    told = _told(kind, [one.pk for one in batch])
    found = [
        (one.pk, side, its) for one in batch for side in Side if (its := what(one, side, told[one.pk, side], today))
    ]
    if not found:
        return
    rows = kind.objects.with_sides().in_bulk({pk for pk, _side, _what in found})
    people = _people(rows.values(), today)
    for pk, side, its in found:
        yield Ask(rows[pk], side, its, people.get((pk, side), ""))


def what(introduction: AnyIntroduction, side: Side, told: Collection[str], today: date) -> str:
    """The one thing due to this side, or nothing: what the other one says comes before what the calendar asks."""
    own, other = outcome_words.own_word(introduction, side), outcome_words.other_word(introduction, side)
    if own == Said.WON and outcome_words.is_won(introduction) and (side == Side.SME or other == Said.WON):
        return "" if What.THANKS in told else What.THANKS
    if own in ENDS or own == Said.NO_TIME:
        return ""
    if other == Said.NO_TIME:
        return "" if What.NO_TIME in told else What.NO_TIME
    if side == Side.SME and outcome_words.to_confirm(introduction) and What.WIN not in told:
        return What.WIN
    return _question(introduction, side, told, today)


def _question(introduction: AnyIntroduction, side: Side, told: Collection[str], today: date) -> str:
    """The highest of the ladder that is due: after a stop, those that were missed stay unasked."""
    days = days_of(timezone.localdate(introduction.sent_at))
    reached = [one for one in LADDER if days[one] <= today]
    if not reached or any(one in told for one in LADDER[LADDER.index(reached[-1]) :]):
        return ""
    said_at = introduction.sme_said_at if side == Side.SME else introduction.group_said_at
    if said_at and (reached[-1] == What.CONTACT or timezone.localdate(said_at) > days[reached[-1]] - FRESH):
        return ""
    return reached[-1]


def days_of(sent: date) -> dict[str, date]:
    """When each question of the ladder falls due; on a day off it waits for the next working day."""
    later: dict[str, date] = {one: sent + timedelta(days=days) for one, days in AFTER.items()}
    return {What.CONTACT: add_workdays(sent, CONTACT_AFTER)} | later


def awaited(kind: Kind, side: Side) -> AnyIntroductionQuerySet[Any]:
    """Those of a kind about which this side was asked something and has said nothing since; `asked` is what."""
    word = f"{side}_said"
    questions = Asking.objects.filter(side=side, what__in=[*LADDER, What.WIN], **{kind.concern: OuterRef("pk")})
    since = questions.filter(at__gt=Coalesce(OuterRef(f"{word}_at"), BEFORE))
    rows = kind.objects.followed().annotate(asked=Subquery(since.order_by("-at", "-pk").values("what")[:1]))
    over = Q(**{f"{word}__in": [*ENDS, Said.NO_TIME]}) | Q(sme_said=Said.NO_TIME) | Q(group_said=Said.NO_TIME)
    return rows.filter(asked__isnull=False).exclude(over).order_by("sent_at", "pk")


def now_asked(introduction: AnyIntroduction, side: Side) -> str:
    """What to ask on a page, of one that `awaited` found: a win to confirm before what the calendar asked since."""
    confirms = side == Side.SME and outcome_words.to_confirm(introduction)
    return What.WIN if confirms else introduction.asked  # type: ignore[attr-defined]  # annotated


def _told(kind: Kind, ids: Iterable[int]) -> dict[tuple[int, str], set[str]]:
    told: dict[tuple[int, str], set[str]] = defaultdict(set)
    known = Asking.objects.filter(**{f"{kind.concern}__in": list(ids)})
    for pk, side, its in known.values_list(kind.concern, "side", "what"):
        told[pk, side].add(its)
    return told


def _people(rows: Collection[AnyIntroduction], today: date) -> dict[tuple[int, str], str]:
    """Whom to write to on each side: the SME's contact while they work there; the group's, or its deputy.

    Of a portage, which has no contacts of its own, who said yes for the group, or who administers it.
    """
    owners = {row.group().pk for row in rows}
    companies = {row.company().pk for row in rows}
    carriers = {row.group().pk for row in rows if row.is_portage}
    members: dict[int, list[Membership]] = defaultdict(list)
    for one in Membership.objects.active().filter(organisation__in=companies | carriers).select_related("user"):
        members[one.organisation_id].append(one)
    absences = Absence.objects.filter(organisation__in=owners).on(today)
    away = set(absences.values_list("organisation", "email"))
    known = contacts.crews(owners - carriers)
    found: dict[tuple[int, str], str] = {}
    for row in rows:
        owner = row.group().pk
        gone = {address for group, address in away if group == owner}
        found[row.pk, Side.SME] = _first(members[row.company().pk], row.contact_id(), ())
        if isinstance(row, Introduction):
            first, second = (one.email.lower() for one in contacts.named(row.application.opportunity, known))
            found[row.pk, Side.GROUP] = second if first in gone and second not in gone else first
        elif isinstance(row, PortageIntroduction):
            found[row.pk, Side.GROUP] = _first(members[owner], row.accepted_by_id, gone)
    return found


def _first(members: Iterable[Membership], named: int | None, gone: Collection[str]) -> str:
    """The address of who is here and was named, else of who administers; empty when nobody is left."""

    def rank(one: Membership) -> tuple[bool, bool, bool, int]:
        return one.user.email.lower() in gone, one.user_id != named, not one.is_admin, one.pk

    first = min(members, key=rank, default=None)
    return first.user.email.lower() if first else ""

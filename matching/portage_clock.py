"""The answer ladder of portage requests: the same rungs, in working days, told in the one mail a day (`digest`)."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.utils import timezone

from accounts.models import Organisation, User
from matching import portage, portage_letters
from matching.ladder import NOTICE, REPLY, Clock, Pause, Rung, merged, quiet
from matching.models import PortageAnswer, Side
from matching.overdue import AHEAD
from pacte.workdays import add_workdays

BATCH = 500


def due(today: date) -> Iterator[tuple[User, Rung, PortageAnswer]]:
    """Whom to remind of what; the late ones are left to the staff, and those that nobody answered are ended."""
    for batch in batches(today):
        for answer in batch:
            rung = reached(answer, today)
            if rung == Rung.END:
                portage.leave_unanswered(answer)
            elif rung == Rung.STAFF:
                PortageAnswer.objects.waiting().filter(pk=answer.pk).update(rung=rung, rung_on=today)
            elif rung is not None:
                for person in portage_letters.readers(answer.group):
                    yield person, rung, answer


def still(cases: Iterable[tuple[Rung, PortageAnswer]]) -> list[tuple[Rung, PortageAnswer]]:
    """Those that wait now that their rows are held: the group may have answered a moment ago."""
    found = list(cases)
    rows = PortageAnswer.objects.waiting().select_for_update(of=("self",))
    locked = rows.filter(pk__in=[answer.pk for _rung, answer in found]).order_by("pk")
    waits = set(locked.values_list("pk", flat=True)) if found else set()
    return [(rung, answer) for rung, answer in found if answer.pk in waits]


def note(cases: Iterable[tuple[Rung, PortageAnswer]], today: date) -> None:
    """They were told; in the transaction of the mail."""
    for rung, answer in cases:
        PortageAnswer.objects.filter(pk=answer.pk).update(rung=rung, rung_on=today)


def batches(today: date) -> Iterator[list[PortageAnswer]]:
    """Owed by a group that may act, to a company that may: nobody climbs while one of them is suspended."""
    active = Organisation.objects.active()
    owed = PortageAnswer.objects.waiting().filter(answer_by__lte=today + AHEAD)
    rows = owed.filter(group__in=active, request__company__in=active)
    related = rows.select_related("request__company", "request__contact", "group").prefetch_related("messages")
    last = 0
    while batch := list(related.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def reached(answer: PortageAnswer, today: date) -> Rung | None:
    """The rung to climb today; None when it was climbed, or while the clock stands still."""
    thread = [(timezone.localdate(one.at), one.side == Side.GROUP) for one in answer.messages.all()]
    pauses = [Pause(one.since, min(one.until, add_workdays(one.since, REPLY))) for one in merged(thread, today)]
    clock = Clock(answer.answer_by, timezone.localdate(answer.asked_at), tuple(pauses))
    rung = clock.reached(today)
    acts = [day for day, is_group in thread if is_group]
    if rung is None or quiet(max(acts, default=None), today):
        return None
    if rung == Rung.END and not _warned(answer, today):
        rung = Rung.LAST
    return None if answer.rung is not None and answer.rung >= rung else rung


def _warned(answer: PortageAnswer, today: date) -> bool:
    """Whether the last chance was told, long enough ago."""
    told = answer.rung_on if answer.rung == Rung.LAST else None
    return told is not None and add_workdays(told, NOTICE) <= today

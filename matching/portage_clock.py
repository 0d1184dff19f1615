"""The answer ladder of portage requests: the same rungs, in working days, one mail a person a day for all of them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Email, Organisation, User
from matching import digest, portage, portage_letters
from matching.ladder import NOTICE, REPLY, Clock, Pause, Rung, merged, quiet
from matching.models import PortageAnswer, Side
from matching.overdue import AHEAD
from pacte.workdays import add_workdays, at_work

Due = tuple[PortageAnswer, Rung]
BATCH = 500


def climb(now: datetime | None = None) -> int:
    """Remind groups of what they owe, leave the late ones to the staff, end what nobody answered; how many mails."""
    now = now or timezone.now()
    if not at_work(now):
        return 0
    today = timezone.localdate(now)
    desks: dict[User, list[Due]] = defaultdict(list)
    for answer in waiting(today):
        rung = due(answer, today)
        if rung == Rung.END:
            portage.leave_unanswered(answer)
        elif rung == Rung.STAFF:
            PortageAnswer.objects.waiting().filter(pk=answer.pk).update(rung=rung, rung_on=today)
        elif rung is not None:
            for person in portage_letters.readers(answer.group):
                desks[person].append((answer, rung))
    return sum(_remind(person, cases, today) for person, cases in sorted(desks.items(), key=lambda one: one[0].pk))


def waiting(today: date) -> list[PortageAnswer]:
    """Owed by a group that may act, to a company that may: nobody climbs while one of them is suspended."""
    active = Organisation.objects.active()
    owed = PortageAnswer.objects.waiting().filter(answer_by__lte=today + AHEAD)
    rows = owed.filter(group__in=active, request__company__in=active)
    related = rows.select_related("request__company", "request__contact", "group").prefetch_related("messages")
    return list(related.order_by("answer_by", "pk")[:BATCH])


def due(answer: PortageAnswer, today: date) -> Rung | None:
    """The rung to climb today; None when it was climbed, or while the clock stands still."""
    thread = [(timezone.localdate(one.at), one.side == Side.GROUP) for one in answer.messages.all()]
    pauses = [Pause(one.since, min(one.until, add_workdays(one.since, REPLY))) for one in merged(thread, today)]
    clock = Clock(answer.answer_by, timezone.localdate(answer.asked_at), tuple(pauses))
    reached = clock.reached(today)
    acts = [day for day, is_group in thread if is_group]
    if reached is None or quiet(max(acts, default=None), today):
        return None
    if reached == Rung.END and not _warned(answer, today):
        reached = Rung.LAST
    return None if answer.rung is not None and answer.rung >= reached else reached


def _warned(answer: PortageAnswer, today: date) -> bool:
    """Whether the last chance was told, long enough ago."""
    told = answer.rung_on if answer.rung == Rung.LAST else None
    return told is not None and add_workdays(told, NOTICE) <= today


@transaction.atomic
def _remind(person: User, cases: Iterable[Due], today: date) -> bool:
    """All in one mail, and none beside another reminder of that day: it waits for the next."""
    if Email.objects.filter(key=digest.key(person.email.lower(), today)).exists():
        return False
    found = dict(cases)
    rows = PortageAnswer.objects.waiting().select_for_update(of=("self",))
    locked = rows.filter(pk__in=[answer.pk for answer in found]).order_by("pk")
    still = set(locked.values_list("pk", flat=True))
    answers = [answer for answer in found if answer.pk in still]
    if not answers:
        return False
    portage_letters.reminder(answers, person, key=digest.key(person.email.lower(), today))
    for answer in answers:
        PortageAnswer.objects.filter(pk=answer.pk).update(rung=found[answer], rung_on=today)
    return True

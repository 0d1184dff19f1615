"""What waits for each person, told once a day at most, all in one mail, in office hours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts import mail
from matching import (
    apply,
    digest_words,
    enquiry_clock,
    nudges,
    outcome_clock,
    outcome_letters,
    overdue,
    portage_clock,
    quiet_posts,
    sme_nudges,
    team_nudges,
)
from matching.desk import Desk
from matching.ladder import Rung
from matching.models import Application, QuietPost, Reminder
from matching.overdue import Case
from opportunities import contacts, moderation, upkeep
from opportunities.models import Opportunity
from pacte.states import StateError
from pacte.workdays import at_work


def run(now: datetime | None = None) -> int:
    """Climb every rung due, tell whom it concerns, end what nobody answered; how many mails that made.

    After a stop only the highest rung leaves: nobody gets the mails of the days that were missed.
    """
    now = now or timezone.now()
    if not at_work(now):
        return 0
    today = timezone.localdate(now)
    desks = _laid(now, today)
    outcome_clock.note(desks[""].asks)  # nobody to write to: their page asks all the same
    return sum(_write(address, desk, today) for address, desk in sorted(desks.items()) if address)


def _laid(now: datetime, today: date) -> dict[str, Desk]:
    """{address: what waits there}."""
    desks: dict[str, Desk] = defaultdict(Desk)
    for batch in overdue.batches():
        for case in overdue.due(batch, today):
            _lay(case, desks)
    _lay_posts(desks, now, today)
    for ask in outcome_clock.due(today):
        desks[ask.address].asks.append(ask)
    for person, rung, answer in portage_clock.due(today):
        desks[person.email.lower()].portage.append((rung, answer))
    for line in [*team_nudges.due(now), *sme_nudges.due(now)]:
        desks[line.address].lines.append(line)
    return desks


def _lay_posts(desks: dict[str, Desk], now: datetime, today: date) -> None:
    """What a group has to do about its own posts, on the desk of who reads first today."""

    def desk(post: Opportunity) -> Desk:
        return desks[contacts.present(post, today)[0].email.lower()]

    for post in upkeep.to_remind(now)[: overdue.BATCH]:
        desk(post).posts.append(post)
    for silent in quiet_posts.to_tell()[: overdue.BATCH]:
        desk(silent.opportunity).quiet.append(silent)
    for enquiry in enquiry_clock.due(today)[: overdue.BATCH]:
        desk(enquiry.opportunity).enquiries.append(enquiry)


def _lay(case: Case, desks: dict[str, Desk]) -> None:
    """End it, or put it on the desks of those whom it concerns."""
    if case.reached == Rung.END:
        _end(case.application)
    for rung, address in case.told:
        if address:
            desks[address].cases.append((rung, case))
        else:
            _note([(rung, case)], "")


@transaction.atomic
def _write(address: str, desk: Desk, today: date) -> bool:
    """One mail a person a day: what comes due after it waits for the next one."""
    its_key = f"to-do:{today.isoformat()}:{mail.daily(address, today)}"
    if mail.reminded([address], today):
        return False
    posts = Opportunity.objects.filter(pk__in=[post.pk for post in desk.posts])
    ids = [case.application.pk for _rung, case in desk.cases]
    asked = Opportunity.objects.filter(enquiries__in=desk.enquiries)
    moderation.lock_all(posts | asked | Opportunity.objects.filter(applications__in=ids))
    desk.cases = _still(desk.cases)
    desk.asks = outcome_clock.still(desk.asks, today)
    desk.quiet = quiet_posts.still(desk.quiet)
    desk.enquiries = enquiry_clock.still(desk.enquiries, today)
    desk.portage = portage_clock.still(desk.portage)
    if desk.has_more_than_asks:
        language = digest_words.language_of(address, desk)
        words = digest_words.context(desk, language)
        mail.queue(key=its_key, to=[address], template="to_do", language=language, context=words, reminder=today)
    elif desk.asks:
        mail.queue(**outcome_letters.letter(desk.asks, address, its_key), reminder=today)
    else:
        return False
    outcome_clock.note(desk.asks)
    portage_clock.note(desk.portage, today)
    nudges.note(desk.lines)
    enquiry_clock.note(desk.enquiries)
    _note(desk.cases, address)
    posts.update(reminded_at=timezone.now())  # no new revision: what SMEs read is the same
    QuietPost.objects.filter(pk__in=[one.pk for one in desk.quiet]).update(told_at=timezone.now())
    return True


def _still(cases: Sequence[tuple[Rung, Case]]) -> list[tuple[Rung, Case]]:
    """Those that wait now that their rows are held: someone may have answered a moment ago."""
    ids = sorted(case.application.pk for _rung, case in cases)
    rows = Application.objects.waiting().select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    waiting = set(rows.values_list("pk", flat=True))
    return [(rung, case) for rung, case in cases if case.application.pk in waiting]


def _note(cases: Iterable[tuple[Rung, Case]], address: str) -> None:
    rows = (
        Reminder(application=case.application, begins=case.clock.begins, rung=rung, address=address)
        for rung, case in cases
    )
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def _end(application: Application) -> None:
    try:
        apply.leave_unanswered(application)
    except StateError:
        return  # the group answered, or its SME took it back, a moment ago

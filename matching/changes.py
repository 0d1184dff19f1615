"""What became of an opportunity after its publication, told to those who apply to it or follow it.

News from below: a line of the opportunity's history says that it is due. A page tells at once what it has just done;
what staff and clocks did is told within seconds. Twice tells once.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import mail
from accounts.models import User
from matching import apply, closed, following, letters, members, partner_letters
from matching.closing import CloseForm
from matching.letters import Letter
from matching.models import Application
from opportunities import amendments, moderation
from opportunities.amendments import Effect
from opportunities.history import Changes
from opportunities.models import Opportunity, OpportunityMove
from pacte.workdays import at_work

BATCH = 100
State = Application.State
WAITING = (State.SENT, State.SHORTLISTED, State.WAITLISTED)


def readers(opportunity: Opportunity, *states: str) -> QuerySet[Application]:
    """Applications in these states; without any, all that are not over."""
    its = Application.objects.filter(opportunity=opportunity, state__in=states or [State.DRAFT, *WAITING])
    return its.select_related("opportunity__owner", "company", "contact").order_by("pk")


def amend(opportunity: Opportunity, changes: Changes, *, by: User) -> Effect:
    """The group's change, with the mails to those who apply."""
    with transaction.atomic():
        moderation.lock_as_read(opportunity)
        effect = amendments.amend(opportunity, changes, by=by)
        announce_of(opportunity, followers=False)
    return effect


def close(opportunity: Opportunity, *, by: User, reason: str) -> None:
    """The group ends the applications; those still writing and those who wait for an answer are told."""
    with transaction.atomic():
        moderation.lock_as_read(opportunity)
        moderation.close(opportunity, by=by, reason=reason)
        announce_of(opportunity, followers=False)


def withdraw(opportunity: Opportunity, *, by: User, reason: str) -> None:
    """The group takes it back: every application that is not over ends with it."""
    with transaction.atomic():
        moderation.lock_as_read(opportunity)
        moderation.withdraw(opportunity, by=by, reason=reason)
        for application in readers(opportunity):
            apply.cancel(application)


def announce_due() -> int:
    """Tell what is due; twice, or beside another worker, tells it once."""
    found = list(_due().values_list("subject", flat=True)[:BATCH])
    for pk in dict.fromkeys(found):
        announce_of(Opportunity.objects.get(pk=pk))
    return len(found)


def _due() -> QuerySet[OpportunityMove]:
    """In their order; a closing by the clock in office hours alone, once nobody may send a draft any more."""
    now = timezone.now()
    by_the_clock = Q(actor=None, after=Opportunity.State.CLOSED)
    if at_work(now):
        by_the_clock &= Q(at__gt=now - apply.GRACE)
    return OpportunityMove.objects.filter(due=True).exclude(by_the_clock).order_by("pk")


def announce_of(opportunity: Opportunity, *, followers: bool = True) -> None:
    """Queue what is due; without `followers` theirs stay due, for a page that must not wait for hundreds of mails."""
    with transaction.atomic():
        moderation.lock(opportunity)  # two workers tell in turn: the second finds nothing left
        lines = list(_due().filter(subject=opportunity))
        for line in lines:
            if _is_early_end(line, opportunity):
                closed.tell_group(line, opportunity)
            for letter in letters_of(line, opportunity):
                mail.queue(**letter)
            ask_again(line, opportunity)
        if not followers and following.followers(opportunity).exists():
            return
        for line in lines:
            for letter in following.letters_of(line, opportunity):
                mail.queue(**letter)
        OpportunityMove.objects.filter(pk__in=[line.pk for line in lines]).update(due=False)


def _is_early_end(line: OpportunityMove, opportunity: Opportunity) -> bool:
    """Somebody closed it, and it is so still; what the calendar closes is told in the day's one mail (`digest`)."""
    return line.before != line.after == opportunity.state == Opportunity.State.CLOSED and line.actor_id is not None


def letters_of(line: OpportunityMove, opportunity: Opportunity) -> Iterator[Letter]:
    """To those who applied before; a withdrawal ends each application with a letter of its own."""
    before = Q(created_at__lte=line.at)
    if line.before != line.after:
        if line.after == opportunity.state == Opportunity.State.CLOSED:  # not one that is open again by now
            for application in to_be_told(opportunity, by_the_clock=line.actor_id is None).filter(before):
                yield closing_letter(application, str(line.pk), why(line))
                for partner in members.joined(application) if application.state == State.DRAFT else ():
                    yield partner_letters.news_letter(partner, "closed", str(line.pk))
    elif changes := amendments.public(line.changes):
        for application in readers(opportunity).filter(before):
            yield letters.changed_letter(application, changes, str(line.pk))


def to_be_told(opportunity: Opportunity, *, by_the_clock: bool = False) -> QuerySet[Application]:
    """Of its end: those still writing; those who applied, too, when it comes sooner than they were told."""
    return readers(opportunity, State.DRAFT) if by_the_clock else readers(opportunity)


def closing_letter(application: Application, key: str, why: str | Promise) -> Letter:
    write = letters.closed_letter if application.state == State.DRAFT else letters.goes_on_letter
    return write(application, key, why)


def why(line: OpportunityMove) -> str | Promise:
    """What those who apply may read of a closing's reason."""
    return CloseForm.told(line.reason) if line.actor_id else gettext_lazy("Sa date limite est passée.")


def ask_again(line: OpportunityMove, opportunity: Opportunity) -> None:
    """After a change of substance those who wait may confirm or edit what they sent, for some days."""
    if line.before == line.after and (last := letters.recheck_by(line.changes)):
        rows = Application.objects.filter(opportunity=opportunity, state__in=WAITING, sent_at__lte=line.at)
        rows.update(recheck_by=last)

"""What became of an opportunity after its publication, told to those who apply to it or follow it.

News from below: a line of the opportunity's history says that it is due. A page tells at once what it has just done;
what staff and clocks did is told within seconds. Twice tells once.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import mail
from accounts.models import User
from matching import apply, following, letters, members, partner_letters
from matching.letters import Letter
from matching.models import Application
from opportunities import amendments, moderation
from opportunities.amendments import Effect
from opportunities.history import Changes
from opportunities.models import Opportunity, OpportunityMove

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
        effect = amendments.amend(opportunity, changes, by=by)
        announce_of(opportunity, followers=False)
    return effect


def close(opportunity: Opportunity, *, by: User, reason: str) -> None:
    """The group ends the applications; those still writing are told."""
    with transaction.atomic():
        moderation.close(opportunity, by=by, reason=reason)
        announce_of(opportunity, followers=False)


def withdraw(opportunity: Opportunity, *, by: User, reason: str) -> None:
    """The group takes it back: every application that is not over ends with it."""
    with transaction.atomic():
        moderation.withdraw(opportunity, by=by, reason=reason)
        for application in readers(opportunity):
            apply.cancel(application)


def announce_due() -> int:
    """Tell what is due; a closing by the clock once nobody may send a draft any more."""
    late = Q(actor=None, at__gt=timezone.now() - apply.GRACE, after=Opportunity.State.CLOSED)
    due = OpportunityMove.objects.filter(due=True).exclude(late).order_by("pk")
    found = list(due.values_list("subject", flat=True)[:BATCH])
    for pk in dict.fromkeys(found):
        announce_of(Opportunity.objects.get(pk=pk))
    return len(found)


def announce_of(opportunity: Opportunity, *, followers: bool = True) -> None:
    """Queue what is due; without `followers` theirs stay due, for a page that must not wait for hundreds of mails."""
    with transaction.atomic():
        due = OpportunityMove.objects.select_for_update(skip_locked=True).filter(due=True, subject=opportunity)
        lines = list(due.order_by("pk"))
        for line in lines:
            for letter in letters_of(line, opportunity):
                mail.queue(**letter)
            ask_again(line, opportunity)
        if not followers and following.followers(opportunity).exists():
            return
        for line in lines:
            for letter in following.letters_of(line, opportunity):
                mail.queue(**letter)
        OpportunityMove.objects.filter(pk__in=[line.pk for line in lines]).update(due=False)


def letters_of(line: OpportunityMove, opportunity: Opportunity) -> Iterator[Letter]:
    """To those who applied before; a withdrawal ends each application with a letter of its own."""
    before = Q(created_at__lte=line.at)
    if line.before != line.after:
        if line.after == Opportunity.State.CLOSED:
            for application in readers(opportunity, State.DRAFT).filter(before):
                yield letters.closed_letter(application, str(line.pk))
                for partner in members.joined(application):
                    yield partner_letters.news_letter(partner, "closed", str(line.pk))
    elif changes := amendments.public(line.changes):
        for application in readers(opportunity).filter(before):
            yield letters.changed_letter(application, changes, str(line.pk))


def ask_again(line: OpportunityMove, opportunity: Opportunity) -> None:
    """After a change of substance those who wait may confirm or edit what they sent, for some days."""
    if line.before == line.after and (last := letters.recheck_by(line.changes)):
        rows = Application.objects.filter(opportunity=opportunity, state__in=WAITING, sent_at__lte=line.at)
        rows.update(recheck_by=last)

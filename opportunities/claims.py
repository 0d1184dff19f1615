"""Who is looking at what: a moderator takes a case, and the others see it. Nobody holds one for ever."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from accounts.models import User
from opportunities.models import Opportunity
from opportunities.moderation import lock
from pacte.states import StateError

LASTS = timedelta(hours=4)  # then another may take it over


def holder(opportunity: Opportunity) -> User | None:
    """Who holds it now; nobody once it waits no more, or the time is over."""
    at = opportunity.claimed_at
    waits = opportunity.state == Opportunity.State.SUBMITTED
    return opportunity.claimed_by if waits and at and timezone.now() < at + LASTS else None


def since(opportunity: Opportunity) -> str:
    """How long ago it was taken, in words."""
    return timesince(opportunity.claimed_at) if opportunity.claimed_at else ""


def claim(opportunity: Opportunity, *, by: User) -> None:
    """Take it; again, for four hours more."""
    with transaction.atomic():
        lock(opportunity)
        if not by.is_staff:
            raise PermissionDenied
        if opportunity.state != Opportunity.State.SUBMITTED:
            raise StateError(_("Cette opportunité n'attend plus de validation."))
        if (held := holder(opportunity)) and held != by:
            told = {"person": held, "since": since(opportunity)}
            raise StateError(_("%(person)s l'a prise il y a %(since)s.") % told)
        _note(opportunity, by)


def release(opportunity: Opportunity, *, by: User) -> None:
    """Give it back."""
    with transaction.atomic():
        lock(opportunity)
        if holder(opportunity) != by:
            raise StateError(_("Vous ne l'aviez pas, ou plus, prise."))
        _note(opportunity, None)


def _note(opportunity: Opportunity, person: User | None) -> None:
    """No revision: nothing that others read has changed."""
    at = timezone.now() if person else None
    Opportunity.objects.filter(pk=opportunity.pk).update(claimed_by=person, claimed_at=at)
    opportunity.claimed_by, opportunity.claimed_at = person, at

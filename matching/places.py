"""More introductions than were asked for at first: those on the waiting list get the new places in turn."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from matching import apply, introduce
from matching.models import Application
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError

MOST = 99


def next_in(opportunity: Opportunity, capacity: int) -> list[Application]:
    """Who would get a place, as things stand, in the order of the list."""
    rows = Application.objects.filter(opportunity=opportunity, state=Application.State.WAITLISTED)
    its = rows.select_related("opportunity__owner", "opportunity__created_by", "company", "contact")
    free = max(0, capacity - introduce.taken(opportunity))
    return [one for one in its.order_by("waitlisted_at", "pk") if one.company.is_active][:free]


def widen(opportunity: Opportunity, capacity: int, *, by: User) -> None:
    """Note it; the worker fills the places within seconds, as it does each time that one frees."""
    with transaction.atomic():
        moderation.lock(opportunity)
        moderation.group(opportunity, by)
        if opportunity.state not in apply.DECIDABLE:
            raise StateError(_("Cette opportunité est suspendue ou retirée : ses candidatures ne bougent plus."))
        before = opportunity.capacity
        if not before < capacity <= MOST:
            raise StateError(_("Il y a déjà %(count)s places : donnez un nombre plus grand.") % {"count": before})
        opportunity.capacity = capacity
        opportunity.save(update_fields=["capacity"])
        opportunity.record(by=by, changes={"capacity": [before, capacity]})

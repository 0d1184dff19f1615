"""Public questions that have waited for some days: their group is reminded once, in its mail of the day."""

from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Organisation
from matching.ladder import QUIET
from matching.models.introduction import asked_by
from opportunities.models import Enquiry, Opportunity


def due(today: date) -> QuerySet[Enquiry]:
    """Those of which the group was not reminded."""
    rows = Enquiry.objects.waiting().filter(reminded_at=None, asked_at__lt=asked_by(QUIET, today))
    rows = rows.filter(opportunity__in=Opportunity.objects.public().filter(owner__in=Organisation.objects.active()))
    return rows.select_related("opportunity__owner", "opportunity__created_by").order_by("pk")


def still(found: Collection[Enquiry], today: date) -> list[Enquiry]:
    """Those that nobody has answered meanwhile, locked."""
    return list(due(today).filter(pk__in=[one.pk for one in found]).select_for_update(of=("self",)))


def note(found: Collection[Enquiry]) -> None:
    Enquiry.objects.filter(pk__in=[one.pk for one in found]).update(reminded_at=timezone.now())

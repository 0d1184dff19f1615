"""A group that answered nobody's wish publishes the same need again: those who applied before are told, once."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import mail, visibility
from accounts.models import Email, Organisation
from matching import letters
from matching.models import Application
from opportunities.models import Opportunity

State = Application.State
RECENT = timedelta(days=2)
BATCH = 200


def tell_due() -> int:
    """Whatever was published again of late; twice tells once, and nobody who applies already."""
    fresh = Opportunity.objects.open().filter(copied_from__isnull=False, published_at__gt=timezone.now() - RECENT)
    return sum(tell(opportunity) for opportunity in fresh.select_related("owner", "copied_from")[:BATCH])


def tell(opportunity: Opportunity) -> int:
    before = opportunity.copied_from
    if before is None or before.owner_id != opportunity.owner_id:
        return 0
    if (before.confidential, before.alias) != (opportunity.confidential, opportunity.alias):
        return 0  # the two together would tell who hid
    told = 0
    for application in previous(opportunity)[:BATCH]:
        key = f"opportunity-reposted:{opportunity.pk}:{application.company_id}"
        if not Email.objects.filter(key=key).exists():
            mail.queue(**letters.reposted_letter(application, opportunity, key))
            told += 1
    return told


def previous(opportunity: Opportunity) -> QuerySet[Application]:
    """Those that the first one left without a yes, and that have not applied to this one."""
    again = Application.objects.filter(opportunity=opportunity, company=OuterRef("company"))
    rows = Application.objects.filter(
        opportunity=opportunity.copied_from, state__in=[State.DECLINED, State.UNANSWERED]
    )
    willing = Organisation.objects.active().exclude(pk__in=visibility.hidden_from(opportunity.owner))
    active = rows.filter(~Exists(again), company__in=willing.exclude(pk__in=visibility.paused()))
    return active.select_related("opportunity__owner", "company", "contact").order_by("pk")

"""A group that answered nobody's wish publishes the same need again: those who applied before are told, once."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts import visibility
from accounts.models import Organisation
from matching import alert_letters, letters
from matching.models import Application, Notification, Standing
from opportunities.models import Opportunity
from pacte.workdays import at_work

State = Application.State
RECENT = timedelta(days=7)  # longer than offices are shut
BATCH = 200
REPOSTED = gettext_lazy("Vous aviez candidaté à ce besoin : il est de nouveau ouvert.")


def tell_due() -> int:
    """Whatever was published again of late; twice tells once, and nobody who applies already."""
    if not at_work(timezone.now()):
        return 0
    fresh = Opportunity.objects.open().filter(copied_from__isnull=False, published_at__gt=timezone.now() - RECENT)
    return sum(tell(opportunity) for opportunity in fresh.select_related("owner", "copied_from")[:BATCH])


def tell(opportunity: Opportunity) -> int:
    before = opportunity.copied_from
    if before is None or before.owner_id != opportunity.owner_id:
        return 0
    if (before.confidential, before.alias) != (opportunity.confidential, opportunity.alias):
        return 0  # the two together would tell who hid
    known = Notification.objects.filter(opportunity=opportunity, kind=Notification.Kind.PROPOSAL).values("user")
    told = 0
    for application in previous(opportunity).exclude(contact__in=known)[:BATCH]:
        key = f"opportunity-reposted:{opportunity.pk}:{application.company_id}"
        letter = letters.reposted_letter(application, opportunity, key)
        told += alert_letters.once([(letters.contact_of(application), letter)], opportunity, REPOSTED)
    return told


def previous(opportunity: Opportunity) -> QuerySet[Application]:
    """Those that the first one left without a yes, and that have neither applied to this one nor put it away."""
    again = Application.objects.filter(opportunity=opportunity, company=OuterRef("company"))
    rows = Application.objects.filter(
        opportunity=opportunity.copied_from, state__in=[State.DECLINED, State.UNANSWERED]
    )
    hidden = Standing.objects.filter(opportunity=opportunity).dismissed().values("company")
    willing = Organisation.objects.active().exclude(pk__in=visibility.hidden_from(opportunity.owner))
    willing = willing.exclude(pk__in=hidden)
    active = rows.filter(~Exists(again), company__in=willing.exclude(pk__in=visibility.paused()))
    return active.select_related("opportunity__owner", "company", "contact").order_by("pk")

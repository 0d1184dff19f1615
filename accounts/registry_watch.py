"""The register is asked again about everyone, once a month: what it says that changes things waits for staff."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import registry
from accounts.models import Organisation, User
from accounts.registry import RegistryDown

EVERY = timedelta(days=30)
BATCH = 100  # an hour: seventy thousand a month
Alert = Organisation.RegistryAlert


def due() -> QuerySet[Organisation]:
    """Those not asked about for a month, the longest ago first."""
    old = Q(registry_checked_at=None, created_at__lt=timezone.now() - EVERY)
    old |= Q(registry_checked_at__lt=timezone.now() - EVERY)
    return Organisation.objects.active().filter(old).order_by(F("registry_checked_at").asc(nulls_first=True), "pk")


def look() -> int:
    """Ask about a batch; answers of how many the register said something. When it is down, the next hour goes on."""
    told = 0
    for organisation in due()[:BATCH]:
        try:
            company = registry.lookup(organisation.siren)
        except RegistryDown:
            break
        told += company is not None
        _note(organisation.pk, company)
    return told


def for_staff() -> QuerySet[Organisation]:
    """Those of which the register says what nobody has looked at yet."""
    return Organisation.objects.active().exclude(registry_alert="")


def looked_at(organisation: Organisation, *, by: User) -> None:
    """Staff have seen to it: it leaves the queue until the register says something else."""
    with transaction.atomic():
        row = Organisation.objects.select_for_update().get(pk=organisation.pk)
        if row.registry_alert:
            row.record(by=by, changes={"registry_alert": [str(row.get_registry_alert_display()), ""]})
            Organisation.objects.filter(pk=row.pk).update(registry_alert="", registry_seen=row.registry_alert)


@transaction.atomic
def _note(pk: int, company: registry.Company | None) -> None:
    row = Organisation.objects.select_for_update().get(pk=pk)
    alert = _alert(row, company)
    row.registry_checked_at = timezone.now()
    row.registry_alert = "" if alert == row.registry_seen else alert
    row.registry_seen = alert and row.registry_seen
    row.save(update_fields=["registry_checked_at", "registry_alert", "registry_seen"])


def _alert(row: Organisation, company: registry.Company | None) -> str:
    """What the register says now that an honest profile would not."""
    if company is None:
        return ""
    if not company.is_open:
        return Alert.CLOSED
    if row.kind == Organisation.Kind.SME and not company.is_small and row.category != company.category:
        return Alert.LARGE
    if row.naf and company.naf and row.naf != company.naf:
        return Alert.TRADE
    return ""

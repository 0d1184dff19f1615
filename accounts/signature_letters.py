"""Writing to those who have yet to sign what came after they did: at once, a week before the day, and after it."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import charters, mail
from accounts.models import Charter, Membership, Organisation, SignatureReminder
from pacte.workdays import at_work

Rung = SignatureReminder.Rung
BATCH = 500  # organisations a sweep writes to; the next one takes the rest
SOON = timedelta(days=7)


def rung_of(charter: Charter, today: date) -> Rung:
    """Which reminder is due today."""
    if today > charter.sign_by:
        return Rung.LATE
    return Rung.SOON if today >= charter.sign_by - SOON else Rung.ASKED


def remind_due() -> int:
    """In office hours, write to the organisations that are due, and answer how many; twice writes nothing more."""
    if not at_work(timezone.now()):
        return 0
    return sum(_remind(charter, at) for charter in Charter.objects.in_force() for at in due(charter)[:BATCH])


def due(charter: Charter) -> QuerySet[Organisation]:
    """Those that were there before this version, have not signed it and have not been told today's rung."""
    rung = rung_of(charter, timezone.localdate())
    told = SignatureReminder.objects.filter(charter=charter, organisation=OuterRef("pk"), rung=rung)
    helm = Membership.objects.admins().filter(organisation=OuterRef("pk"), user__is_active=True)
    rows = charters.unsigned(charter.kind).filter(~Exists(told), Exists(helm), created_at__lt=F("asked_at"))
    return rows.order_by("pk")


@transaction.atomic
def _remind(charter: Charter, organisation: Organisation) -> bool:
    rung = rung_of(charter, timezone.localdate())
    row, new = SignatureReminder.objects.get_or_create(charter=charter, organisation=organisation, rung=rung)
    if not new:  # another machine's sweep was faster
        return False
    helm = Membership.objects.admins().filter(organisation=organisation, user__is_active=True).select_related("user")
    people = [membership.user for membership in helm.order_by("pk")]
    is_group = organisation.kind == Organisation.Kind.GROUP
    for person in people if is_group else people[:1]:
        mail.queue(
            key=f"signature:{row.pk}:{person.pk}",
            to=[person.email],
            template="signature_asked",
            language=person.language,
            about=f"organisation:{organisation.pk}",
            context={
                "organisation": organisation,
                "person": person,
                "charter": charter,
                "is_group": is_group,
                "late": rung == Rung.LATE,
                "again": rung != Rung.ASKED,
                "action_url": f"{settings.SITE_URL}{reverse('accounts:charter')}",
                "action_label": _("Lire et signer la charte") if is_group else _("Lire et accepter les conditions"),
            },
        )
    return True

"""Those who have yet to sign what came after they did: told at once, a week before the day, and after it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import charters, mail
from accounts.models import Charter, Membership, Organisation, SignatureReminder, User
from pacte.workdays import at_work

Rung = SignatureReminder.Rung
BATCH = 500  # organisations a sweep writes to; the next one takes the rest
SOON = timedelta(days=7)


def rung_of(charter: Charter, today: date) -> Rung:
    """Which reminder is due today."""
    if today > charter.sign_by:
        return Rung.LATE
    return Rung.SOON if today >= charter.sign_by - SOON else Rung.ASKED


def ask_due() -> int:
    """In office hours, tell those that were there of a new version, and answer how many; twice writes nothing more."""
    if not at_work(timezone.now()):
        return 0
    fresh = [one for one in Charter.objects.in_force() if rung_of(one, timezone.localdate()) == Rung.ASKED]
    return sum(_ask(charter, at) for charter in fresh for at in due(charter)[:BATCH])


def to_remind(now: datetime) -> Iterator[tuple[Charter, Organisation, Rung, list[User]]]:
    """Who has not signed and has not been told today's rung, and the people to tell: lines of the one mail a day."""
    for charter in Charter.objects.in_force():
        rung = rung_of(charter, timezone.localdate(now))
        if rung != Rung.ASKED:
            organisations = list(due(charter)[:BATCH])
            people = readers(organisations)
            for organisation in organisations:
                yield charter, organisation, rung, people[organisation.pk]


def note(charter: Charter, organisation: Organisation, rung: str) -> bool:
    """It is told of that rung; False when it was before. In the transaction of the mail."""
    _row, new = SignatureReminder.objects.get_or_create(charter=charter, organisation=organisation, rung=rung)
    return new


def readers(organisations: Collection[Organisation]) -> dict[int, list[User]]:
    """Whoever administers a group; of an SME the first who does."""
    people: dict[int, list[User]] = defaultdict(list)
    helm = Membership.objects.admins().filter(organisation__in=organisations, user__is_active=True)
    for one in helm.select_related("user", "organisation").order_by("pk"):
        if one.organisation.kind == Organisation.Kind.GROUP or not people[one.organisation_id]:
            people[one.organisation_id].append(one.user)
    return people


def due(charter: Charter) -> QuerySet[Organisation]:
    """Those that were there before this version, have not signed it and have not been told today's rung."""
    rung = rung_of(charter, timezone.localdate())
    told = SignatureReminder.objects.filter(charter=charter, organisation=OuterRef("pk"), rung=rung)
    helm = Membership.objects.admins().filter(organisation=OuterRef("pk"), user__is_active=True)
    rows = charters.unsigned(charter.kind).filter(~Exists(told), Exists(helm), created_at__lt=F("asked_at"))
    return rows.order_by("pk")


@transaction.atomic
def _ask(charter: Charter, organisation: Organisation) -> bool:
    if not note(charter, organisation, Rung.ASKED):  # another machine's sweep was faster
        return False
    is_group = organisation.kind == Organisation.Kind.GROUP
    for person in readers([organisation])[organisation.pk]:
        mail.queue(
            key=f"signature:{charter.pk}:{organisation.pk}:{person.pk}",
            to=[person.email],
            template="signature_asked",
            language=person.language,
            about=f"organisation:{organisation.pk}",
            context={
                "organisation": organisation,
                "person": person,
                "charter": charter,
                "is_group": is_group,
                "action_url": f"{settings.SITE_URL}{reverse('accounts:charter')}",
                "action_label": _("Lire et signer la charte") if is_group else _("Lire et accepter les conditions"),
            },
        )
    return True

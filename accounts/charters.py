"""The charter of groups, the conditions of SMEs: who has to sign what, by when, and what waits until they have."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Charter, Organisation, Signature, User
from pacte.states import StateError

NOTICE = timedelta(days=14)  # people need that long to have a new version read by those who decide


class UnsignedError(StateError):
    """What was asked for waits for a signature."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The version that an organisation has yet to sign. `due`: until then its earlier signature stands, if it does."""

    charter: Charter
    due: date | None

    @property
    def is_late(self) -> bool:
        return self.due is None or self.due < timezone.localdate()


def in_force(kind: str) -> Charter | None:
    return Charter.objects.in_force().filter(kind=kind).first()


def asked_of(organisation: Organisation) -> Asked | None:
    """What it still has to sign; nothing when all is in order. One query."""
    its = Signature.objects.filter(charter=OuterRef("pk"), organisation=organisation)
    rows = Charter.objects.published().filter(kind=organisation.kind).annotate(signed=Exists(its))
    versions = list(rows.defer("text", "text_en"))
    last = max((place for place, one in enumerate(versions, start=1) if one.signed), default=0)
    newer = versions[last:]
    if not newer:
        return None
    if last == 0 and newer[0].published_at and newer[0].published_at <= organisation.created_at:
        return Asked(newer[-1], None)  # it came when there was already something to sign
    return Asked(newer[-1], min(one.sign_by for one in newer))


def require(organisation: Organisation) -> None:
    """UnsignedError unless a signature stands today."""
    asked = asked_of(organisation)
    if asked is None or not asked.is_late:
        return
    if organisation.kind == Organisation.Kind.GROUP:
        raise UnsignedError(_("Votre groupe doit d'abord signer la charte en vigueur. Votre texte est enregistré."))
    raise UnsignedError(
        _("Votre entreprise doit d'abord accepter les conditions en vigueur. Ce que vous avez écrit est enregistré.")
    )


def way(back: str) -> str:
    """To the page where one signs, and from there back to what waited."""
    return f"{reverse('accounts:charter')}?{urlencode({'next': back})}"


def may_sign(user: User) -> bool:
    """A charter binds a group: who administers signs. An SME's conditions: anyone who may apply in its name."""
    membership = user.membership
    if membership is None:
        return False
    return membership.is_admin if user.is_group else membership.can_edit


def sign(kind: str, version: str, *, by: User) -> None:
    """Sign the version that was read; twice adds nothing. StateError: another has come into force since."""
    organisation = by.organisation
    if organisation is None or organisation.kind != kind or not may_sign(by):
        raise PermissionDenied
    if not organisation.is_active:
        raise StateError(_("L'accès de votre organisation n'est pas ouvert."))
    with transaction.atomic():
        charter = Charter.objects.in_force().filter(kind=kind).select_for_update(no_key=True).first()
        if charter is None or charter.version != version:
            raise StateError(_("Une autre version vient d'entrer en vigueur : relisez-la, puis signez."))
        signed, new = Signature.objects.get_or_create(
            charter=charter, organisation=organisation, defaults={"person": by}
        )
        if new:
            organisation.record(by=by, changes={"charter": ["", signed.charter.version]})


def publish(charter: Charter, *, by: User) -> None:
    """Staff put a version into force; the one before it is replaced."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        rows = Charter.objects.select_for_update().filter(kind=charter.kind)
        before = next((one for one in rows.order_by("pk") if one.state == Charter.State.IN_FORCE), None)
        charter.refresh_from_db()
        earliest = timezone.localdate() + NOTICE
        if charter.can_move(Charter.State.IN_FORCE) and charter.sign_by < earliest:
            raise StateError(
                _("Laissez deux semaines au moins pour signer : choisissez une date à partir du %(day)s.")
                % {"day": f"{earliest:%d/%m/%Y}"}
            )
        if before is not None and charter.can_move(Charter.State.IN_FORCE):
            before.move(Charter.State.REPLACED, by=by)
        charter.move(Charter.State.IN_FORCE, by=by, published_at=timezone.now())


def unsigned(kind: str) -> QuerySet[Organisation]:
    """Active organisations that have not signed the version in force, if there is one, and since when."""
    current = Charter.objects.in_force().filter(kind=kind)
    signed = Signature.objects.filter(organisation=OuterRef("pk"), charter__in=current)
    rows = Organisation.objects.active().claimed().filter(~Exists(signed), Exists(current), kind=kind)
    return rows.annotate(asked_at=Greatest("created_at", Subquery(current.values("published_at"))))

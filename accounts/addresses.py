"""A member's address moves to another house's domain: who administers says again that this person is of the team."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import domains, mail
from accounts.models import Membership, Organisation, User
from pacte.states import StateError


def changed(user: User, before: str) -> None:
    """Call it once the new address is confirmed: each team where nobody else has one of its domain looks again."""
    if domains.domain_of(user.email) == domains.domain_of(before):
        return
    for membership in user.memberships.active().select_related("organisation").order_by("pk"):
        known = domains.shares_domain(user, membership.organisation)
        membership.moved_at = None if known else timezone.now()
        membership.save(update_fields=["moved_at"])
        membership.organisation.record(by=user, changes={str(user): [before, user.email]})
        if not known:
            _tell(membership, before)


def vouch(membership: Membership, *, by: User) -> None:
    """It is still them. StateError: somebody has said so, or they have left."""
    with transaction.atomic():
        organisation = membership.organisation
        admins = organisation.memberships.admins().exclude(user=membership.user_id)
        if not by.is_staff and not admins.filter(user=by).exists():
            raise PermissionDenied
        waiting = to_vouch().filter(pk=membership.pk)
        if not waiting.update(moved_at=None):
            raise StateError(_("Cette adresse n'attend plus votre avis."))
        organisation.record(by=by, changes={str(membership.user): ["", str(_("adresse reconnue"))]})


def vouch_all(organisation: Organisation, *, by: User) -> None:
    """Staff say so of everyone there who waits."""
    with transaction.atomic():
        for membership in to_vouch().filter(organisation=organisation).select_related("user", "organisation"):
            vouch(membership, by=by)


def to_vouch() -> QuerySet[Membership]:
    return Membership.objects.active().exclude(moved_at=None)


def for_staff() -> QuerySet[Organisation]:
    """Those where nobody else administers who could say that it is still them."""
    others = Membership.objects.admins().filter(organisation=OuterRef("organisation")).exclude(user=OuterRef("user"))
    alone = to_vouch().filter(~Exists(others.filter(user__is_active=True)))
    return Organisation.objects.active().filter(pk__in=alone.values("organisation"))


def _tell(membership: Membership, before: str) -> None:
    """Everyone else who administers."""
    organisation, moved = membership.organisation, membership.user
    for one in organisation.memberships.admins().exclude(user=moved).select_related("user"):
        mail.queue(
            key=f"address_moved:{membership.pk}:{moved.email}:{membership.moved_at}:{one.user_id}",
            to=[one.user.email],
            template="address_moved",
            language=one.user.language,
            about=f"organisation:{organisation.pk}",
            context={
                "organisation": organisation,
                "person": one.user,
                "moved": moved,
                "before": before,
                "action_url": f"{settings.SITE_URL}{reverse('accounts:members')}",
                "action_label": gettext_lazy("Voir votre équipe"),
            },
        )

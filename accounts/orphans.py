"""Organisations that nobody can administer any more: the accounts of those who did are closed.

An address that fails is no such case: its owner still signs in, and colleagues and staff see it flagged.
"""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts import mail
from accounts.models import Membership, Organisation

MOST = 2  # people put at the helm
BATCH = 100


def orphans() -> QuerySet[Organisation]:
    """Active organisations that had somebody to administer them, and whose administrators' accounts are all closed."""
    admins = Membership.objects.admins().filter(organisation=OuterRef("pk"))
    reachable = admins.filter(user__is_active=True)
    return Organisation.objects.active().filter(Exists(admins), ~Exists(reachable))


def for_staff() -> QuerySet[Organisation]:
    """Those that nobody of their own can take over."""
    crew = Membership.objects.active().filter(organisation=OuterRef("pk"), user__is_active=True)
    return orphans().filter(~Exists(crew))


def rescue() -> int:
    """Who signed in last takes the helm, two people at most, and is told; answers of how many organisations."""
    crew = Membership.objects.active().filter(organisation=OuterRef("pk"), user__is_active=True)
    return sum(_rescue(pk) for pk in orphans().filter(Exists(crew)).values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _rescue(pk: int) -> bool:
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=pk)
    if not orphans().filter(pk=pk).exists():
        return False
    crew = organisation.memberships.active().filter(user__is_active=True).select_related("user")
    chosen = crew.order_by(F("user__last_login").desc(nulls_last=True), "pk")[:MOST]
    for membership in chosen:
        before = str(membership.get_role_display())
        membership.role = Membership.Role.ADMIN
        membership.save(update_fields=["role"])
        reason = gettext_noop("plus personne n'administrait l'organisation")
        changes = {str(membership.user): [before, str(membership.get_role_display())]}
        organisation.record(by=None, changes=changes, reason=reason)
        _tell(membership)
    return bool(chosen)


def _tell(membership: Membership) -> None:
    person, organisation = membership.user, membership.organisation
    mail.queue(
        key=f"orphan_rescued:{organisation.history.latest('pk').pk}",
        to=[person.email],
        template="orphan_rescued",
        language=person.language,
        reply_to=[settings.CONTACT_EMAIL],
        about=f"organisation:{organisation.pk}",
        unasked=True,
        context={
            "organisation": organisation,
            "person": person,
            "action_url": f"{settings.SITE_URL}{reverse('accounts:members')}",
            "action_label": _("Voir votre équipe"),
        },
    )

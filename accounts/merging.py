"""Two organisations that are one: what accounts keep of the one that goes is handed to the one that stays."""

from typing import Any

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import mail
from accounts.models import (
    Absence,
    FirstContact,
    HiddenFrom,
    Invitation,
    JoinRequest,
    Label,
    Membership,
    Organisation,
    Presentation,
    Readiness,
    User,
)

OWN = {"paused_until", "confirmed_at"}  # what a profile says of itself alone


def lock(*organisations: Organisation) -> None:
    """Hold them until the transaction ends, always in the same order, and read them afresh."""
    for one in sorted(organisations, key=lambda its: its.pk):
        one.refresh_from_db(from_queryset=Organisation.objects.select_for_update(no_key=True))


def move(rows: QuerySet[Any], field: str, to: Model, *keys: str, twins: Q | None = None) -> None:
    """Give rows another owner in `field`, but those of which it has one already with the same `keys`."""
    there = rows.model._base_manager.filter(twins or Q(), **{field: to}, **{key: OuterRef(key) for key in keys})
    rows.exclude(Exists(there)).update(**{field: to})


def hand_over(gone: Organisation, stays: Organisation, *, by: User) -> list[User]:
    """In the transaction that makes them one; answers who comes over."""
    people = _people(gone, stays)
    open_ones = {"ended_at": None}
    move(
        Invitation.objects.filter(organisation=gone, **open_ones), "organisation", stays, "email", twins=Q(**open_ones)
    )
    Invitation.objects.filter(organisation=gone, **open_ones).update(ended_at=timezone.now())
    asked = Q(state__in=JoinRequest.OPEN)
    move(JoinRequest.objects.filter(asked, organisation=gone), "organisation", stays, "user", twins=asked)
    for request in JoinRequest.objects.filter(asked, organisation=gone):
        request.move(JoinRequest.State.WITHDRAWN, by=by)
    FirstContact.objects.filter(organisation=gone).delete()
    move(Absence.objects.filter(organisation=gone), "organisation", stays, "email", "first_day")
    if gone.kind == Organisation.Kind.SME:
        _company(gone, stays)
    else:
        _group(gone, stays)
    return people


def tell(gone: Organisation, stays: Organisation, people: list[User]) -> None:
    """Each person who came over, and those who administer the one that stays, once."""
    admins = [one.user for one in stays.memberships.admins().select_related("user")]
    for person in dict.fromkeys([*people, *admins]):
        mail.queue(
            key=f"organisation_merged:{gone.pk}:{person.pk}",
            to=[person.email],
            template="organisation_merged",
            context={
                "gone": gone,
                "organisation": stays,
                "person": person,
                "comes": person in people,
                "action_url": f"{settings.SITE_URL}{reverse('accounts:members')}",
                "action_label": _("Voir votre équipe"),
            },
            language=person.language,
            reply_to=[settings.CONTACT_EMAIL],
            about=f"organisation:{stays.pk}",
        )


def _people(gone: Organisation, stays: Organisation) -> list[User]:
    """Whoever administered the one that goes is a member of one that has its own administrators."""
    there = stays.memberships.active()
    coming = gone.memberships.active().exclude(user__in=there.values("user")).select_related("user")
    people = [one.user for one in coming]
    admins = there.filter(role=Membership.Role.ADMIN)
    if admins.exists():
        coming.filter(role=Membership.Role.ADMIN).update(role=Membership.Role.MEMBER, organisation=stays)
    gone.memberships.active().exclude(user__in=there.values("user")).update(organisation=stays)
    gone.memberships.active().update(ended_at=timezone.now())
    return people


def _company(gone: Organisation, stays: Organisation) -> None:
    before, after = gone.sme_profile, stays.sme_profile
    before.references.update(profile=after)
    move(before.experiences.all(), "profile", after, "place")
    move(before.certificates.all(), "profile", after, "code")
    _complete(before, after)
    move(Label.objects.filter(company=gone), "company", stays, "kind", "name", "given_on")
    move(HiddenFrom.objects.filter(company=gone), "company", stays, "siren")
    move(Presentation.objects.filter(company=gone), "company", stays)
    move(Readiness.objects.filter(organisation=gone), "organisation", stays)


def _group(gone: Organisation, stays: Organisation) -> None:
    """Whoever hid from it hides from the other; its names still tell who the other is."""
    before, after = gone.group_profile, stays.group_profile
    _complete(before, after)
    after.known_names = list(dict.fromkeys([*after.known_names, *before.known_names, gone.name[:80]]))
    after.save(update_fields=["known_names"])
    hidden = HiddenFrom.objects.filter(siren=gone.siren)
    rows = [HiddenFrom(company_id=one.company_id, siren=stays.siren, name=stays.name, by=one.by) for one in hidden]
    HiddenFrom.objects.bulk_create(rows, ignore_conflicts=True)


def _complete(before: Any, after: Any) -> None:
    """Where the profile that stays says nothing, what the other said."""
    names = [field.name for field in after._meta.concrete_fields if field.blank and field.name not in OWN]
    filled = [name for name in names if not getattr(after, name) and getattr(before, name)]
    for name in filled:
        setattr(after, name, getattr(before, name))
    if filled:
        after.save(update_fields=filled)

"""How an organisation comes in: its first person signs it up, and staff open a group's access."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts import charters, mail
from accounts.models import GroupProfile, Membership, Organisation, SmeProfile, User
from accounts.registry import Company
from accounts.taxonomy import places
from pacte.states import StateError


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs up, as the form gives it."""

    first_name: str
    last_name: str
    email: str
    password: str
    language: str


def sign_up(
    *,
    kind: str,
    siren: str,
    name: str,
    person: Person,
    company: Company | None,
    registry: str,
    recognised: bool,
    agreed: str = "",
) -> Membership:
    """A new account and its organisation, all or nothing: see `found`. IntegrityError: the address is taken, too."""
    with transaction.atomic():
        user = User.objects.create_user(
            person.email,
            person.password,
            first_name=person.first_name,
            last_name=person.last_name,
            language=person.language,
        )
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        return found(
            kind=kind, siren=siren, name=name, user=user, company=company, registry=registry, recognised=recognised,
            agreed=agreed,
        )  # fmt: skip


def found(
    *,
    kind: str,
    siren: str,
    name: str,
    user: User,
    company: Company | None,
    registry: str,
    recognised: bool,
    agreed: str = "",
) -> Membership:
    """A new organisation, or one that staff entered and nobody has acted for, with its first person.

    An SME that the register knows, and that the person has `recognised`, is verified at once. IntegrityError: the
    SIREN was taken a moment ago. `agreed`: the version of the conditions that stood on the page; when another has
    come into force since, it is asked for later.
    """
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().filter(siren=siren).first()
        if organisation is None:
            organisation = _create(kind, siren, name, company, registry)
        elif not is_unclaimed(organisation, kind):
            raise IntegrityError(f"{siren} is taken")
        membership = Membership.objects.create(user=user, organisation=organisation, role=Membership.Role.ADMIN)
        organisation.record(by=user, changes={"siren": ["", siren]}, reason=gettext_noop("inscription"))
        known = recognised and company and company.is_small and kind == Organisation.Kind.SME
        if known and organisation.can_move(Organisation.State.VERIFIED):
            organisation.move(Organisation.State.VERIFIED, by=None, reason=gettext_noop("registre"))
        user.act_for(membership)
        if kind == Organisation.Kind.SME and agreed:
            with suppress(StateError):
                charters.sign(kind, agreed, by=user)
    return membership


def is_unclaimed(organisation: Organisation, kind: str) -> bool:
    """Whether whoever knows its SIREN may take it over: an SME, or a group still to be approved, without a past."""
    approved_group = kind == Organisation.Kind.GROUP and organisation.state != Organisation.State.TO_VERIFY
    if organisation.kind != kind or not (organisation.is_active or kind == Organisation.Kind.GROUP) or approved_group:
        return False
    return not organisation.memberships.exists()


def _create(kind: str, siren: str, name: str, company: Company | None, registry: str) -> Organisation:
    organisation = Organisation.objects.create(
        kind=kind, siren=siren, name=name, registry_status=registry, **_identity(company)
    )
    if kind == Organisation.Kind.SME:
        SmeProfile.objects.create(organisation=organisation)
    else:
        GroupProfile.objects.create(organisation=organisation)
    return organisation


def _identity(company: Company | None) -> dict[str, Any]:
    if company is None:
        return {}
    return {
        "naf": company.naf,
        "category": company.category,
        "address": company.address,
        "postcode": company.postcode,
        "city": company.city,
        "department": places.department_of(company.postcode),
    }


def approve(organisation: Organisation, *, by: User) -> None:
    """It is what it says it is; a group's access opens, and its people are told. StateError: it waits no more."""
    with transaction.atomic():
        _to_verify(organisation, by)
        organisation.verify(by=by)
        if organisation.kind == Organisation.Kind.GROUP:
            tell(
                organisation,
                "group_access_approved",
                action_url=f"{settings.SITE_URL}{reverse('dashboard')}",
                action_label=_("Ouvrir mon tableau de bord"),
            )


def refuse(organisation: Organisation, *, by: User, reason: str) -> None:
    """It is not; a group's people are told why."""
    with transaction.atomic():
        _to_verify(organisation, by)
        organisation.refuse(by=by, reason=reason)
        if organisation.kind == Organisation.Kind.GROUP:
            tell(organisation, "group_access_refused", reason_text=reason)


def _to_verify(organisation: Organisation, by: User) -> None:
    """A suspended one could be verified too: that is to restore it, with another mail."""
    if not by.is_staff:
        raise PermissionDenied
    if organisation.state != Organisation.State.TO_VERIFY:
        raise StateError(gettext("Cette organisation n'attend plus d'être vérifiée."))


def tell(organisation: Organisation, template: str, **context: Any) -> None:
    """Write to the organisation's administrators, once per line of its history."""
    line = organisation.history.latest("pk")
    admins = organisation.memberships.admins().select_related("user")
    for membership in admins:
        user = membership.user
        mail.queue(
            key=f"{template}:{line.pk}:{user.pk}",
            to=[user.email],
            template=template,
            context={"organisation": organisation, "person": user, **context},
            language=user.language,
            reply_to=[settings.CONTACT_EMAIL],
            about=f"organisation:{organisation.pk}",
        )

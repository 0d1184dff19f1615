"""Asking a colleague in: a link by mail, good for two weeks, that is worth nothing once it is used or taken back."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import mail
from accounts.models import Invitation, Membership, Organisation, User
from accounts.models.invitation import LASTS
from pacte.states import StateError


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who comes in without an account, as the form gives it; the address is the invitation's."""

    first_name: str
    last_name: str
    password: str
    language: str


def invite(organisation: Organisation, email: str, role: str, *, by: User) -> Invitation:
    """One mail to one address. The same address again renews its invitation, and the link before is worth nothing."""
    email = email.lower()
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        _admin(organisation, by)
        if not organisation.is_active:
            raise StateError(_("L'accès de votre organisation n'est pas ouvert."))
        return _made(organisation, email, role, by)


def invite_first(organisation: Organisation, email: str, *, by: User) -> Invitation:
    """Staff ask in whoever will administer an organisation that nobody acts for, yet or any more."""
    with transaction.atomic():
        its = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        if not by.is_staff:
            raise PermissionDenied
        if not its.is_active:
            raise StateError(_("Approuvez d'abord cette organisation."))
        if its.memberships.active().filter(user__is_active=True).exists():
            raise StateError(_("Quelqu'un agit déjà pour cette organisation."))
        return _made(its, email.lower(), Membership.Role.ADMIN, by)


def _made(organisation: Organisation, email: str, role: str, by: User) -> Invitation:
    with transaction.atomic():
        if Membership.objects.active().filter(organisation=organisation, user__email__iexact=email).exists():
            raise StateError(_("Cette personne fait déjà partie de votre équipe."))
        Invitation.objects.standing().filter(organisation=organisation, email=email).update(ended_at=timezone.now())
        if Invitation.objects.open().filter(organisation=organisation).count() >= Invitation.MOST:
            raise StateError(_("Vingt invitations sans réponse au plus : annulez-en une d'abord."))
        made = Invitation.objects.create(organisation=organisation, email=email, role=role, invited_by=by)
        organisation.record(by=by, changes={email: ["", str(Membership.Role(role).label)]})
        _write(made, by)
    return made


def waiting(organisation: Organisation | None) -> list[Invitation]:
    """Those without an answer, over or not, the latest first."""
    return list(Invitation.objects.standing().filter(organisation=organisation)) if organisation else []


def revoke(invitation: Invitation, *, by: User) -> None:
    """Its link leads nowhere any more; twice does no more. StateError: they have come in."""
    _admin(invitation.organisation, by)
    with transaction.atomic():
        found = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if found.accepted_by_id:
            raise StateError(_("Cette personne vient de rejoindre l'équipe : vous pouvez l'en retirer."))
        Invitation.objects.standing().filter(pk=found.pk).update(ended_at=timezone.now())


def accept(invitation: Invitation, *, by: User) -> Membership:
    """Someone with an account comes in. StateError, in words: the link is over, or was meant for another."""
    with transaction.atomic():
        _take(invitation)
        if by.email.lower() != invitation.email:
            raise StateError(_("Cette invitation a été envoyée à une autre adresse que celle de votre compte."))
        membership = _enter(invitation, by)
        by.act_for(membership)
        return membership


def come_in(invitation: Invitation, who: Newcomer) -> User:
    """Someone without an account: the link came to the address, which is thereby confirmed."""
    with transaction.atomic():
        _take(invitation)
        try:
            with transaction.atomic():
                user = User.objects.create_user(
                    invitation.email, who.password, first_name=who.first_name, last_name=who.last_name,
                    language=who.language,
                )  # fmt: skip
        except IntegrityError:
            raise StateError(_("Vous avez déjà un compte : connectez-vous, puis ouvrez ce lien à nouveau.")) from None
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        _enter(invitation, user)
    return user


def _enter(invitation: Invitation, user: User) -> Membership:
    membership, new = Membership.objects.get_or_create(
        user=user, organisation=invitation.organisation, ended_at=None, defaults={"role": invitation.role}
    )
    now = timezone.now()
    Invitation.objects.filter(pk=invitation.pk).update(ended_at=now, accepted_by=user)
    if new:
        label = str(Membership.Role(invitation.role).label)
        invitation.organisation.record(by=user, changes={str(user): ["", label]})
    return membership


def _take(invitation: Invitation) -> None:
    """Hold it; of two clicks one comes first."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("organisation")
    invitation.refresh_from_db(from_queryset=rows)
    if not invitation.is_open:
        raise StateError(_("Cette invitation n'est plus valable : demandez-en une autre."))


def _admin(organisation: Organisation, user: User) -> None:
    if not Membership.objects.admins().filter(organisation=organisation, user=user).exists():
        raise PermissionDenied


def _write(invitation: Invitation, by: User) -> None:
    known = User.objects.filter(email__iexact=invitation.email).values_list("language", flat=True).first()
    mail.queue(
        key=f"invitation:{invitation.pk}",
        to=[invitation.email],
        template="member_invited",
        language=known or by.language,
        reply_to=[by.email],
        about=f"organisation:{invitation.organisation_id}",
        context={
            "organisation": invitation.organisation,
            "by": by,
            "days": LASTS.days,
            "until": invitation.expires_at,
            "action_url": f"{settings.SITE_URL}{invitation.get_absolute_url()}",
            "action_label": gettext_lazy("Rejoindre l'équipe"),
        },
    )

"""A person's account is erased: what says who they are goes, what was done stays under « ancien contact »."""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Absence, Email, Invitation, JoinRequest, Organisation, OrganisationMove, User

FORMER = gettext_noop("ancien contact")
DOMAIN = "efface.invalid"  # a name that no mail server will ever have


def forget(user: User) -> None:
    """In the caller's transaction, once the person acts for nobody any more."""
    known = [text for text in (user.email, user.get_full_name()) if text]
    organisations = Organisation.objects.filter(memberships__user=user)
    scrub(OrganisationMove.objects.filter(subject__in=organisations), known)
    _empty_mails(user)
    Absence.objects.filter(email__iexact=user.email).delete()
    Invitation.objects.filter(email__iexact=user.email).delete()
    JoinRequest.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    user.email = address_of(user)
    user.first_name = user.last_name = user.job_title = user.phone = ""
    user.is_active, user.erased_at, user.acting_for = False, timezone.now(), None
    user.set_unusable_password()
    user.save()


def address_of(user: User) -> str:
    """What stands for an erased person's address."""
    return f"{user.pk}@{DOMAIN}"


def scrub(rows: Any, known: Iterable[str], field: str = "changes") -> None:
    """Write « ancien contact » for each of these texts in a JSON column of the rows."""
    for text in known:
        for row in rows.annotate(written=Cast(field, TextField())).filter(written__icontains=text):
            _write(row, field, text)


def _write(row: Model, field: str, text: str) -> None:
    setattr(row, field, _without(getattr(row, field), text))
    row.save(update_fields=[field])


def _without(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {_without(key, text): _without(one, text) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, text) for one in value]
    return value.replace(text, FORMER) if isinstance(value, str) else value


def _empty_mails(user: User) -> None:
    """Mails to this person, or that give their address: those that wait leave without, the others are emptied."""
    old, new = user.email, address_of(user)
    theirs = Q(to__contains=[old]) | Q(cc__contains=[old]) | Q(reply_to__contains=[old])
    for email in Email.objects.select_for_update().filter(theirs):
        if email.is_final:
            email.text = email.html = ""
            email.purged_at = email.purged_at or timezone.now()
        elif email.to == [old]:
            email.state = Email.State.CANCELLED
        put = [new] if email.is_final else []
        for column in ("to", "cc", "reply_to", "delivered", "refused"):
            kept = [one for one in getattr(email, column) if one != old]
            gone = put if len(kept) < len(getattr(email, column)) else []
            setattr(email, column, kept + gone)
        email.save()

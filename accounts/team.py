"""Who acts for an organisation: every change of a role is told to the person it concerns."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import mail
from accounts.models import Membership, User


@transaction.atomic
def give_role(membership: Membership, role: str, *, by: User) -> None:
    """StateError when nobody would be left to administer; the same role again changes nothing."""
    if membership.role == role:
        return
    membership.change_role(role, by=by)
    button = {
        "action_url": f"{settings.SITE_URL}{reverse('accounts:members')}",
        "action_label": _("Voir votre équipe"),
    }
    _tell(membership, "membership_role", by=by, role=Membership.Role(role).label, **button)


@transaction.atomic
def end(membership: Membership, *, by: User) -> None:
    """This person leaves; what they did stays. StateError for the last one who administers."""
    membership.end(by=by)
    _tell(membership, "membership_ended", by=by)


def _tell(membership: Membership, template: str, *, by: User, **context: Any) -> None:
    """Nobody needs a mail about what they did themselves."""
    person, organisation = membership.user, membership.organisation
    if person == by:
        return
    line = organisation.history.latest("pk")
    mail.queue(
        key=f"{template}:{line.pk}",
        to=[person.email],
        template=template,
        context={"organisation": organisation, "person": person, "by": by, **context},
        language=person.language,
        reply_to=[by.email],
        about=f"organisation:{organisation.pk}",
    )

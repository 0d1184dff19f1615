"""Staff take an organisation out for a while, and put it back; its people are told why.

While it lasts nothing of it is shown or proposed, its members do nothing and read why, and clocks stand still.
"""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from accounts.onboarding import tell
from pacte.states import StateError


def why(organisation: Organisation) -> str:
    """What staff gave as their reason, while it is suspended."""
    if organisation.state != Organisation.State.SUSPENDED:
        return ""
    last = organisation.history.filter(after=Organisation.State.SUSPENDED).last()
    return last.said if last else ""


def suspend(organisation: Organisation, *, by: User, reason: str) -> None:
    """StateError: it is not in a state to be, or no reason is given."""
    if not by.is_staff:
        raise PermissionDenied
    if not reason.strip():
        raise StateError(_("Indiquez un motif : il sera lu."))
    with transaction.atomic():
        organisation.suspend(by=by, reason=reason.strip())
        tell(organisation, "organisation_suspended", reason_text=reason.strip())


def restore(organisation: Organisation, *, by: User, reason: str = "") -> None:
    """Its opportunities, if it is a group, stay suspended until staff have looked at each."""
    if not by.is_staff:
        raise PermissionDenied
    if organisation.state != Organisation.State.SUSPENDED:  # one that waits to be verified is approved
        raise StateError(_("Cette organisation n'est pas suspendue."))
    with transaction.atomic():
        organisation.restore(by=by, reason=reason.strip())
        tell(
            organisation,
            "organisation_restored",
            is_group=organisation.kind == Organisation.Kind.GROUP,
            action_url=f"{settings.SITE_URL}{reverse('dashboard')}",
            action_label=gettext_lazy("Ouvrir mon tableau de bord"),
        )

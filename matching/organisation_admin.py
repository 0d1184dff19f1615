"""What staff do to an organisation that reaches applications and opportunities: close it for good."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts import admin as accounts_admin
from accounts.models import Organisation
from matching import ceasing
from pacte.transitions import Transition, WithReason

State = Organisation.State
STANDING = frozenset({State.TO_VERIFY, State.VERIFIED, State.SUSPENDED})

admin.site.unregister(Organisation)


@admin.register(Organisation)
class OrganisationAdmin(accounts_admin.OrganisationAdmin):
    transitions: ClassVar[tuple[Transition, ...]] = (
        *accounts_admin.OrganisationAdmin.transitions,
        Transition(
            "close",
            _("Fermer"),
            STANDING,
            lambda obj, user, answers: ceasing.close(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
            explanation=_(
                "Pour une entreprise qui a cessé. Ses candidatures, ses demandes ou ses opportunités s'arrêtent, les "
                "autres en sont prévenus ; son équipe reçoit un e-mail avec le motif. C'est définitif."
            ),
        ),
    )

"""Other people answer for an opportunity that is out: its group, or staff, name them; whoever is new to it is told."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from opportunities import checks, contacts, history, letters, moderation
from opportunities.models import Opportunity
from pacte.states import StateError

FIELDS = ("contact_name", "contact_email", "deputy_name", "deputy_email")
STANDING = frozenset({Opportunity.State.PUBLISHED, Opportunity.State.SUSPENDED, Opportunity.State.CLOSED})


class ContactsForm(forms.Form):
    """Both people, as they stand."""

    contact_name = forms.CharField(label=gettext_lazy("Contact principal"), max_length=120)
    contact_email = forms.EmailField(label=gettext_lazy("E-mail du contact principal"), max_length=254)
    deputy_name = forms.CharField(label=gettext_lazy("Suppléant"), max_length=120)
    deputy_email = forms.EmailField(label=gettext_lazy("E-mail du suppléant"), max_length=254)

    def __init__(self, data: Any, *, opportunity: Opportunity) -> None:
        super().__init__(data, initial={name: getattr(opportunity, name) for name in FIELDS})
        self.opportunity = opportunity

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        known = contacts.crews([self.opportunity.owner_id])
        for name in ("contact_email", "deputy_email"):
            if (address := answers.get(name)) and known.left(self.opportunity, address):
                self.add_error(name, _("Cette personne ne fait plus partie du groupe."))
        mine, other = answers.get("contact_email", ""), answers.get("deputy_email", "")
        if mine and mine.casefold() == other.casefold():
            self.add_error("deputy_email", checks.same_person_text())
        return answers


def entrust(opportunity: Opportunity, people: Mapping[str, str], *, by: User) -> None:
    """`people` has the four FIELDS. StateError: not now, or one person for both."""
    with transaction.atomic():
        moderation.lock(opportunity)
        if not by.is_staff:
            moderation.group(opportunity, by)
        if opportunity.state not in STANDING:
            raise StateError(_("Les contacts de cette opportunité ne se changent plus ici."))
        before = {name: getattr(opportunity, name) for name in FIELDS}
        for name in FIELDS:
            setattr(opportunity, name, people[name].strip())
        if checks.same_person(opportunity):
            raise StateError(checks.same_person_text())
        changes = history.differences(before, {name: getattr(opportunity, name) for name in FIELDS})
        if changes:
            opportunity.save(update_fields=FIELDS)
            opportunity.record(by=by, changes=changes)
            letters.entrusted(opportunity, changes, by=by)

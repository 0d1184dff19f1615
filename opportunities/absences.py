"""When a contact of an opportunity is away: noted by anyone of its group who may edit, read by every mail."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import DayInput
from accounts.models import Absence, User
from opportunities import contacts
from opportunities.models import Opportunity


class AbsenceForm(forms.ModelForm):
    """Who, from when, until when: both days are days of absence."""

    email = forms.ChoiceField(label=_("Qui est absent ?"), widget=forms.RadioSelect)

    class Meta:
        model = Absence
        fields = ["email", "first_day", "last_day"]
        widgets = {"first_day": DayInput, "last_day": DayInput}

    def __init__(self, *args: Any, opportunity: Opportunity, by: User, **kwargs: Any) -> None:
        kwargs["instance"] = Absence(organisation=opportunity.owner, noted_by=by)
        super().__init__(*args, **kwargs)
        self.fields["email"].choices = choices(opportunity)  # type: ignore[attr-defined]

    def clean_last_day(self) -> Any:
        day = self.cleaned_data["last_day"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Cette absence est déjà finie."), code="over")
        return day

    def _get_validation_exclusions(self) -> set[str]:
        """The organisation is ours to give, and part of what makes an absence noted once."""
        return super()._get_validation_exclusions() - {"organisation"}  # type: ignore[misc]


def choices(opportunity: Opportunity) -> list[tuple[str, str]]:
    """Its contact and its deputy, as (address, name and address)."""
    people = dict.fromkeys(one for one in contacts.named(opportunity) if one.email)
    return [(one.email.lower(), f"{one.name} ({one.email})".strip()) for one in people]


def noted(opportunity: Opportunity) -> list[tuple[Absence, str]]:
    """Those to come, or under way, each with the name of the person."""
    names = dict(choices(opportunity))
    rows = Absence.objects.not_over().filter(organisation=opportunity.owner_id, email__in=names)
    return [(row, names[row.email]) for row in rows]

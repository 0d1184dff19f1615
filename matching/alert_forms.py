"""What people choose about alerts."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from matching.models import AlertSettings, Floor, Frequency, SavedSearch, Usefulness


class SettingsForm(forms.ModelForm):
    """How to hear of what fits one's company."""

    class Meta:
        model = AlertSettings
        fields: ClassVar = ["frequency", "floor", "reminders"]
        widgets: ClassVar = {"frequency": forms.RadioSelect, "floor": forms.RadioSelect}
        help_texts: ClassVar = {
            "frequency": _(
                "Du lundi au vendredi, de 8 h à 18 h, cinq opportunités au plus, jamais deux fois la même."
            ),
            "reminders": _("Pour les opportunités que vous suivez : 7 jours, puis 2 jours avant."),
        }

    def __init__(self, *args: Any, fit: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["floor"].choices = [choice for choice in Floor.choices if choice[0] != Floor.ANY]  # type: ignore[attr-defined]
        if not fit:
            del self.fields["frequency"], self.fields["floor"]


class SearchForm(forms.ModelForm):
    """A search that tells of what is new in it; of the whole list, once a day at most."""

    class Meta:
        model = SavedSearch
        fields: ClassVar = ["name", "frequency", "floor"]
        widgets: ClassVar = {"frequency": forms.RadioSelect, "floor": forms.RadioSelect}

    def __init__(self, *args: Any, fit: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.query:
            self.fields["frequency"].choices = [one for one in Frequency.choices if one[0] != Frequency.IMMEDIATE]  # type: ignore[attr-defined]
        if not fit:
            del self.fields["floor"]

    def clean(self) -> dict[str, Any]:
        """A search may ask for more at once than an alert keeps."""
        if len(self.instance.query) > SavedSearch.LONGEST:
            told = _("Cette recherche a trop de critères pour une alerte : enlevez-en quelques-uns.")
            raise forms.ValidationError(told, code="long")
        return super().clean() or self.cleaned_data


class RecipientsForm(forms.Form):
    """Who hears of what fits the company."""

    people = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        label=_("Qui reçoit les propositions"),
        help_text=_("Chacun garde son propre rythme. Les alertes que chacun a enregistrées ne sont pas concernées."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins une personne.")},
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Q(memberships__organisation=organisation, memberships__ended_at=None)
        self.fields["people"].queryset = User.objects.filter(here, is_active=True).order_by("last_name", "pk")  # type: ignore[attr-defined]


class UsefulnessForm(forms.ModelForm):
    """Whether a mail of proposals was of use."""

    useful = forms.TypedChoiceField(
        label=_("Cette sélection vous a-t-elle été utile ?"),
        choices=[("oui", _("Oui")), ("non", _("Non"))],
        coerce=lambda value: value == "oui",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez oui ou non.")},
    )

    class Meta:
        model = Usefulness
        fields: ClassVar = ["useful", "text"]
        labels: ClassVar = {"text": _("Pourquoi ?")}

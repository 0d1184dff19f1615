"""To whom an SME shows itself."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import DayInput
from accounts.forms.signup import SirenForm
from accounts.models import SmeProfile

LONGEST = timedelta(days=366)  # a pause


class WishesForm(forms.ModelForm):
    class Meta:
        model = SmeProfile
        fields = ("proposable", "paused_until")
        widgets = {"paused_until": DayInput}
        labels = {
            "proposable": _("Pacte PME peut proposer mon entreprise aux groupes"),
            "paused_until": _("Ne rien me proposer jusqu'au"),
        }
        help_texts = {
            "proposable": _("Vos coordonnées restent cachées tant que vous n'avez pas accepté une mise en relation."),
            "paused_until": _(
                "Ce jour compris : ni alertes, ni propositions, ni annonces « cherche partenaire ». Vos candidatures "
                "suivent leur cours. Laissez vide pour ne pas faire de pause."
            ),
        }

    def clean_paused_until(self) -> date | None:
        day: date | None = self.cleaned_data["paused_until"]
        today = timezone.localdate()
        if day is None or day == self.initial.get("paused_until"):
            return day
        if day < today:
            raise forms.ValidationError(
                _("Ce jour est passé : choisissez-en un à venir, ou laissez vide."), code="past"
            )
        if day > today + LONGEST:
            raise forms.ValidationError(_("Un an au plus : vous pourrez prolonger."), code="far")
        return day


class GroupForm(SirenForm):
    """The number of the group to hide from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["siren"].label = _("SIREN du groupe")
        self.fields["siren"].help_text = _(
            "Neuf chiffres. Un groupe a souvent plusieurs sociétés : ajoutez celle que vous visez, et les autres s'il "
            "le faut."
        )

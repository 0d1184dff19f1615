import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import LinesField, folded, or_none
from accounts.models import GroupProfile
from accounts.taxonomy import places, sectors
from accounts.taxonomy.terms import folded as folded_text

SHORTEST_NAME = 2  # letters and digits


class GroupProfileForm(forms.ModelForm):
    sector = forms.ChoiceField(label=_("Secteur"), choices=or_none(sectors.choices), required=False)
    places = folded(
        label=_("Pays de présence"), choices=places.grouped_choices,
        help_text=_("Ceux où une équipe à vous peut aider une PME."),
    )  # fmt: skip

    known_names = LinesField(
        label=_("Autres noms de votre groupe"), required=False, most=50, longest=80,
        help_text=_(
            "Sigle, marques, filiales, anciens noms : un par ligne. Personne d'autre ne les voit. Nous vérifions "
            "qu'aucun ne figure dans ce que les PME lisent d'une opportunité confidentielle."
        ),
    )  # fmt: skip

    class Meta:
        model = GroupProfile
        fields = ["sector", "presentation", "places", "portages_from", "portages_a_month", "alias", "known_names"]
        widgets = {
            "presentation": forms.Textarea(attrs={"rows": 6}),
            "portages_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "presentation": _("Ce que les PME gagnent à travailler avec vous à l'étranger."),
            "portages_from": _("Pour faire une pause. D'ici là, nous ne vous proposons aucune PME à porter."),
            "portages_a_month": _("Vide : autant qu'il en vient. Au-delà, les suivantes attendent le mois d'après."),
            "alias": _(
                "Il remplace votre nom tant qu'une opportunité confidentielle n'a pas mené à une mise en relation. "
                "Par exemple « Groupe du secteur de l'énergie »."
            ),
        }

    def clean_alias(self) -> str:
        """The group's own name is no alias; opportunities are searched more closely when they are submitted."""
        alias, name = self.cleaned_data["alias"], self.instance.organisation.name
        if alias and not any(sign.isalpha() for sign in alias):
            raise forms.ValidationError(_("Ce nom ne dit rien : écrivez-le avec des lettres."), code="empty")
        if folded_text(name) in folded_text(alias):
            raise forms.ValidationError(_("Ce nom dit celui de votre groupe."), code="tells")
        return alias

    def clean_known_names(self) -> list[str]:
        """A single letter stands in every text, and our own word for the group cannot be one of its names."""
        names: list[str] = self.cleaned_data["known_names"]
        alias = folded_text(self.cleaned_data.get("alias") or "")
        for name in names:
            if sum(sign.isalnum() for sign in name) < SHORTEST_NAME:
                raise forms.ValidationError(_("« %(name)s » est trop court."), params={"name": name}, code="short")
            if re.search(rf"\b{re.escape(folded_text(name))}\b", alias):
                told = _("« %(name)s » figure dans votre nom public.")
                raise forms.ValidationError(told, params={"name": name}, code="alias")
        return names

    def changes(self) -> dict[str, list[Any]]:
        """{field: [before, after]} of what is no longer the same, as JSON takes it."""
        pairs = {name: [self.initial[name], self.cleaned_data[name]] for name in self.changed_data}
        return {name: [str(one) if isinstance(one, date) else one for one in pair] for name, pair in pairs.items()}

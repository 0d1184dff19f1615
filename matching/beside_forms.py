"""What people write beside an application: whom they ask for a word, with whom they apply."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from stdnum.fr import siren as siren_number

from accounts.forms.fields import NameField, without_link
from matching.forms import PlainText, without_coordinates
from matching.models import Partner, PartnerSearch, Sponsor

ADDRESS_MAX = 254  # letters that the database keeps; a form's own limit is 320


class SponsorForm(forms.Form):
    """Whom an SME asks for a recommendation."""

    name = NameField(label=_("Nom de la personne"), max_length=120)
    body = forms.ChoiceField(label=_("Au titre de"), choices=[("", _("Choisissez")), *Sponsor.Body.choices])
    email = forms.EmailField(
        label=_("Son e-mail"),
        max_length=ADDRESS_MAX,
        help_text=_("Nous lui écrivons de votre part, une seule fois. Son adresse n'est pas montrée au groupe."),
    )

    def clean_name(self) -> str:
        return without_coordinates(self.cleaned_data["name"])


class RecommendationForm(forms.Form):
    """What a sponsor says."""

    text = PlainText(
        rows=9,
        label=_("Votre recommandation"),
        max_length=Sponsor.TEXT_MAX,
        help_text=_("Ce que vous avez vu faire à cette entreprise, et ce dont elle est capable là-bas. Texte simple."),
    )

    def clean_text(self) -> str:
        return without_coordinates(self.cleaned_data["text"])


class InviteForm(forms.Form):
    """Whom the leading company asks in: by its number, or by somebody's address."""

    either = ("siren", "email")
    siren = forms.CharField(
        label=_("SIREN de l'entreprise"),
        required=False,
        help_text=_("Neuf chiffres, si elle est déjà inscrite. À défaut, un e-mail suffit."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail de quelqu'un qui y travaille"),
        required=False,
        max_length=ADDRESS_MAX,
        help_text=_("Cette personne reçoit un lien, et inscrit son entreprise si ce n'est pas fait."),
    )
    word = PlainText(
        rows=3, label=_("Votre mot"), required=False, max_length=Partner.TEXT_MAX, validators=[without_link]
    )

    def clean_siren(self) -> str:
        typed = re.sub(r"[\s.-]", "", self.cleaned_data["siren"])
        if typed and not siren_number.is_valid(typed):
            raise forms.ValidationError(_("Ce numéro n'est pas un SIREN : vérifiez ses neuf chiffres."), code="siren")
        return typed

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if not self.errors and bool(answers.get("siren")) == bool(answers.get("email")):
            self.add_error("siren", _("Indiquez un SIREN ou un e-mail, l'un des deux."))
        return answers


class JoinForm(forms.Form):
    """What a company says when it joins, and its agreement."""

    brings = PlainText(
        rows=4,
        label=_("Ce que votre entreprise apporte"),
        max_length=Partner.TEXT_MAX,
        help_text=_("Une ou deux phrases, que l'entreprise pilote et le groupe liront."),
    )
    consent = forms.BooleanField(error_messages={"required": _("Sans votre accord, rien n'est transmis.")})

    def __init__(self, *args: Any, text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consent"].label = text

    def clean_brings(self) -> str:
        return without_coordinates(self.cleaned_data["brings"])


class SeekForm(forms.Form):
    """What a company that looks for partners shows to the others."""

    text = PlainText(
        rows=4,
        label=_("Ce que vous apportez, et ce que vous cherchez"),
        max_length=PartnerSearch.TEXT_MAX,
        help_text=_("Les autres PME inscrites liront ce texte et votre nom d'entreprise. Le groupe ne le voit pas."),
    )

    def clean_text(self) -> str:
        return without_coordinates(self.cleaned_data["text"])

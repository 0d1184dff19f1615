"""Sign-up in two steps: which organisation, then who you are. Six fields at most, both together."""

import re
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength
from stdnum.fr import siren as siren_number

from accounts.forms.fields import NameField, without_link
from accounts.models import JoinRequest, User
from accounts.registry import Company

SIRET = 14  # digits: nine of the company's, then five of one of its sites


class SirenForm(forms.Form):
    siren = forms.CharField(
        label=_("Numéro SIREN"),
        max_length=20,
        help_text=_("Neuf chiffres, avec ou sans espaces. Il figure sur vos factures et sur l'extrait Kbis."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_siren(self) -> str:
        """The nine digits; what people type around them is forgiven, a wrong key is not. A SIRET is its company's."""
        typed = re.sub(r"[\s.-]", "", self.cleaned_data["siren"])
        if len(typed) == SIRET and typed.isdigit():
            typed = typed[:9]
        try:
            return siren_number.validate(typed)
        except InvalidLength:
            raise forms.ValidationError(_("Un SIREN compte neuf chiffres."), code="length") from None
        except InvalidFormat:
            raise forms.ValidationError(_("Un SIREN ne contient que des chiffres."), code="format") from None
        except InvalidChecksum:
            raise forms.ValidationError(
                _("Ce numéro n'existe pas : un chiffre doit être faux, ou deux sont inversés."), code="key"
            ) from None


class CompanyForm(forms.Form):
    """The company's name when the register could not tell it; when it could, the one the person said yes to."""

    name = NameField(
        label=_("Raison sociale"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, company: Company | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        if company:
            del self.fields["name"]
            self.fields["shown"].initial = company.name
        else:
            del self.fields["shown"]

    @property
    def recognised(self) -> bool:
        """Whether the company was on the page, by its name, when the person sent it."""
        return self.company is not None and self.cleaned_data["shown"] == self.company.name


class WhoForm(forms.Form):
    """Somebody without an account."""

    first_name = NameField(
        label=_("Prénom"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = NameField(label=_("Nom"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    email = forms.EmailField(
        label=_("Adresse e-mail professionnelle"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label=_("Mot de passe"),
        strip=False,
        help_text=_("Huit caractères au moins ; une phrase se retient mieux."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            names = {field: data.get(field, "") for field in ("first_name", "last_name", "email")}
            try:
                get_adapter().clean_password(password, user=User(**names))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class PersonForm(WhoForm, CompanyForm):
    """Who signs up, and for what."""

    field_order = ["name", "first_name", "last_name", "email", "password", "shown"]


class JoinForm(forms.Form):
    """A word for those who decide."""

    message = forms.CharField(
        label=_("Un mot pour la personne qui administre"), required=False, validators=[without_link],
        max_length=JoinRequest.MESSAGE_MAX, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Votre fonction, par exemple : elle vous reconnaîtra plus vite."),
    )  # fmt: skip


class JoinNewcomerForm(JoinForm, WhoForm):
    """Who asks to join without an account yet."""

    field_order = ["first_name", "last_name", "email", "password", "message"]

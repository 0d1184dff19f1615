from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import NameField
from accounts.models import Invitation, Membership, User


class RoleForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["role"]


class InviteForm(forms.ModelForm):
    """Whom to ask in, and for what."""

    class Meta:
        model = Invitation
        fields = ["email", "role"]
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}
        labels = {"email": _("Son adresse e-mail professionnelle")}


class JoinAcceptForm(forms.Form):
    """With which role somebody comes in."""

    role = forms.ChoiceField(label=_("Rôle"), choices=Membership.Role, initial=Membership.Role.MEMBER)


class JoinRefuseForm(forms.Form):
    """Why somebody does not."""

    reason = forms.CharField(
        label=_("Motif, écrit à la personne"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class NewcomerForm(forms.Form):
    """Who comes in by an invitation, and has no account yet; the address is the invitation's."""

    first_name = NameField(
        label=_("Prénom"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = NameField(label=_("Nom"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    password = forms.CharField(
        label=_("Mot de passe"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Huit caractères au moins ; une phrase se retient mieux."),
    )  # fmt: skip

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            names = {field: data.get(field, "") for field in ("first_name", "last_name")}
            try:
                get_adapter().clean_password(password, user=User(email=self.email, **names))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class PersonForm(forms.ModelForm):
    """Who I am, for my colleagues and for those I am introduced to. Of the person it writes these fields alone."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "job_title", "phone", "language"]
        field_classes = dict.fromkeys(["first_name", "last_name", "job_title"], NameField)
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "job_title": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = self.fields["last_name"].required = True

    def write(self) -> None:
        """A password that changes meanwhile stays changed."""
        self.instance.save(update_fields=self._meta.fields)


class PasswordForm(forms.Form):
    """The password of whoever is signed in, before something that cannot be undone."""

    password = forms.CharField(
        label=_("Votre mot de passe"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("Ce mot de passe n'est pas le vôtre."), code="wrong")
        return password

from typing import Any

from django import forms

from accounts.models import Membership, User


class RoleForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["role"]


class PersonForm(forms.ModelForm):
    """Who I am, for my colleagues and for those I am introduced to. Of the person it writes these fields alone."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "job_title", "phone", "language"]
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

"""What keeps staff apart: their rights, and the second factors that they may take away."""

from typing import Any

from allauth.mfa.admin import AuthenticatorAdmin as StockAuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from pacte.transitions import ReadOnlyAdmin


def may_touch(request: HttpRequest, person: User | None) -> bool:
    """Superusers are changed by superusers alone."""
    return person is None or not person.is_superuser or bool(request.user.is_superuser)


class RightsField(forms.ModelMultipleChoiceField):
    """Rights in the reader's language: the database keeps a name that the language of the code made once for all."""

    VERBS = {"add": _("ajouter"), "change": _("modifier"), "delete": _("supprimer"), "view": _("consulter")}

    def label_from_instance(self, obj: Permission) -> str:
        kind = obj.content_type
        verb = self.VERBS.get(obj.codename.removesuffix(f"_{kind.model}"))
        return f"{kind.app_labeled_name} | {verb}" if verb else str(obj)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(StockGroupAdmin):
    """Rights of some of the staff, as boxes: stock's pair of lists has parts without a name for a screen reader."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        kwargs |= {"form_class": RightsField, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin, StockAuthenticatorAdmin):
    """For whoever lost a phone: staff may take a second factor away, and never read its secret."""

    exclude = ["data"]
    list_select_related = ["user"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj) and may_touch(request, obj and obj.user)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith("data") and super().lookup_allowed(lookup, value, request)

"""The first person of an organisation that staff brought in: whom its file names, and their invitation."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import invitations
from accounts.models import FirstContact, Organisation
from pacte.transitions import Transition, TransitionAdmin

State = Organisation.State


class FirstContactInline(admin.StackedInline):
    model = FirstContact
    can_delete = False
    readonly_fields = ["name", "email", "added_at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Adresse e-mail"), max_length=254)


def first_contact(organisation: Any) -> list[Any]:
    """The inline, where there is one to show."""
    return [FirstContactInline] if organisation is not None and hasattr(organisation, "first_contact") else []


INVITE = Transition(
    "invite",
    _("Inviter qui l'administrera"),
    frozenset({State.TO_VERIFY, State.VERIFIED}),
    lambda obj, user, answers: invitations.invite_first(obj, answers["email"], by=user),
    InviteForm,
    explanation=_("Elle reçoit un e-mail avec un lien, bon deux semaines, et administrera cette organisation."),
    when=lambda obj: obj.is_active and not obj.memberships.active().filter(user__is_active=True).exists(),
)


class FirstPersonAdmin(TransitionAdmin):
    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        if chosen is INVITE and request.method == "GET" and hasattr(obj, "first_contact"):
            return InviteForm(initial={"email": obj.first_contact.email})
        return super().transition_form(chosen, request, obj)

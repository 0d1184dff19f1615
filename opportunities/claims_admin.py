"""Who of the staff reads what waits for a decision: the buttons and the filter that its pages share."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from opportunities import claims
from pacte.transitions import Transition


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("À qui"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("last_name", "first_name", "pk")
        self.fields["to"].queryset = staff  # type: ignore[attr-defined]


def claiming(state: str) -> tuple[Transition, ...]:
    """Of what waits in this state."""
    waiting = frozenset({state})
    return (
        Transition(
            "claim",
            _("Je prends"),
            waiting,
            lambda obj, user, answers: claims.claim(obj, by=user),
            explanation=_("Les autres voient que vous la lisez, pendant quatre heures."),
            when=lambda obj: claims.holder(obj) is None,
        ),
        Transition(
            "assign",
            _("Confier à une personne de l'équipe"),
            waiting,
            lambda obj, user, answers: claims.assign(obj, by=user, to=answers["to"]),
            AssignForm,
            explanation=_("Les autres voient qui la lit, pendant quatre heures. Dites-le-lui : aucun e-mail ne part."),
            to=lambda obj, user: claims.holder(obj) in {None, user},
        ),
        Transition(
            "release",
            _("Rendre"),
            waiting,
            lambda obj, user, answers: claims.release(obj, by=user),
            explanation=_("Elle est de nouveau à prendre par toute l'équipe."),
            when=lambda obj: claims.holder(obj) is not None,
            to=lambda obj, user: claims.holder(obj) == user,
        ),
    )


class MineFilter(admin.SimpleListFilter):
    title = _("prise par moi")
    parameter_name = "prise"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("moi", _("par moi"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return claims.held_by(queryset, request.user) if self.value() == "moi" else queryset  # type: ignore[arg-type]

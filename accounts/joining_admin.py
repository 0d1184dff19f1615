"""Requests to join, for the staff who decide when an organisation's own people do not."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts import addresses, domains, joining, orphans
from accounts.models import JoinRequest, Membership
from pacte.transitions import ReadOnlyAdmin, RowsFilter, Transition, TransitionAdmin, WithReason

State = JoinRequest.State


class WithRole(forms.Form):
    role = forms.ChoiceField(
        label=_("Rôle"), choices=Membership.Role, initial=Membership.Role.MEMBER,
        help_text=_("La première personne d'une organisation l'administre, quel que soit ce choix."),
    )  # fmt: skip


class WaitingFilter(RowsFilter):
    title = _("à arbitrer")
    parameter_name = "arbitrer"
    offers = {"oui": (_("oui"), JoinRequest.objects.for_staff)}


class CrewFilter(RowsFilter):
    """Of organisations: those whose people are all gone, or whose only administrator's address has moved."""

    title = _("équipe")
    parameter_name = "equipe"
    offers = {
        "personne": (_("plus personne"), lambda: orphans.for_staff().values("pk")),
        "adresse": (_("adresse à reconnaître"), lambda: addresses.for_staff().values("pk")),
    }


@admin.register(JoinRequest)
class JoinRequestAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["user", "organisation", "state", "asked_at", "staff_since"]
    list_filter = ["state", WaitingFilter]
    list_select_related = ["user", "organisation"]
    search_fields = ["user__email", "user__last_name", "organisation__name", "organisation__siren"]
    exclude = ["reminded"]
    readonly_fields = ["hint", "to_call"]
    view_on_site = False  # its page is for who administers the organisation
    transitions = (
        Transition(
            "accept",
            _("Accepter"),
            frozenset({State.ASKED}),
            lambda obj, user, answers: joining.accept(obj, answers["role"], by=user),
            WithRole,
            explanation=_(
                "Vérifiez d'abord, au téléphone s'il le faut, que cette personne est de la maison : elle lira tout ce "
                "que son équipe lit. Elle reçoit un e-mail."
            ),
        ),
        Transition(
            "refuse",
            _("Refuser"),
            frozenset({State.ASKED}),
            lambda obj, user, answers: joining.refuse(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
            explanation=_("La personne reçoit un e-mail avec le motif."),
        ),
    )  # fmt: skip

    @admin.display(description=_("son adresse"))
    def hint(self, obj: JoinRequest) -> str:
        return f"{obj.user.email} ({domains.hint(obj.user.email, obj.organisation)})"

    @admin.display(description=_("qui administre, à appeler"))
    def to_call(self, obj: JoinRequest) -> str:
        people = [membership.user for membership in joining.helm(obj.organisation)]
        return "; ".join(f"{one} {one.phone} {one.email}" for one in people) or str(_("personne"))

"""The changes that groups ask for in what is public, for staff to accept or refuse."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from opportunities import amendments, claims, history
from opportunities.admin_forms import NoticesForm
from opportunities.claims_admin import MineFilter, claiming
from opportunities.models import Amendment
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin, WithReason


@admin.register(Amendment)
class AmendmentAdmin(TransitionAdmin, ReadOnlyAdmin):
    """What a group wants changed in what is public: the old and the new, field by field."""

    list_display = ["opportunity", "state", "asked_by", "asked_at", "held_by"]
    list_filter = [MineFilter, "state"]
    list_select_related = ["opportunity", "asked_by", "claimed_by"]
    fields = ["opportunity", "state", "asked_by", "asked_at", "wanted"]
    readonly_fields = ["wanted"]
    transitions = (
        *claiming(Amendment.State.PENDING),
        Transition(
            "accept",
            _("Accepter"),
            frozenset({Amendment.State.PENDING}),
            lambda obj, user, answers: amendments.accept(obj, by=user, notices_read=bool(answers.get("notices"))),
            NoticesForm,
            explanation=_(
                "La modification devient publique ; le groupe et celles qui candidatent reçoivent un e-mail."
            ),
        ),
        Transition(
            "refuse",
            _("Refuser"),
            frozenset({Amendment.State.PENDING}),
            lambda obj, user, answers: amendments.refuse(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("L'opportunité reste comme elle est. Le groupe lit votre motif."),
        ),
    )

    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        if chosen.form is NoticesForm:
            notices = amendments.noticed(obj.changes)
            return NoticesForm(request.POST if request.method == "POST" else None, notices=notices)
        return super().transition_form(chosen, request, obj)

    @admin.display(description=_("prise par"), ordering="claimed_at")
    def held_by(self, amendment: Amendment) -> str:
        return claims.told(amendment)

    def _extra(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return super()._extra(request, obj) | {"held_by": claims.notice(obj, request.user)}  # type: ignore[arg-type]

    @admin.display(description=_("modifications"))
    def wanted(self, amendment: Amendment) -> str:
        its = history.worded(amendment.opportunity, amendment.changes)
        rows = ((str(one.label).capitalize(), one.before, one.after) for one in its)
        return format_html_join("", "<p><strong>{}</strong><br><del>{}</del> → <ins>{}</ins></p>", rows)

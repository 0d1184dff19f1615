"""The staff's page of companies put forward by hand."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from matching import proposing
from matching.models import Proposal
from pacte.states import StateError
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin


class ProposalForm(forms.ModelForm):
    class Meta:
        model = Proposal
        fields = ["opportunity", "company", "reason"]
        help_texts = {
            "reason": _(
                "Dès que vous enregistrez, l'entreprise reçoit un e-mail avec cette raison. Le groupe la lit si elle "
                "candidate."
            )
        }

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if all(found.get(name) for name in self._meta.fields or []):
            told = proposing.why_not(found["opportunity"], found["company"], found["reason"])
            if told:
                raise forms.ValidationError(told, code="refused")
        return found


@admin.register(Proposal)
class ProposalAdmin(TransitionAdmin, ReadOnlyAdmin):
    form = ProposalForm
    list_display = ["company", "opportunity", "at", "by", "ended_at"]
    list_select_related = ["company", "opportunity", "by"]
    search_fields = ["company__name", "company__siren", "opportunity__title"]
    raw_id_fields = ["opportunity", "company"]  # stock autocompletion has no name that a screen reader could say
    transitions = (
        Transition(
            "take-back",
            _("Retirer"),
            frozenset({"standing"}),
            lambda obj, user, answers: proposing.take_back(obj, by=user),
            explanation=_("Elle n'est plus marquée comme proposée. Le message déjà parti reste parti."),
        ),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["opportunity", "company", "reason"] if obj is None else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else super().get_readonly_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Proposal, form: Any, change: bool) -> None:
        """A colleague may have been faster since the form was read."""
        made = proposing.propose(obj.opportunity, obj.company, by=request.user, reason=obj.reason)  # type: ignore[arg-type]
        obj.pk, obj.by, obj._state.adding = made.pk, made.by, False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except StateError as error:
            messages.error(request, str(error))
            request.method = "GET"
            return super().add_view(request, form_url, extra_context)

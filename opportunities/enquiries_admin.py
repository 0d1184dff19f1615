"""What SMEs ask and groups answer in public, for staff: hidden, corrected, shown again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opportunities import enquiries
from opportunities.models import Enquiry, EnquiryChange
from pacte.transitions import KeptInline, ReadOnlyAdmin, Transition, TransitionAdmin, WithReason


class EnquiryChangeInline(KeptInline):
    model = EnquiryChange
    readonly_fields = ["at", "kind", "by", "reason", "text", "answer"]


@admin.register(Enquiry)
class EnquiryAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["text", "opportunity", "company", "asked_at", "answered_at", "hidden_at"]
    list_select_related = ["opportunity", "company"]
    search_fields = ["text", "answer"]
    inlines = [EnquiryChangeInline]
    transitions = (
        Transition(
            "hide",
            _("Masquer"),
            frozenset({Enquiry.State.PUBLIC}),
            lambda obj, user, answers: enquiries.hide(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("Personne ne la lit plus, sauf le groupe, avec votre motif."),
        ),
        Transition(
            "correct",
            _("Corriger"),
            frozenset({Enquiry.State.PUBLIC}),
            lambda obj, user, answers: enquiries.correct(
                obj, by=user, question=answers["question"], text=answers["answer"], reason=answers["reason"]
            ),
            enquiries.CorrectForm,
            explanation=_("Publique aussitôt. Les mots d'avant restent dans l'historique."),
        ),
        Transition(
            "show",
            _("Montrer de nouveau"),
            frozenset({Enquiry.State.HIDDEN}),
            lambda obj, user, answers: enquiries.show(obj, by=user, reason=answers["reason"]),
            WithReason,
        ),
    )

    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        if chosen.form is enquiries.CorrectForm:
            return enquiries.CorrectForm(request.POST if request.method == "POST" else None, enquiry=obj)
        return super().transition_form(chosen, request, obj)

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from matching import introduce, quality, weights_admin  # noqa: F401 - its admins register themselves
from matching.models import Action, Application, Band, Introduction, Match
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin, WithReason

State = Introduction.State


@admin.register(Match)
class MatchAdmin(ReadOnlyAdmin):
    list_display = ["company", "opportunity", "score", "band", "eligible", "computed_at"]
    list_filter = ["band", "eligible"]
    search_fields = ["company__name", "company__siren", "opportunity__title"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Match]:
        return super().get_queryset(request).select_related("company", "opportunity")


@admin.register(Action)
class ActionAdmin(ReadOnlyAdmin):
    """What was decided, under what it says of the scores."""

    list_display = ["at", "kind", "company", "opportunity", "score", "band", "reason"]
    list_filter = ["kind"]
    list_select_related = ["company", "opportunity"]
    change_list_template = "admin/quality.html"
    show_full_result_count = False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        found = quality.monitor()
        labels = dict(Band.choices)
        context = {"monitor": found, "bands": [(labels[rate.name], rate) for rate in found.bands]}
        return super().changelist_view(request, context | (extra_context or {}))


@admin.register(Application)
class ApplicationAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["company", "opportunity", "state", "sent_at", "seen_at", "decided_at"]
    list_filter = ["state", "decline_reason"]
    list_select_related = ["company", "opportunity"]
    search_fields = ["company__name", "company__siren", "opportunity__title"]
    date_hierarchy = "sent_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """A draft is its company's own business."""
        return super().get_queryset(request).filter(sent_at__isnull=False)


@admin.register(Introduction)
class IntroductionAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["application", "state", "created_at", "sent_at"]
    list_filter = ["state"]
    list_select_related = ["application__company", "application__opportunity"]
    search_fields = ["application__company__name", "application__opportunity__title"]
    transitions = (
        Transition(
            "hold",
            _("Retenir"),
            frozenset({State.PENDING}),
            lambda obj, user, answers: introduce.hold(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("L'e-mail ne part pas tant que vous ne l'avez pas libéré."),
        ),
        Transition(
            "release",
            _("Libérer"),
            frozenset({State.HELD}),
            lambda obj, user, answers: introduce.release(obj, by=user),
            explanation=_("L'e-mail part aux deux parties."),
        ),
        Transition(
            "retry",
            _("Relancer l'envoi"),
            frozenset({State.FAILED}),
            lambda obj, user, answers: introduce.retry(obj, by=user),
        ),
        Transition(
            "cancel",
            _("Annuler"),
            frozenset({State.PENDING, State.HELD, State.FAILED}),
            lambda obj, user, answers: introduce.cancel(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
        ),
    )

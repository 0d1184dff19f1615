"""Likely doubles, for the staff who make them one or say that they are two."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Double
from pacte.transitions import ReadOnlyAdmin, RowsFilter, Transition, TransitionAdmin

State = Double.State


class WaitingFilter(RowsFilter):
    title = _("à regarder")
    parameter_name = "regarder"
    offers = {"oui": (_("oui"), Double.objects.waiting)}


@admin.register(Double)
class DoubleAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["first", "second", "why", "found_at", "state"]
    list_filter = [WaitingFilter, "state", "why", "first__kind"]
    list_select_related = ["first", "second"]
    search_fields = ["first__name", "first__siren", "second__name", "second__siren"]
    fields = ["first", "second", "why", "found_at", "side_by_side"]
    readonly_fields = ["side_by_side"]
    transitions = (
        Transition(
            "different",
            _("Ce sont deux organisations"),
            frozenset({State.WAITING}),
            lambda obj, user, answers: obj.move(State.DIFFERENT, by=user),
            explanation=_("La paire quitte la file et n'y revient pas."),
        ),
        Transition(
            "again",
            _("À regarder de nouveau"),
            frozenset({State.DIFFERENT}),
            lambda obj, user, answers: obj.move(State.WAITING, by=user),
        ),
    )

    @admin.display(description=_("les deux côte à côte"))
    def side_by_side(self, double: Double) -> str:
        page = reverse("admin:accounts_organisation_merge", args=[double.second_id, double.first_id])
        return format_html('<a href="{}">{}</a>', page, _("Comparer, et réunir s'il le faut"))

"""The staff's page of an opportunity without applicants: what its criteria cost, who comes close, whom to propose."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from matching import explain, quiet_posts
from matching.models import Match, QuietPost
from opportunities import facts
from opportunities.calling import of_group
from pacte.transitions import ReadOnlyAdmin, RowsFilter, Transition, TransitionAdmin, WithReason

MOST = 10


class ToLookAtFilter(RowsFilter):
    title = _("à regarder")
    parameter_name = "regarder"
    offers = {"oui": (_("sans candidature ni proposition"), QuietPost.objects.for_staff)}


@admin.register(QuietPost)
class QuietPostAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["opportunity", "group", "found_at", "eligible", "told_at", "closed_at"]
    list_filter = [ToLookAtFilter]
    list_select_related = ["opportunity__owner"]
    search_fields = ["opportunity__title", "opportunity__owner__name"]
    exclude = ["excluded"]
    readonly_fields = ["group_person"]
    change_form_template = "admin/quiet_change_form.html"
    transitions = (
        Transition(
            "close",
            _("Noter ce qui a été fait"),
            frozenset({QuietPost.State.WAITING}),
            lambda obj, user, answers: quiet_posts.close(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("Elle quitte la file d'attente : groupe appelé, ou rien à faire."),
        ),
    )

    @admin.display(description=_("groupe"), ordering="opportunity__owner__name")
    def group(self, quiet: QuietPost) -> str:
        return quiet.opportunity.owner.name

    @admin.display(description=_("à appeler, groupe"))
    def group_person(self, quiet: QuietPost) -> str:
        return of_group(quiet.opportunity)

    def _extra(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        near = quiet_posts.near(obj.opportunity, most=MOST)
        able = quiet_posts.near(obj.opportunity, eligible=True, most=MOST)
        return super()._extra(request, obj) | {
            "excluded": [(facts.asked(one["kind"], one["code"]), one["companies"]) for one in obj.excluded],
            "companies": [
                (_("Presque compatibles : un critère éliminatoire leur manque"), _told(near)),
                (_("Compatibles, et qui n'ont pas candidaté"), _told(able)),
            ],
        }


def _told(matches: list[Match]) -> list[tuple[Match, explain.Fit]]:
    return [(match, explain.fit(match, "group")) for match in matches]

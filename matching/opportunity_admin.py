"""What staff do to an opportunity that reaches its applications: give it to another group; who is touched by what."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Organisation
from matching import changes, letters, transfers
from matching.models import Application
from opportunities import admin as opportunities_admin
from opportunities import upkeep
from opportunities.admin_pages import NAME
from opportunities.models import Opportunity
from pacte.states import StateError
from pacte.transitions import RowsFilter, Transition

State = Opportunity.State
TOUCHING = frozenset({"suspend", "restore", "close", "withdraw"})  # what reaches those who apply

admin.site.unregister(Opportunity)


class OtherGroupForm(forms.Form):
    to = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("Le groupe qui la suivra"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = Organisation.objects.groups().active().order_by("name")  # type: ignore[attr-defined]


class ToRestoreFilter(RowsFilter):
    title = gettext_lazy("à rétablir")
    parameter_name = "retablir"
    offers = {"oui": (gettext_lazy("leur groupe est de nouveau actif"), lambda: upkeep.to_restore().values("pk"))}


@admin.register(Opportunity)
class OpportunityAdmin(opportunities_admin.OpportunityAdmin):
    list_filter: ClassVar[Any] = [ToRestoreFilter, *opportunities_admin.OpportunityAdmin.list_filter]
    transitions: ClassVar[tuple[Transition, ...]] = (
        *opportunities_admin.OpportunityAdmin.transitions,
        Transition(
            "transfer",
            gettext_lazy("Confier à un autre groupe"),
            frozenset(set(State.values) - transfers.STAYS),
            lambda obj, user, answers: None,  # the next page shows who would be told, and asks
            OtherGroupForm,
            explanation=gettext_lazy(
                "Avec son historique, ses questions et ses candidatures. La page suivante montre qui sera prévenu "
                "avant de rien changer."
            ),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.transfer)
        return [path("<int:pk>/confier/<int:to>/", view, name=f"{NAME}_transfer"), *super().get_urls()]

    def touched(self, chosen: Transition, obj: Any) -> str:
        return applicants(obj) if chosen.name in TOUCHING else super().touched(chosen, obj)

    def _act(self, request: HttpRequest, chosen: Transition, obj: Any, answers: Any) -> HttpResponse | None:
        if chosen.name != "transfer":
            return super()._act(request, chosen, obj, answers)
        return redirect(reverse(f"admin:{NAME}_transfer", args=[obj.pk, answers["to"].pk]))

    def transfer(self, request: HttpRequest, pk: int, to: int) -> HttpResponse:
        """Who follows it there and who is told (GET), then do it (POST)."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        opportunity = get_object_or_404(Opportunity.objects.select_related("owner", "created_by"), pk=pk)
        target = get_object_or_404(Organisation, pk=to)
        back = reverse(f"admin:{NAME}_change", args=[pk])
        plan, refused = None, ""
        try:
            if request.method == "POST":
                transfers.transfer(opportunity, target, by=request.user)  # type: ignore[arg-type]
                messages.success(request, _("Elle est maintenant suivie par %(name)s.") % {"name": target})
                return redirect(back)
            plan = transfers.plan(opportunity, target, by=request.user)  # type: ignore[arg-type]
        except StateError as error:
            refused = str(error)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Confier à un autre groupe"),
            "opts": self.opts,
            "opportunity": opportunity,
            "target": target,
            "plan": plan,
            "refused": refused,
            "back": back,
            "touched": applicants(opportunity),
            "preview": first_letter(plan, target) if plan else None,
        }
        return TemplateResponse(request, "admin/opportunity_transfer.html", context)


def applicants(opportunity: Opportunity) -> str:
    """How many applications a change of it would reach, in words."""
    waiting = changes.readers(opportunity, *changes.WAITING).count()
    drafts = changes.readers(opportunity, Application.State.DRAFT).count()
    if not waiting and not drafts:
        return _("Personne n'a de candidature en cours ni de brouillon.")
    said = ngettext(
        "%(count)s candidature en cours est touchée", "%(count)s candidatures en cours sont touchées", waiting
    ) % {"count": waiting}
    if drafts:
        more = ngettext("%(count)s brouillon", "%(count)s brouillons", drafts) % {"count": drafts}
        return _("%(said)s, et %(more)s.") % {"said": said, "more": more}
    return f"{said}."


def first_letter(plan: transfers.Plan, target: Organisation) -> dict[str, str] | None:
    """What the first of the applicants would read; nobody's name before the introduction."""
    first = plan.applicants.first()
    if first is None:
        return None
    before = first.opportunity.owner
    first.opportunity.owner = target
    return letters.preview(letters.transferred_letter(first, before))

"""An opportunity goes to another of one's groups: which, then who will be told, then the button."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from matching import letters, transfers
from matching.closing import TransferForm
from matching.models import Application
from opportunities.models import Opportunity
from pacte.states import StateError


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def transfer(request: Request, pk: int) -> HttpResponse:
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user).select_related("owner"), pk=pk)
    targets = transfers.targets(opportunity, request.user)
    form = TransferForm(request.POST if request.method == "POST" else None, targets=targets)
    context: dict[str, Any] = {"opportunity": opportunity, "form": form, "targets": targets}
    if form.is_valid():
        try:
            if form.was_shown and "confirm" in request.POST:
                transfers.transfer(opportunity, form.target, by=request.user)
                messages.success(request, _("Elle est maintenant suivie par %(name)s.") % {"name": form.target})
                return redirect("matching:group_dashboard")
            context |= _shown(opportunity, form, request, targets)
        except StateError as error:
            form.add_error("to", str(error))
    return render(request, "matching/transfer.html", context)


def _shown(opportunity: Opportunity, form: TransferForm, request: Request, targets: Any) -> dict[str, Any]:
    plan = transfers.plan(opportunity, form.target, by=request.user)
    applicants = list(plan.applicants)
    told = [str(one.company) for one in applicants if one.state != Application.State.DRAFT]
    if drafting := len(applicants) - len(told):  # who only writes has not shown itself yet
        others = ngettext(
            "%(count)s PME qui prépare sa candidature", "%(count)s PME qui préparent leur candidature", drafting
        )
        told.append(others % {"count": drafting})
    for one in applicants[:1]:
        one.opportunity.owner = form.target
    first = letters.transferred_letter(applicants[0], opportunity.owner) if applicants else None
    mark = TransferForm.fingerprint_of(str(form.target.pk))
    return {
        "form": TransferForm(initial={"to": str(form.target.pk), "previewed": mark}, targets=targets),
        "shown": True,
        "target": form.target,
        "main": plan.main,
        "deputy": plan.deputy,
        "told": told,
        "preview": letters.preview(first) if first else None,
    }

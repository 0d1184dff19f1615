"""« Pas pour moi »: hide an opportunity with a reason, see what is hidden, show it again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import for_smes, may_edit
from accounts.http import Request
from matching import dismiss
from matching.forms import DismissForm
from matching.models import Standing
from opportunities.models import Opportunity, OpportunityQuerySet


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def dismiss_opportunity(request: Request, pk: int) -> HttpResponse:
    """Say why, and it is hidden; with what in the profile brought it, if anything did."""
    opportunity = get_object_or_404(visible(request), pk=pk)
    form = DismissForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        dismiss.dismiss(opportunity, by=request.user, reason=reason, text=form.cleaned_data["text"])
        messages.success(request, _("C'est noté : vous ne la verrez plus. Elle reste dans vos opportunités masquées."))
        if advice := dismiss.advice(opportunity, dismiss.company_of(request.user), reason):
            context = {"opportunity": opportunity, "advice": advice}
            return render(request, "matching/dismiss_advice.html", context)
        return redirect("matching:sme_dashboard")
    return render(request, "matching/dismiss.html", {"opportunity": opportunity, "form": form})


@require_POST
@for_smes
@may_edit
def restore_opportunity(request: Request, pk: int) -> HttpResponse:
    opportunity = get_object_or_404(visible(request), pk=pk)
    dismiss.restore(opportunity, by=request.user)
    messages.success(request, _("L'opportunité est de nouveau affichée."))
    return redirect(opportunity)


@require_safe
@for_smes
def dismissed(request: Request) -> HttpResponse:
    """What the company has hidden, the latest first."""
    its = Standing.objects.of_company(request.user).dismissed().filter(opportunity__in=visible(request))
    rows = its.select_related("opportunity", "dismissed_by").order_by("-dismissed_at", "-pk")
    return render(request, "matching/dismissed.html", {"rows": rows[:200]})


def visible(request: Request) -> OpportunityQuerySet:
    return Opportunity.objects.visible_to(request.user)

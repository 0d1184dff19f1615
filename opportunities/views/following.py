"""What a group sees of one opportunity from its draft to its closing, and what it may do with it."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from opportunities import checks, history, moderation, standing, steps
from opportunities.cards import Card
from opportunities.forms import ClosingForm
from opportunities.models import Opportunity
from pacte.states import StateError


@require_safe
@for_groups
def manage(request: Request, pk: int) -> HttpResponse:
    """Where it stands, what was said of it, what happened, how it looks in the list."""
    rows = Opportunity.objects.owned_by(request.user).select_related("owner", "created_by")
    opportunity = get_object_or_404(rows, pk=pk)
    may_act = request.user.membership is not None and request.user.membership.can_edit
    problems = checks.problems(opportunity) if opportunity.is_editable else {}
    context = {
        "opportunity": opportunity,
        "resume_url": steps.url(opportunity, steps.unfinished(problems)),
        "card": Card.of(opportunity),
        "next_step": standing.next_step(opportunity),
        "steps": standing.steps(opportunity),
        "notes": standing.notes(opportunity),
        "may_act": may_act,
        "copy_token": uuid4(),
        "actions": standing.actions(opportunity) if may_act else (),
        "missing": len(problems),
        "lines": history.lines(opportunity),
    }
    return render(request, "opportunities/manage.html", context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Give it up before it is published: asked first."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    if request.method == "GET":
        return render(request, "opportunities/withdraw.html", {"opportunity": opportunity})
    try:
        moderation.withdraw(opportunity, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("L'opportunité est retirée."))
    return redirect("opportunities:manage", pk)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def close(request: Request, pk: int) -> HttpResponse:
    """End the applications before their date: asked first, with the reason."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    form = ClosingForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return render(request, "opportunities/close.html", {"opportunity": opportunity, "form": form})
    try:
        moderation.close(opportunity, by=request.user, reason=form.reason())
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Les candidatures sont closes."))
    return redirect("opportunities:manage", pk)

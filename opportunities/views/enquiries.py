"""Questions on an opportunity: an SME asks, its group answers for all."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept
from accounts.decorators import for_groups, for_smes, may_edit
from accounts.http import Request
from opportunities import enquiries
from opportunities.models import Enquiry, Opportunity
from pacte.states import StateError


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def ask(request: Request, pk: int) -> HttpResponse:
    """An SME's question, without its name."""
    opportunity = get_object_or_404(Opportunity.objects.public().select_related("owner"), pk=pk)
    form = enquiries.AskForm(kept.sent(request), asker=request.user, opportunity=opportunity)
    if request.method == "POST" and form.is_valid():
        try:
            enquiries.ask(opportunity, by=request.user, text=form.cleaned_data["text"])
        except StateError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Votre question est posée. La réponse sera publique, et vous sera signalée."))
            return redirect(opportunity)
    return render(request, "opportunities/ask.html", {"opportunity": opportunity, "form": form})


@require_safe
@for_groups
def enquiry_list(request: Request, pk: int) -> HttpResponse:
    """What was asked, the unanswered first."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    its = opportunity.enquiries.all()
    membership = request.user.membership
    context = {
        "opportunity": opportunity,
        "waiting": its.waiting(),
        "answered": its.answered().prefetch_related("edits"),
        "hidden": its.hidden().prefetch_related("edits"),
        "may_answer": membership is not None and membership.can_edit,
    }
    return render(request, "opportunities/enquiries.html", context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def answer(request: Request, pk: int) -> HttpResponse:
    """The one answer that everyone reads."""
    rows = Enquiry.objects.of_group(request.user).select_related("opportunity__owner", "asked_by", "company")
    enquiry = get_object_or_404(rows, pk=pk)
    opportunity = enquiry.opportunity
    form = enquiries.AnswerForm(kept.sent(request), enquiry=enquiry)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            enquiries.answer(enquiry, by=request.user, text=said["answer"], question=said["question"])
        except StateError as error:
            form.add_error("answer", str(error))
        else:
            messages.success(request, _("Votre réponse est publique."))
            return redirect("opportunities:enquiries", opportunity.pk)
    context = {"opportunity": opportunity, "enquiry": enquiry, "form": form}
    return render(request, "opportunities/answer.html", context)

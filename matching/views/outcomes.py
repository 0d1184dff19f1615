"""What came of an introduction: the page where each side says it, and the public figures."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept
from accounts.decorators import for_groups, for_smes, may_edit
from accounts.http import Request
from matching import figures, outcome_words, outcomes, ratings
from matching.models import ANSWERS, Introduction, Side
from matching.outcome_forms import ContactForm, OutcomeForm, RatingForm
from pacte.states import StateError

RELATED = ("application__opportunity__owner", "application__company")


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def outcome(request: Request, pk: int) -> HttpResponse:
    """The SME's word."""
    rows = Introduction.objects.of_company(request.user).select_related(*RELATED)
    return _ask(request, get_object_or_404(rows, application=pk), Side.SME)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def outcome_received(request: Request, pk: int) -> HttpResponse:
    """The group's word."""
    rows = Introduction.objects.of_group(request.user).select_related(*RELATED)
    return _ask(request, get_object_or_404(rows, application=pk), Side.GROUP)


def _ask(request: Request, introduction: Introduction, side: Side) -> HttpResponse:
    application = introduction.application
    form = _form(request, introduction, side)
    if request.method == "POST" and form.is_valid():
        try:
            outcomes.declare(introduction, side, form.words(), by=request.user)
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("C'est noté, merci."))
        return redirect("matching:application_status" if side == Side.SME else "matching:application_review",
                        application.pk)  # fmt: skip
    context = {
        "application": application,
        "opportunity": application.opportunity,
        "introduction": introduction,
        "other": application.opportunity.owner.name if side == Side.SME else application.company.name,
        "is_group": side == Side.GROUP,
        "form": form,
        "shared": outcome_words.shared(introduction, side),
        "steps": outcomes.steps(introduction, side),
        "to_confirm": side == Side.SME and outcome_words.to_confirm(introduction),
    }
    return render(request, "matching/outcome.html", context)


def _form(request: Request, introduction: Introduction, side: Side) -> ContactForm:
    data = request.POST if request.method == "POST" else None
    if outcome_words.asks_for_more(introduction, side, timezone.localdate()):
        return OutcomeForm(data, side=side, confirms=side == Side.SME and outcome_words.to_confirm(introduction))
    return ContactForm(data)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def rating(request: Request, pk: int) -> HttpResponse:
    """The SME's opinion of the group; for 30 days it may be changed."""
    rows = Introduction.objects.of_company(request.user).select_related(*RELATED, "rating")
    introduction = get_object_or_404(rows, application=pk)
    given = getattr(introduction, "rating", None)
    initial = {name: getattr(given, name) for name in [*ANSWERS, "comment"]} if given else None
    form = RatingForm(kept.sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            ratings.rate(introduction, form.cleaned_data, by=request.user)
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Votre avis est enregistré, merci."))
        return redirect(introduction.application)
    application = introduction.application
    context = {"application": application, "opportunity": application.opportunity, "given": given, "form": form}
    return render(request, "matching/rating.html", context)


@require_safe
@login_not_required
def results(request: HttpRequest) -> HttpResponse:
    """What came of it all, in figures that anyone may read, each with what it counts."""
    context: dict[str, Any] = {"figures": figures.shown(), "least": figures.LEAST}
    return render(request, "matching/outcome_results.html", context)

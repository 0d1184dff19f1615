"""What came of an introduction: the page where each side says it, and the public figures."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept
from accounts.decorators import for_groups, for_smes, may_edit
from accounts.http import Request
from matching import figures, outcome_words, outcomes, ratings
from matching.models import ANSWERS, Introduction, PortageIntroduction, Side
from matching.models.introduction import AnyIntroduction
from matching.outcome_forms import ContactForm, OutcomeForm, PortageOutcomeForm, RatingForm
from pacte.states import StateError


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page of an answer stands: the two pages above it, and what the second is called in a button."""

    list_url: str
    list_label: str
    url: str
    label: str
    back: str


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def outcome(request: Request, pk: int) -> HttpResponse:
    """The SME's word."""
    found = get_object_or_404(Introduction.objects.of_company(request.user).with_sides(), application=pk)
    place = Place(
        reverse("matching:applications"),
        _("Candidatures"),
        found.application.get_absolute_url(),
        found.title(),
        _("Revenir à la candidature"),
    )
    return _ask(request, found, Side.SME, place, rate_url=reverse("matching:rating", args=[pk]))


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def outcome_received(request: Request, pk: int) -> HttpResponse:
    """The group's word."""
    found = get_object_or_404(Introduction.objects.of_group(request.user).with_sides(), application=pk)
    place = Place(
        reverse("matching:applicants", args=[found.application.opportunity_id]),
        found.title(),
        reverse("matching:application_review", args=[pk]),
        found.company().name,
        _("Revenir au dossier"),
    )
    return _ask(request, found, Side.GROUP, place)


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def portage_outcome(request: Request, pk: int) -> HttpResponse:
    """The SME's word, of the portage it asked for."""
    rows = PortageIntroduction.objects.of_company(request.user).with_sides()
    found = get_object_or_404(rows, answer__request=pk)
    asked = found.answer.request
    place = Place(
        reverse("matching:portage_requests"),
        _("Demandes de portage"),
        asked.get_absolute_url(),
        asked.place,
        _("Revenir à la demande"),
    )
    return _ask(request, found, Side.SME, place)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def portage_outcome_received(request: Request, pk: int) -> HttpResponse:
    """The group's word, of the portage it agreed to look at."""
    rows = PortageIntroduction.objects.of_group(request.user).with_sides()
    found = get_object_or_404(rows, answer__request=pk)
    place = Place(
        reverse("matching:portage_received"),
        _("Demandes de portage"),
        reverse("matching:portage_dossier", args=[pk]),
        found.company().name,
        _("Revenir au dossier"),
    )
    return _ask(request, found, Side.GROUP, place)


def _ask(
    request: Request, introduction: AnyIntroduction, side: Side, place: Place, *, rate_url: str = ""
) -> HttpResponse:
    form = _form(request, introduction, side)
    if request.method == "POST" and form.is_valid():
        try:
            outcomes.declare(introduction, side, form.words(), by=request.user)
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("C'est noté, merci."))
        return redirect(place.url)
    context = {
        "place": place,
        "introduction": introduction,
        "other": (introduction.group() if side == Side.SME else introduction.company()).name,
        "is_group": side == Side.GROUP,
        "form": form,
        "shared": outcome_words.shared(introduction, side),
        "steps": outcomes.steps(introduction, side),
        "to_confirm": side == Side.SME and outcome_words.to_confirm(introduction),
        "rate_url": rate_url,
    }
    return render(request, "matching/outcome.html", context)


def _form(request: Request, introduction: AnyIntroduction, side: Side) -> ContactForm:
    data = request.POST if request.method == "POST" else None
    if not outcome_words.asks_for_more(introduction, side, timezone.localdate()):
        return ContactForm(data)
    if introduction.is_portage:
        return PortageOutcomeForm(data)
    return OutcomeForm(data, side=side, confirms=side == Side.SME and outcome_words.to_confirm(introduction))


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def rating(request: Request, pk: int) -> HttpResponse:
    """The SME's opinion of the group; for 30 days it may be changed."""
    rows = Introduction.objects.of_company(request.user).with_sides().select_related("rating")
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

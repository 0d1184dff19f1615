"""Portage asked for by an SME: its own pages."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import advisers, kept
from accounts.decorators import edits, for_smes, may_edit
from accounts.http import Request
from accounts.models import Organisation
from matching import outcome_words, outcomes, portage, portage_introduction, portage_progress, sponsors
from matching.models import PortageAnswer, PortageRequest, Side
from matching.portage_forms import PortageForm, ReplyForm
from pacte.states import StateError

PER_PAGE = 20
LED_NOWHERE = frozenset({PortageRequest.State.REFUSED, PortageRequest.State.EXPIRED})


@require_safe
@for_smes
def portage_requests(request: Request) -> HttpResponse:
    """All that my company asked for, the latest first."""
    rows = PortageRequest.objects.of_company(request.user).defer("fits").prefetch_related("answers__introduction")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    listed = [
        {
            "request": one,
            "next_step": portage_progress.next_step(one, one.answers.all()),
            "badge": portage_progress.badge(one, one.answers.all()),
        }
        for one in page
    ]
    context = {"page": page, "rows": listed, "query": request.GET, "may_edit": edits(request)}
    return render(request, "matching/portage_requests.html", context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def portage_ask(request: Request) -> HttpResponse:
    """Describe a project in a country; a second click finds the first one's request."""
    company = cast(Organisation, request.user.organisation)
    initial = {"contact": request.user.pk, "horizon": company.sme_profile.horizon}
    form = PortageForm(kept.sent(request), company=company, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            asked = portage.ask(by=request.user, fields=form.written())
        except StateError as error:
            form.add_error("country", str(error))
        else:
            messages.success(request, _("Votre demande est partie. Un accusé de réception vous est envoyé."))
            return redirect(asked)
    return render(request, "matching/portage_ask.html", {"form": form})


@require_safe
@for_smes
def portage_status(request: Request, pk: int) -> HttpResponse:
    """Where it stands, what comes next, and when."""
    found = get_object_or_404(_own(request).prefetch_related("history"), pk=pk)
    answers = list(found.answers.select_related("group", "introduction").prefetch_related("messages"))
    accepted = next((one for one in answers if one.state == PortageAnswer.State.ACCEPTED), None)
    declined = [one for one in answers if one.state == PortageAnswer.State.DECLINED]
    silent = [one for one in answers if one.state == PortageAnswer.State.UNANSWERED]
    arrived = accepted.introduction if accepted and portage_introduction.has_arrived(accepted) else None
    context = {
        "asked": found,
        "badge": portage_progress.badge(found, answers),
        "next_step": portage_progress.next_step(found, answers),
        "steps": [*portage_progress.steps(found, answers), *outcomes.steps(arrived, Side.SME)],
        "accepted": accepted,
        "arrived": arrived is not None,
        "shared": [] if arrived and outcome_words.to_confirm(arrived) else outcome_words.shared(arrived, Side.SME),
        "declined": declined,
        "threads": [portage_progress.thread(one, Side.SME) for one in answers if one.messages.all()],
        "may_edit": edits(request),
        "sponsor": sponsors.current(found),
        "adviser": advisers.of(found.company) if found.state in LED_NOWHERE or declined or silent else None,
    }
    return render(request, "matching/portage_status.html", context)


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def portage_withdraw(request: Request, pk: int) -> HttpResponse:
    """Give it up: asked first."""
    found = get_object_or_404(_own(request), pk=pk)
    if not found.is_alive:
        return redirect(found)
    if request.method == "POST":
        done = _("C'est fait : demande retirée, aucune coordonnée transmise.")
        try_to(request, lambda: portage.withdraw(found, by=request.user), done)
        return redirect(found)
    context = {
        "title": _("Retirer cette demande ?"),
        "text": _("Les groupes qui l'étudient en sont avertis, sans motif. Vous pourrez en déposer une autre."),
        "label": _("Retirer la demande"),
        "up": {"url": reverse("matching:portage_requests"), "label": _("Demandes de portage")},
        "back": found.get_absolute_url(),
        "danger": True,
    }
    return act_page(request, context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def portage_reply(request: Request, pk: int) -> HttpResponse:
    """Answer a group's question."""
    mine = PortageAnswer.objects.filter(request__in=_own(request)).select_related("request__company", "group")
    answer = get_object_or_404(mine.prefetch_related("messages"), pk=pk)
    if not answer.is_waiting or answer.awaiting != Side.SME:  # a second click, or a colleague's
        return redirect(answer.request)
    form = ReplyForm(kept.sent(request), asked=answer.request)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        done = _("Votre réponse est transmise au groupe.")
        try_to(request, lambda: portage.reply(answer, by=request.user, text=text), done)
        return redirect(answer.request)
    context = {
        "title": _("Répondre à la question"),
        "text": _("Votre projet : %(country)s") % {"country": answer.request.place},
        "label": _("Envoyer ma réponse"),
        "up": {"url": reverse("matching:portage_requests"), "label": _("Demandes de portage")},
        "back": answer.request.get_absolute_url(),
        "form": form,
        "thread": portage_progress.thread(answer, Side.SME),
    }
    return act_page(request, context)


def act_page(request: Request, context: dict[str, Any]) -> HttpResponse:
    """A question, perhaps a form, a button."""
    blank = {"danger": False, "form": None, "thread": None}
    return render(request, "matching/portage_act.html", blank | context)


def try_to(request: Request, act: Callable[[], object], done: str) -> None:
    try:
        act()
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


def _own(request: Request) -> Any:
    return PortageRequest.objects.of_company(request.user).select_related("company", "contact").defer("fits")

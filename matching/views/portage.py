"""Portage asked for by an SME: its own pages, and those of the groups that it is put to."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, OuterRef, Prefetch, Subquery, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import advisers
from accounts.decorators import for_groups, for_smes, may_edit
from accounts.http import Request
from accounts.models import Organisation
from matching import portage, portage_file, portage_letters, portage_progress
from matching.forms import AcceptForm, AnswerForm, DeclineForm, QuestionForm
from matching.models import PortageAnswer, PortageRequest, Side
from matching.portage_forms import PortageForm
from pacte.states import StateError

PER_PAGE = 20
LED_NOWHERE = frozenset({PortageRequest.State.REFUSED, PortageRequest.State.EXPIRED})


@require_safe
@for_smes
def portage_requests(request: Request) -> HttpResponse:
    """All that my company asked for, the latest first."""
    rows = PortageRequest.objects.of_company(request.user).defer("fits").prefetch_related("answers")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    listed = [{"request": one, "next_step": portage_progress.next_step(one, one.answers.all())} for one in page]
    context = {"page": page, "rows": listed, "query": request.GET, "may_edit": _edits(request)}
    return render(request, "matching/portage_requests.html", context)


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def portage_ask(request: Request) -> HttpResponse:
    """Describe a project in a country; a second click finds the first one's request."""
    company = cast(Organisation, request.user.organisation)
    initial = {"contact": request.user.pk, "horizon": company.sme_profile.horizon}
    form = PortageForm(request.POST if request.method == "POST" else None, company=company, initial=initial)
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
    answers = list(found.answers.select_related("group").prefetch_related("messages"))
    accepted = next((one for one in answers if one.state == PortageAnswer.State.ACCEPTED), None)
    declined = [one for one in answers if one.state == PortageAnswer.State.DECLINED]
    silent = [one for one in answers if one.state == PortageAnswer.State.UNANSWERED]
    context = {
        "asked": found,
        "next_step": portage_progress.next_step(found, answers),
        "steps": portage_progress.steps(found, answers),
        "accepted": accepted,
        "declined": declined,
        "threads": [portage_progress.thread(one, Side.SME) for one in answers if one.messages.all()],
        "may_edit": _edits(request),
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
        _try(request, lambda: portage.withdraw(found, by=request.user), done)
        return redirect(found)
    context = {
        "title": _("Retirer cette demande ?"),
        "text": _("Les groupes qui l'étudient en sont avertis, sans motif. Vous pourrez en déposer une autre."),
        "label": _("Retirer la demande"),
        "up": {"url": reverse("matching:portage_requests"), "label": _("Demandes de portage")},
        "back": found.get_absolute_url(),
        "danger": True,
    }
    return _act_page(request, context)


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def portage_reply(request: Request, pk: int) -> HttpResponse:
    """Answer a group's question."""
    mine = PortageAnswer.objects.filter(request__in=_own(request)).select_related("request__company", "group")
    answer = get_object_or_404(mine.prefetch_related("messages"), pk=pk)
    if not answer.is_waiting or answer.awaiting != Side.SME:  # a second click, or a colleague's
        return redirect(answer.request)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        done = _("Votre réponse est transmise au groupe.")
        _try(request, lambda: portage.reply(answer, by=request.user, text=text), done)
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
    return _act_page(request, context)


@require_safe
@for_groups
def portage_received(request: Request) -> HttpResponse:
    """What SMEs ask of my group, and what is open to all groups that are there; those that wait first."""
    mine = PortageAnswer.objects.filter(group=request.user.organisation)
    ours = Subquery(mine.filter(request=OuterRef("pk")).values("state")[:1])
    turn = Case(
        When(ours=PortageAnswer.State.WAITING, then=Value(0)), When(ours=None, then=Value(1)), default=Value(2)
    )
    shown = PortageRequest.objects.shown_to(request.user).select_related("company")
    rows = shown.annotate(ours=ours).order_by(turn, "-pk")
    page = Paginator(rows.prefetch_related(Prefetch("answers", mine)), PER_PAGE).get_page(request.GET.get("page"))
    group = cast(Organisation, request.user.organisation)
    listed = [portage_progress.row(one, next(iter(one.answers.all()), None), group.pk) for one in page]
    context = {"page": page, "rows": listed, "query": request.GET, "organisation": group}
    return render(request, "matching/portage_received.html", context)


@require_safe
@for_groups
def portage_dossier(request: Request, pk: int) -> HttpResponse:
    """One project as this group may read it."""
    found, answer = _shown(request, pk)
    group = cast(Organisation, request.user.organisation)
    accepted = answer is not None and answer.state == PortageAnswer.State.ACCEPTED
    context = {
        "asked": found,
        "answer": answer,
        "name": portage_file.name(found, answer),
        "facts": portage_file.facts(found, answer),
        "fit": portage_file.fit(found, group.pk),
        "thread": portage_progress.thread(answer, Side.GROUP) if answer and answer.messages.all() else None,
        "contact": portage_letters.contact_of(found) if accepted else None,
        "may_act": _edits(request) and _waits(found, answer),
    }
    return render(request, "matching/portage_dossier.html", context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def portage_accept(request: Request, pk: int) -> HttpResponse:
    """Say yes: a word to the SME, then the introduction."""
    context = {
        "title": _("Aider cette entreprise ?"),
        "text": _("Un message vous met en relation tous les deux : noms, coordonnées, projet et votre mot."),
        "label": _("Accepter et mettre en relation"),
    }

    def act(found: PortageRequest, form: AcceptForm) -> None:
        portage.accept(found, by=request.user, message=form.cleaned_data["message"])

    return _decide(request, pk, AcceptForm, act, _("La mise en relation part à l'instant, à vous deux."), context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def portage_decline(request: Request, pk: int) -> HttpResponse:
    """Say no, and why."""
    context = {
        "title": _("Décliner cette demande ?"),
        "text": _("Dites pourquoi : l'entreprise le lira, sans savoir quel groupe lui répond."),
        "label": _("Décliner et envoyer"),
        "danger": True,
    }

    def act(found: PortageRequest, form: DeclineForm) -> None:
        portage.decline(found, by=request.user, reason=form.cleaned_data["reason"], text=form.cleaned_data["text"])

    return _decide(request, pk, DeclineForm, act, _("Votre réponse part à l'entreprise."), context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def portage_question(request: Request, pk: int) -> HttpResponse:
    """Ask the SME something before deciding."""
    context = {
        "title": _("Une question à cette entreprise"),
        "text": _("Elle la lira sans savoir quel groupe la pose. Sa réponse vous arrive par e-mail et reste ici."),
        "label": _("Envoyer la question"),
    }

    def act(found: PortageRequest, form: QuestionForm) -> None:
        portage.question(found, by=request.user, text=form.cleaned_data["text"])

    return _decide(request, pk, QuestionForm, act, _("La question part à l'entreprise."), context)


def _decide(
    request: Request,
    pk: int,
    make: Callable[..., Any],
    act: Callable[[PortageRequest, Any], object],
    done: str,
    context: dict[str, Any],
) -> HttpResponse:
    found, answer = _shown(request, pk)
    back = reverse("matching:portage_dossier", args=[pk])
    if not _waits(found, answer):  # a second click, or somebody was faster
        messages.info(request, _("Cette demande n'attend plus de réponse."))
        return redirect(back)
    form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _try(request, lambda: act(found, form), done)
        return redirect(back)
    up = {"url": reverse("matching:portage_received"), "label": _("Demandes de portage")}
    return _act_page(request, {**context, "up": up, "back": back, "form": form})


def _act_page(request: Request, context: dict[str, Any]) -> HttpResponse:
    """A question, perhaps a form, a button."""
    blank = {"danger": False, "form": None, "thread": None}
    return render(request, "matching/portage_act.html", blank | context)


def _try(request: Request, act: Callable[[], object], done: str) -> None:
    try:
        act()
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)


def _waits(found: PortageRequest, answer: PortageAnswer | None) -> bool:
    return answer.is_waiting if answer else found.state == PortageRequest.State.WITH_GROUPS


def _shown(request: Request, pk: int) -> tuple[PortageRequest, PortageAnswer | None]:
    rows = PortageRequest.objects.shown_to(request.user).select_related("company", "contact")
    found = get_object_or_404(rows, pk=pk)
    mine = found.answers.filter(group=request.user.organisation).select_related("group").prefetch_related("messages")
    answer = mine.first()
    if answer:
        answer.request = found
    return found, answer


def _own(request: Request) -> Any:
    return PortageRequest.objects.of_company(request.user).select_related("company", "contact").defer("fits")


def _edits(request: Request) -> bool:
    return request.user.membership is not None and request.user.membership.can_edit

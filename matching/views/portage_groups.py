"""Portage asked for by an SME: the pages of the groups that it is put to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, OuterRef, Prefetch, Subquery, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept, labels, presentations
from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from accounts.models import Organisation
from matching import (
    outcome_words,
    outcomes,
    portage,
    portage_file,
    portage_introduction,
    portage_letters,
    portage_progress,
    sponsors,
)
from matching.forms import AcceptForm, DeclineForm, QuestionForm
from matching.models import PortageAnswer, PortageRequest, Side
from matching.views.portage import PER_PAGE, act_page, edits, try_to
from opportunities import leaks


@dataclass(frozen=True)
class Decision:
    """A page that shows the exact mail before it leaves; `letter` and `act` take what the form says."""

    title: str
    text: str
    label: str
    done: str
    letter: Callable[..., portage_letters.Letter]
    act: Callable[..., object]
    danger: bool = False


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
    """One project as this group may read it; of one whose company took its agreement back, nothing but that."""
    found, answer = _shown(request, pk)
    group = cast(Organisation, request.user.organisation)
    arrived = answer.introduction if answer and portage_introduction.has_arrived(answer) else None
    context = {
        "asked": found,
        "answer": answer,
        "name": portage_file.name(found, answer),
        "contact": portage_letters.contact_of(found) if arrived else None,
        "outcome": outcome_words.next_step(arrived, Side.GROUP) if arrived else "",
        "shared": outcome_words.shared(arrived, Side.GROUP),
        "told": outcomes.steps(arrived, Side.GROUP),
        "may_tell": arrived is not None and edits(request),
        "fate": portage_progress.fate(answer) if answer else "",
        "may_act": edits(request) and _waits(found, answer),
        **(_file_of(found, answer, group) if found.is_readable else {}),
    }
    return render(request, "matching/portage_dossier.html", context)


def _file_of(found: PortageRequest, answer: PortageAnswer | None, group: Organisation) -> dict[str, Any]:
    """All that its company lets the group read."""
    thread = portage_progress.thread(answer, Side.GROUP) if answer and answer.messages.all() else None
    if not portage_file.is_shown(found, answer):
        return {"thread": thread, "is_shown": False}
    named = portage_file.is_named(found, answer)
    return {
        "thread": thread,
        "is_shown": True,
        "named": named,
        "facts": portage_file.facts(found, answer),
        "labels": labels.of([found.company_id])[found.company_id] if named else [],
        "brochure": presentations.of([found.company_id]).get(found.company_id) if named else None,
        "fit": portage_file.fit(found, group.pk),
        "recommended": sponsors.shown(found),
    }


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def portage_accept(request: Request, pk: int) -> HttpResponse:
    """Say yes: a word to the SME, the exact mail, then the introduction."""

    def letter(answer: PortageAnswer, message: str) -> portage_letters.Letter:
        return portage_letters.introduction_letter(answer, by=request.user, message=message)

    def act(found: PortageRequest, message: str) -> None:
        portage.accept(found, by=request.user, message=message)

    decision = Decision(
        _("Aider cette entreprise ?"),
        _("Un message vous met en relation tous les deux : noms, coordonnées, projet et votre mot."),
        _("Accepter et mettre en relation"),
        _("La mise en relation part à l'instant, à vous deux."),
        letter,
        act,
    )
    return _decide(request, pk, AcceptForm, decision)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def portage_decline(request: Request, pk: int) -> HttpResponse:
    """Say no, and why: the exact mail, then the button."""

    def letter(answer: PortageAnswer, reason: str, text: str) -> portage_letters.Letter:
        answer.decline_reason, answer.decline_text = reason, text
        return portage_letters.declined_letter(answer)

    def act(found: PortageRequest, reason: str, text: str) -> None:
        portage.decline(found, by=request.user, reason=reason, text=text)

    decision = Decision(
        _("Décliner cette demande ?"),
        _("Dites pourquoi : l'entreprise le lira, sans savoir quel groupe lui répond."),
        _("Décliner et envoyer"),
        _("Votre réponse part à l'entreprise."),
        letter,
        act,
        danger=True,
    )
    return _decide(request, pk, DeclineForm, decision)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def portage_question(request: Request, pk: int) -> HttpResponse:
    """Ask the SME something before deciding."""
    found, answer = _shown(request, pk)
    if not _waits(found, answer):
        return _too_late(request, pk)
    form = QuestionForm(kept.sent(request), secret=_secret(request))
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        done = _("La question part à l'entreprise.")
        try_to(request, lambda: portage.question(found, by=request.user, text=text), done)
        return redirect("matching:portage_dossier", pk)
    context = {
        "title": _("Une question à cette entreprise"),
        "text": _("Elle la lira sans savoir quel groupe la pose. Sa réponse vous arrive par e-mail et reste ici."),
        "label": _("Envoyer la question"),
        "form": form,
    }
    return act_page(request, context | _around(pk))


def _decide(request: Request, pk: int, make: type[AcceptForm] | type[DeclineForm], decision: Decision) -> HttpResponse:
    found, answer = _shown(request, pk)
    if not _waits(found, answer):  # a second click, or somebody was faster
        return _too_late(request, pk)
    hidden: dict[str, Any] = {"secret": _secret(request)} if make is DeclineForm else {}
    form = make(kept.sent(request), **hidden)
    words: list[str] | None = None
    if form.is_valid():
        said = words = [form.cleaned_data[name] for name in make.said]
        if form.was_shown and "confirm" in request.POST:
            try_to(request, lambda: decision.act(found, *said), decision.done)
            return redirect("matching:portage_dossier", pk)
        form = make.showing(*said)
    elif make is AcceptForm:  # there is something to show before a word is typed
        words = [""]
        form = form if form.is_bound else make.showing("")
    group = cast(Organisation, request.user.organisation)
    letter = decision.letter(answer or PortageAnswer(request=found, group=group), *words) if words else None
    context = {
        "decision": decision,
        "form": form,
        "preview": portage_letters.preview(letter, found) if letter else None,
        "reread": words is not None and "confirm" in request.POST,
    }
    return render(request, "matching/portage_decide.html", context | _around(pk))


def _secret(request: Request) -> frozenset[str]:
    """What would tell the SME which group writes to it: it learns that with the introduction."""
    return leaks.tells_of_writer(cast(Organisation, request.user.organisation), request.user)


def _around(pk: int) -> dict[str, Any]:
    up = {"url": reverse("matching:portage_received"), "label": _("Demandes de portage")}
    return {"up": up, "back": reverse("matching:portage_dossier", args=[pk])}


def _too_late(request: Request, pk: int) -> HttpResponse:
    messages.info(request, _("Cette demande n'attend plus de réponse."))
    return redirect("matching:portage_dossier", pk)


def _waits(found: PortageRequest, answer: PortageAnswer | None) -> bool:
    return answer.is_waiting if answer else found.state == PortageRequest.State.WITH_GROUPS


def _shown(request: Request, pk: int) -> tuple[PortageRequest, PortageAnswer | None]:
    rows = PortageRequest.objects.shown_to(request.user).select_related("company", "contact")
    found = get_object_or_404(rows, pk=pk)
    mine = (
        found.answers.filter(group=request.user.organisation)
        .select_related("group", "introduction")
        .prefetch_related("messages")
    )
    answer = mine.first()
    if answer:
        answer.request = found
    return found, answer

"""What a group does with an opportunity once it is public: each page tells who will be written to, and what."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import kept
from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from matching import changes, following, letters
from matching.closing import CloseForm, DatesForm, TakeBackForm
from matching.forms import Previewed
from matching.models import Application
from opportunities import amendments, checks, drafting, history, leaks, questions
from opportunities.amendments import Effect
from opportunities.forms import OpportunityForm, criteria_of
from opportunities.kinds import KINDS
from opportunities.models import Opportunity
from pacte.states import StateError

State = Opportunity.State


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def amend(request: Request, pk: int) -> HttpResponse:
    """Change what is public: at once, or after staff have looked, as the page says before anything leaves."""
    opportunity = _own(request, pk)
    if opportunity.state != State.PUBLISHED:
        return _not_now(request, pk)
    before = history.picture(opportunity, criteria_of(opportunity))
    if (kind := request.GET.get("type", opportunity.kind)) in KINDS and kind != opportunity.kind:
        opportunity.details = drafting.kept_details(opportunity.details, opportunity.kind, kind)
        opportunity.kind = kind
    data = request.POST if request.method == "POST" else kept.found(request)
    form = OpportunityForm(data, instance=opportunity)
    if request.method == "GET" or not form.is_valid():
        return _form(request, form, opportunity)
    kept.forget(request)
    if request.POST.get("seen") != form.mark:
        return _overtaken(request, form, opportunity)
    asked = history.differences(before, history.picture(opportunity, form.wanted()))
    if problems := checks.problems(opportunity, untouched=amendments.DATES - asked.keys()):
        form.show(problems)
        return _form(request, form, opportunity)
    if not asked:
        messages.info(request, _("Rien n'a changé."))
        return redirect("opportunities:manage", pk)
    return _amend(request, opportunity, asked)


def _amend(request: Request, changed: Opportunity, asked: history.Changes) -> HttpResponse:
    """Do it; or show first to whom it will be told."""
    opportunity = _own(request, changed.pk)
    effect = amendments.effect_of(opportunity, asked)
    if effect != Effect.SILENT and request.POST.get("previewed") != Previewed.fingerprint_of(str(asked)):
        context = {
            "opportunity": opportunity,
            "changes": history.worded(changed, asked),
            "typed": [
                (name, value) for name, values in request.POST.lists() for value in values if name not in HIDDEN
            ],
            "previewed": Previewed.fingerprint_of(str(asked)),
            "reviewed": effect == Effect.REVIEWED,
            "action": request.get_full_path(),
            **_told_of_change(opportunity, amendments.public(asked)),
        }
        return render(request, "matching/amend_confirm.html", context)
    try:
        changes.amend(opportunity, asked, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, DONE[effect]())
    return redirect("opportunities:manage", opportunity.pk)


def _overtaken(request: Request, form: OpportunityForm, opportunity: Opportunity) -> HttpResponse:
    """Someone changed it meanwhile: what was typed is shown again, and the next try replaces theirs, knowingly."""
    form.add_error(
        None,
        _("Cette opportunité a changé pendant que vous écriviez. Continuer remplacera ce qui y est par votre texte."),
    )
    typed = request.POST.copy()
    typed["seen"] = form.mark
    form.data = typed
    return _form(request, form, opportunity, status=CONFLICT)


CONFLICT = 409
HIDDEN = {"csrfmiddlewaretoken", "previewed"}
DONE = {
    Effect.SILENT: lambda: _("C'est enregistré, et déjà public."),
    Effect.TOLD: lambda: _("C'est fait. Celles qui candidatent reçoivent un message."),
    Effect.REVIEWED: lambda: _("Notre équipe relit votre modification. D'ici là, rien ne change pour les PME."),
}


def _form(
    request: Request, form: OpportunityForm, opportunity: Opportunity, status: int | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "opportunity": opportunity,
        "kinds": [(kind, kind.label) for kind in Opportunity.Kind if kind != opportunity.kind],
        "waiting": amendments.pending(opportunity),
        "brought_back": request.method == "GET" and form.is_bound,
        "library": questions.LIBRARY,
        "action": request.get_full_path(),
    }
    return render(request, "matching/amend.html", context, status=status)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def extend(request: Request, pk: int) -> HttpResponse:
    """Later dates for a public one, at once; a closed one opens again with them, once staff agree."""
    opportunity = _own(request, pk)
    if opportunity.state not in {State.PUBLISHED, State.CLOSED}:
        return _not_now(request, pk)
    form = DatesForm(request.POST if request.method == "POST" else None, opportunity=opportunity)
    context: dict[str, Any] = {"opportunity": opportunity, "form": form, "closed": opportunity.state == State.CLOSED}
    if form.is_valid():
        asked = {
            name: [_iso(getattr(opportunity, name)), _iso(form.cleaned_data[name])]
            for name in ("apply_by", "answer_by")
            if getattr(opportunity, name) != form.cleaned_data[name]
        }
        if form.was_shown and "confirm" in request.POST:
            return _extend(request, opportunity, asked)
        shown = {name: _iso(form.cleaned_data[name]) for name in form.said}
        context["form"] = DatesForm(initial=shown | {"previewed": form.fingerprint()}, opportunity=opportunity)
        context |= _told_of_change(opportunity, asked)
    return render(request, "matching/extend.html", context)


def _extend(request: Request, opportunity: Opportunity, asked: history.Changes) -> HttpResponse:
    try:
        effect = changes.amend(opportunity, asked, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, DONE[effect]())
    return redirect("opportunities:manage", opportunity.pk)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def close(request: Request, pk: int) -> HttpResponse:
    """End the applications before their date: the reason, then who will be told, then the button."""
    opportunity = _own(request, pk)
    if opportunity.state != State.PUBLISHED:
        return _not_now(request, pk)
    form = CloseForm(kept.sent(request))
    context: dict[str, Any] = {"opportunity": opportunity, "form": form}
    context["waiting"] = changes.readers(opportunity, *changes.WAITING).count()
    if form.is_valid():
        if form.was_shown and "confirm" in request.POST:
            return _done(request, opportunity, changes.close, form.reason(), _("Les candidatures sont closes."))
        context["form"] = CloseForm.showing(form.cleaned_data["outcome"], form.cleaned_data["text"])
        reason, readers = CloseForm.told(form.reason()), changes.to_be_told(opportunity)
        context |= _told(opportunity, readers, lambda one: changes.closing_letter(one, "", reason), "closed")
    return render(request, "matching/close.html", context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take it back: before publication a question is enough; after, the reason, and who will read it."""
    opportunity = _own(request, pk)
    if not opportunity.can_move(State.WITHDRAWN) or opportunity.state == State.SUSPENDED:
        return _not_now(request, pk)
    if opportunity.state != State.PUBLISHED:
        if request.method == "POST":
            return _done(request, opportunity, changes.withdraw, "", _("L'opportunité est retirée."))
        return render(request, "matching/withdraw_draft.html", {"opportunity": opportunity})
    secret = leaks.withheld(opportunity, request.user)
    form = TakeBackForm(kept.sent(request), secret=secret)
    context: dict[str, Any] = {"opportunity": opportunity, "form": form}
    context["count"] = changes.readers(opportunity).count()
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if form.was_shown and "confirm" in request.POST:
            return _done(request, opportunity, changes.withdraw, reason, _("L'opportunité est retirée."))
        context["form"] = TakeBackForm.showing(reason)
        readers = changes.readers(opportunity)
        context |= _told(opportunity, readers, lambda one: letters.cancelled_letter(one, reason), "withdrawn")
    return render(request, "matching/withdraw.html", context)


def _done(request: Request, opportunity: Opportunity, act: Any, reason: str, said: str) -> HttpResponse:
    try:
        act(opportunity, by=request.user, reason=reason)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("opportunities:manage", opportunity.pk)


def _told(opportunity: Opportunity, applications: Any, letter: Any, news: str, diff: Any = None) -> dict[str, Any]:
    """Who will be written to, and the text as the first of them would read it; `news` is what followers are told."""
    its: Sequence[Application] = list(applications)
    names = [str(one.company) for one in its if one.state != Application.State.DRAFT]
    drafting_ones = len(its) - len(names)
    others = ngettext(
        "%(count)s PME qui prépare sa candidature", "%(count)s PME qui préparent leur candidature", drafting_ones
    ) % {"count": drafting_ones}
    fans = following.followers(opportunity)
    count = fans.count()
    watching = ngettext(
        "%(count)s personne qui suit cette opportunité", "%(count)s personnes qui suivent cette opportunité", count
    ) % {"count": count}
    first = letter(its[0]) if its else following.letter(fans[0], opportunity, news, diff or {}, "") if count else None
    return {
        "shown": True,
        "told": [  # who only writes or looks on has not shown itself yet
            *names,
            *([others] if drafting_ones else []),
            *([watching] if count else []),
        ],
        "preview": letters.preview(first) if first else None,
    }


def _told_of_change(opportunity: Opportunity, diff: history.Changes) -> dict[str, Any]:
    readers = changes.readers(opportunity)
    return _told(opportunity, readers, lambda one: letters.changed_letter(one, diff, ""), "changed", diff)


def _own(request: Request, pk: int) -> Opportunity:
    rows = Opportunity.objects.owned_by(request.user).select_related("owner", "created_by")
    return get_object_or_404(rows.prefetch_related("criteria"), pk=pk)


def _not_now(request: Request, pk: int) -> HttpResponse:
    messages.info(request, _("Cela ne se peut plus : voici où en est l'opportunité."))
    return redirect("opportunities:manage", pk)


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None

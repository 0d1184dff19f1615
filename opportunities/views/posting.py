"""Writing an opportunity: choosing its kind, filling it in step by step, reading it again, sending it to the staff."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import charters, kept
from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from opportunities import checks, drafting, facts, hints, history, leaks, moderation, questions, standing, steps
from opportunities.cards import Card
from opportunities.forms import OpportunityForm, TokenForm, criteria_of, for_new
from opportunities.kinds import KINDS, Kind
from opportunities.models import CountryNotice, Opportunity, OpportunityQuerySet
from opportunities.steps import OWN
from opportunities.unwanted import UNWANTED
from pacte.states import StateError

CONFLICT = 409
FIRST = steps.NAMES[0]


@require_safe
@for_groups
@may_edit
def create(request: Request) -> HttpResponse:
    """The seven kinds, explained."""
    kinds = [(kind, kind.label, KINDS[kind]) for kind in Kind]
    return render(request, "opportunities/create.html", {"kinds": kinds, "unwanted": UNWANTED})


@require_safe
@login_not_required
def unpublished(request: Request) -> HttpResponse:
    """What we refuse, for everyone to read."""
    return render(request, "opportunities/unpublished.html", {"unwanted": UNWANTED})


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def create_kind(request: Request, kind: str) -> HttpResponse:
    """A new one: its first step. The form carries a token: sent twice, it makes one."""
    if kind not in KINDS:
        raise Http404
    blank, known = for_new(request.user, kind)
    form = OpportunityForm(kept.sent(request), instance=blank, initial=known, step=FIRST)
    if request.method == "POST":
        form.is_valid()
        token = form.cleaned_data.get("token")
        made = Opportunity.objects.owned_by(request.user).filter(token=token).first() if token else None
        if made is None and form.is_valid():
            try:
                with transaction.atomic():
                    drafting.save(form, by=request.user, before=None)
            except IntegrityError:  # the other click was faster
                made = get_object_or_404(Opportunity.objects.owned_by(request.user), token=token)
            else:
                return _saved(request, blank, FIRST)
        if made is not None:
            return _write(request, made, FIRST)
    return _page(request, form)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def edit_step(request: Request, pk: int, step: str) -> HttpResponse:
    """One step of a draft, saved by itself."""
    if step not in steps.STEPS:
        raise Http404
    return _edit(request, pk, step)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def edit(request: Request, pk: int) -> HttpResponse:
    """All of one that is not with the staff yet, or that they sent back."""
    return _edit(request, pk, None)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def change_kind(request: Request, pk: int) -> HttpResponse:
    """Make a draft one of another kind."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    if not opportunity.is_editable:
        return _not_here(request, pk)
    if request.method == "GET":
        kinds = [(kind, kind.label, KINDS[kind]) for kind in Kind]
        ladder = steps.ladder(opportunity, "type", checks.problems(opportunity))
        context = {"opportunity": opportunity, "kinds": kinds, "ladder": ladder}
        return render(request, "opportunities/change_kind.html", context)
    if (kind := request.POST.get("kind", "")) not in KINDS:
        return redirect("opportunities:change_kind", pk)
    moderation.lock(opportunity)
    if not opportunity.is_editable:
        return _not_here(request, pk)
    drafting.change_kind(opportunity, Kind(kind), by=request.user)
    return redirect(steps.url(opportunity, FIRST))


@require_safe
@for_groups
@may_edit
def preview(request: Request, pk: int) -> HttpResponse:
    """The last step: word for word what an SME will read, and what is left to do."""
    opportunity = get_object_or_404(_rows(request), pk=pk)
    if not opportunity.is_editable:
        return _not_here(request, pk)
    problems = checks.problems(opportunity)
    context = {
        "opportunity": opportunity,
        "card": Card.of(opportunity),
        "announcement": facts.announcement(opportunity),
        "ladder": steps.ladder(opportunity, "apercu", problems),
        "left": [
            (history.label(opportunity, name), _place_of(opportunity, name), problems[name][0])
            for name in steps.in_order(problems)
        ],
        "hints": [] if problems else hints.of(opportunity),
        "back": steps.url(opportunity, steps.NAMES[-1]),
        "notes": standing.notes(opportunity),
        "notices": CountryNotice.objects.of_places(opportunity.places),
        "asked": charters.asked_of(opportunity.owner),
    }
    return render(request, "opportunities/preview.html", context)


@require_POST
@for_groups
@may_edit
def submit(request: Request, pk: int) -> HttpResponse:
    """Hand it to the staff, from its page; or back to the form when something is missing."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    return _submit(request, opportunity)


@require_POST
@for_groups
@may_edit
def duplicate(request: Request, pk: int) -> HttpResponse:
    """Begin another with the same words; its dates are to be chosen anew."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    form = TokenForm(request.POST)
    copy = drafting.duplicate(
        opportunity, by=request.user, token=form.cleaned_data["token"] if form.is_valid() else None
    )
    messages.success(request, _("Voici une copie. Ses dates sont à choisir, le reste est repris."))
    return redirect(steps.url(copy, FIRST))


def _rows(request: Request) -> OpportunityQuerySet:
    rows = Opportunity.objects.owned_by(request.user).select_related("owner", "created_by")
    return rows.prefetch_related("criteria")


def _place_of(opportunity: Opportunity, name: str) -> str:
    """Where a problem is to be mended."""
    if name == leaks.FILES:
        return reverse("opportunities:files", args=[opportunity.pk])
    anchor = steps.WHOLE.get(name) or f"id_{name.replace('details.', OWN)}"
    return f"{steps.url(opportunity, steps.step_of(name.removeprefix('details.')))}?verifier=1#{anchor}"


def _edit(request: Request, pk: int, step: str | None) -> HttpResponse:
    rows = _rows(request) if request.method == "GET" else Opportunity.objects.owned_by(request.user)
    opportunity = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        return _write(request, opportunity, step)
    if not opportunity.is_editable:
        return _not_here(request, pk)
    form = OpportunityForm(kept.sent(request), instance=opportunity, step=step)
    if "verifier" in request.GET:
        form.show(checks.problems(opportunity))
    return _page(request, form)


def _not_here(request: Request, pk: int) -> HttpResponse:
    messages.info(request, _("Cette opportunité ne peut plus être modifiée ici."))
    return redirect("opportunities:manage", pk)


def _write(request: Request, opportunity: Opportunity, step: str | None) -> HttpResponse:
    """Save what was typed, unless the row has changed since the form was opened: then keep the text and say so."""
    moderation.lock(opportunity)
    prefetch_related_objects([opportunity], "criteria")
    opened, revision = request.POST.get("revision", ""), opportunity.revision
    before = history.picture(opportunity, criteria_of(opportunity))
    form = OpportunityForm(kept.sent(request), instance=opportunity, step=step)
    valid = form.is_valid()
    changes = history.differences(before, history.picture(opportunity, form.wanted()))
    overtaken = opened != str(revision) and request.POST.get("seen") != form.mark
    if (changes or not valid) and (overtaken or not opportunity.is_editable):
        return _conflict(request, form, changes)
    if not valid:
        return _page(request, form)
    if not opportunity.is_editable:  # a second click: all has been done
        return redirect("opportunities:manage", opportunity.pk)
    drafting.save(form, by=request.user, before=before)
    return _saved(request, opportunity, step)


def _saved(request: Request, opportunity: Opportunity, step: str | None) -> HttpResponse:
    if "submit" in request.POST:
        return _submit(request, opportunity)
    if "files" in request.POST:
        return redirect("opportunities:files", opportunity.pk)
    if step is None or "save" in request.POST:
        messages.success(request, _("C'est enregistré."))
        return redirect("opportunities:manage", opportunity.pk)
    if "back" in request.POST:
        earlier = steps.before(step)
        kind = reverse("opportunities:change_kind", args=[opportunity.pk])
        return redirect(steps.url(opportunity, earlier) if earlier else kind)
    return redirect(steps.url(opportunity, steps.after(step)))


def _submit(request: Request, opportunity: Opportunity) -> HttpResponse:
    missing = checks.problems(opportunity) if opportunity.is_editable else {}
    if missing:
        text = ngettext(
            "Votre texte est enregistré. Il reste un point à compléter avant de soumettre.",
            "Votre texte est enregistré. Il reste %(count)s points à compléter avant de soumettre.",
            len(missing),
        )
        messages.warning(request, text % {"count": len(missing)})
        return redirect(f"{reverse('opportunities:edit', args=[opportunity.pk])}?verifier=1")
    try:
        moderation.submit(opportunity, by=request.user)
    except charters.UnsignedError as error:
        messages.warning(request, str(error))
        return redirect(charters.way(reverse("opportunities:preview", args=[opportunity.pk])))
    except moderation.OwedError as error:
        messages.warning(request, str(error))
        return redirect(error.way)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Votre opportunité est entre les mains de notre équipe."))
    return redirect("opportunities:manage", opportunity.pk)


def _page(request: Request, form: OpportunityForm, conflict: dict[str, Any] | None = None) -> HttpResponse:
    """The form; what submission needs is shown with what is wrong when submission was asked for."""
    opportunity = form.instance
    if form.is_bound and "submit" in request.POST:
        form.show(checks.problems(opportunity))
    saved = opportunity.pk is not None
    problems = checks.problems(opportunity) if saved and form.step else {}
    context = {
        "form": form,
        "opportunity": opportunity,
        "step": form.step,
        "step_label": steps.STEPS[form.step][0] if form.step else "",
        "aim": steps.aim(opportunity, form.step),
        "ladder": steps.ladder(opportunity, form.step, problems) if form.step else [],
        "notes": standing.notes(opportunity, on=form.step or "") if saved else [],
        "conflict": conflict,
        "brought_back": request.method == "GET" and form.is_bound,
        "library": questions.LIBRARY,
    }
    return render(request, "opportunities/form.html", context, status=CONFLICT if conflict else None)


def _conflict(request: Request, form: OpportunityForm, changes: history.Changes) -> HttpResponse:
    """Someone saved meanwhile: what was typed is shown again, and the next save of this page wins, knowingly."""
    opportunity = form.instance
    last = opportunity.history.select_related("actor").order_by("-at", "-pk").first()
    typed = request.POST.copy()
    typed["revision"], typed["seen"] = str(opportunity.revision), form.mark
    form.data = typed
    return _page(request, form, {"last": last, "differences": history.worded(opportunity, changes)})

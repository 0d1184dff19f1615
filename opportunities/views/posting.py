"""Writing an opportunity: choosing its kind, filling it in, sending it to the staff."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from opportunities import checks, drafting, history, moderation, standing
from opportunities.forms import OpportunityForm, for_new
from opportunities.kinds import KINDS, Kind
from opportunities.models import Opportunity
from pacte.states import StateError

CONFLICT = 409


@require_safe
@for_groups
@may_edit
def create(request: Request) -> HttpResponse:
    """The seven kinds, explained."""
    kinds = [(kind, kind.label, KINDS[kind]) for kind in Kind]
    return render(request, "opportunities/create.html", {"kinds": kinds})


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def create_kind(request: Request, kind: str) -> HttpResponse:
    """A new one. The form carries a token: sent twice, it makes one."""
    if kind not in KINDS:
        raise Http404
    blank, known = for_new(request.user, kind)
    form = OpportunityForm(request.POST if request.method == "POST" else None, instance=blank, initial=known)
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
                return _saved(request, blank)
        if made is not None:
            return _write(request, made)
    return _page(request, form)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def edit(request: Request, pk: int) -> HttpResponse:
    """One that is not with the staff yet, or that they sent back."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    if request.method == "POST":
        return _write(request, opportunity)
    if not opportunity.is_editable:
        messages.info(request, _("Cette opportunité ne peut plus être modifiée ici."))
        return redirect("opportunities:manage", pk)
    form = OpportunityForm(instance=opportunity)
    if "verifier" in request.GET:
        form.show(checks.problems(opportunity))
    return _page(request, form)


@require_POST
@for_groups
@may_edit
def submit(request: Request, pk: int) -> HttpResponse:
    """Hand it to the staff, from its page; or back to the form when something is missing."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    return _submit(request, opportunity)


def _write(request: Request, opportunity: Opportunity) -> HttpResponse:
    """Save what was typed, unless the row has changed since the form was opened: then keep the text and say so."""
    moderation.lock(opportunity)
    prefetch_related_objects([opportunity], "criteria")
    opened, revision = request.POST.get("revision", ""), opportunity.revision
    before = history.picture(opportunity, drafting.criteria_of(opportunity))
    form = OpportunityForm(request.POST, instance=opportunity)
    valid = form.is_valid()
    changes = history.differences(before, history.picture(opportunity, form.wanted()))
    if (changes or not valid) and (opened != str(revision) or not opportunity.is_editable):
        return _conflict(request, form, changes)
    if not valid:
        return _page(request, form)
    if not opportunity.is_editable:  # a second click: all has been done
        return redirect("opportunities:manage", opportunity.pk)
    drafting.save(form, by=request.user, before=before)
    return _saved(request, opportunity)


def _saved(request: Request, opportunity: Opportunity) -> HttpResponse:
    if "submit" in request.POST:
        return _submit(request, opportunity)
    messages.success(request, _("C'est enregistré."))
    return redirect("opportunities:manage", opportunity.pk)


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
    notes = standing.notes(opportunity) if opportunity.pk else []
    context = {"form": form, "opportunity": opportunity, "notes": notes, "conflict": conflict}
    return render(request, "opportunities/form.html", context, status=CONFLICT if conflict else None)


def _conflict(request: Request, form: OpportunityForm, changes: history.Changes) -> HttpResponse:
    """Someone saved meanwhile: what was typed is shown again, and the next save of this page wins, knowingly."""
    opportunity = form.instance
    last = opportunity.history.select_related("actor").order_by("-at", "-pk").first()
    typed = request.POST.copy()
    typed["revision"] = str(opportunity.revision)
    form.data = typed
    return _page(request, form, {"last": last, "differences": history.worded(opportunity, changes)})

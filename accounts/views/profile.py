"""An SME's own profile: the overview, four sections saved one at a time, and references."""

from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import advisers, gaps, history, kept, labels
from accounts import profile as profiles
from accounts.decorators import edits, for_smes, may_edit
from accounts.forms.profile import ReferenceForm
from accounts.http import Request
from accounts.models import Organisation, Presentation, Reference, SmeProfile


@require_safe
@for_smes
def profile(request: Request) -> HttpResponse:
    """All that groups may learn of my company, and the next thing worth saying."""
    company = own(request)
    rows = SmeProfile.objects.prefetch_related("references", "experiences", "certificates")
    found = get_object_or_404(rows, organisation=company)
    missing = gaps.in_profile(found)
    needed = [gap for gap in missing if not gap.optional]
    context = {
        "organisation": company,
        "profile": found,
        "sections": profiles.SECTIONS,
        "missing": missing,
        "stale": profiles.is_stale(found),
        "next_gap": needed[0] if needed else None,
        "completion": gaps.completion(missing),
        "lines": history.of(company),
        "labels": labels.of([company.pk])[company.pk],
        "presentation": Presentation.objects.listed().filter(company=company).first(),
        "adviser": advisers.of(company),
        "may_edit": edits(request),
    }
    return render(request, "accounts/profile.html", context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def profile_section(request: Request, section: str) -> HttpResponse:
    """One section, saved on its own, on the way to `next`; « enregistrer et ajouter » brings it back with lines."""
    chosen = profiles.SECTIONS.get(section)
    if chosen is None:
        raise Http404
    found = get_object_or_404(SmeProfile.objects.select_related("organisation"), organisation=own(request))
    typed = kept.sent(request)
    form = chosen.form(typed, instance=found)
    back = get_next_redirect_url(request) or ""
    rows = None
    if chosen.rows:  # what is sent is the whole list: lines saved meanwhile by someone else are not compared with it
        rows = chosen.rows(typed) if typed else chosen.rows(initial=profiles.lines_of(found, chosen))
    if request.method == "POST" and form.is_valid() and (rows is None or rows.is_valid()):
        if profiles.save(chosen, form, rows, by=request.user):
            messages.success(request, _("Votre profil est à jour."))
        if "more" in request.POST:
            return redirect(f"{request.get_full_path()}#lignes")
        return redirect(back or f"{reverse('accounts:profile')}#{section}")
    context: dict[str, Any] = {
        "back": back,
        "section": chosen,
        "form": form,
        "rows": rows,
        "references": found.references.all() if section == "activite" else [],
    }
    return render(request, "accounts/profile_section.html", context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def reference_add(request: Request) -> HttpResponse:
    found = get_object_or_404(SmeProfile, organisation=own(request))
    return _reference_form(request, Reference(profile=found))


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def reference_edit(request: Request, pk: int) -> HttpResponse:
    return _reference_form(request, _reference(request, pk))


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def reference_delete(request: Request, pk: int) -> HttpResponse:
    """Asked first, then done."""
    reference = _reference(request, pk)
    if request.method == "GET":
        return render(request, "accounts/reference_delete.html", {"reference": reference})
    reference.delete()
    profiles.note(own(request), {"references": [reference.title, ""]}, by=request.user)
    messages.success(request, _("La référence est supprimée."))
    return redirect(_references())


def _reference_form(request: Request, reference: Reference) -> HttpResponse:
    before = reference.title
    back = get_next_redirect_url(request) or ""
    form = ReferenceForm(kept.sent(request), instance=reference)
    if request.method == "POST" and form.is_valid():
        if form.has_changed() and profiles.keep_reference(form, before, by=request.user):
            messages.success(request, _("La référence est enregistrée."))
        again = reverse("accounts:reference_add") + (f"?{urlencode({'next': back})}" if back else "")
        return redirect(again if "more" in request.POST else back or _references())
    return render(request, "accounts/reference_form.html", {"form": form, "reference": reference, "back": back})


def _reference(request: Request, pk: int) -> Reference:
    return get_object_or_404(Reference, profile__organisation=own(request), pk=pk)


def _references() -> str:
    return f"{reverse('accounts:profile')}#references"


def own(request: Request) -> Organisation:
    """Behind `for_smes` or `for_groups`, there is one."""
    organisation = request.user.organisation
    assert organisation is not None  # noqa: S101  # the decorators saw to it
    return organisation

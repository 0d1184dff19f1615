"""An SME's text, read into proposals that it accepts line by line; and « tout est encore juste »."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import advisers, import_profile, readiness, reading
from accounts import profile as profiles
from accounts.decorators import for_smes, may_edit
from accounts.http import Request
from accounts.import_profile import ProposalsForm, TextForm
from accounts.limits import too_many
from accounts.models import SmeProfile
from accounts.views.profile import own


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def profile_import(request: Request) -> HttpResponse:
    """The text, then what it says, then what was ticked: it comes back with each step, and nothing keeps it."""
    if request.method == "POST" and (refused := too_many(request, "read", "60/h/user")):
        return refused
    form = TextForm(request.POST, request.FILES) if request.method == "POST" else TextForm()
    choice = None
    if form.is_bound and form.is_valid():
        form, company = form.read(), own(request)
        profile = get_object_or_404(SmeProfile, organisation=company)
        found = import_profile.new(profile, reading.read(form.cleaned_data["text"]))
        accepting = "accept" in request.POST
        choice = ProposalsForm(request.POST if accepting else None, proposals=found)
        if accepting and choice.is_valid():
            kept = import_profile.accept(company, choice.chosen(), by=request.user)
            text = ngettext("%(n)s ligne ajoutée à votre profil.", "%(n)s lignes ajoutées à votre profil.", kept)
            messages.success(request, text % {"n": kept})
            return redirect("accounts:profile")
    return render(request, "accounts/profile_import.html", {"form": form, "choice": choice})


@require_POST
@for_smes
@may_edit
def profile_confirm(request: Request) -> HttpResponse:
    """Nothing has changed, and groups may know."""
    profiles.confirm(own(request), by=request.user)
    messages.success(request, _("Merci : votre profil est à jour."))
    return redirect("accounts:profile")


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def readiness_test(request: Request) -> HttpResponse:
    """How ready to export my company is: asked here, told here, and nowhere else."""
    company = own(request)
    form = readiness.ReadinessForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        readiness.keep(company, form.cleaned_data, by=request.user)
        messages.success(request, _("Voici où vous en êtes."))
        return redirect("accounts:readiness")
    result = None if form.is_bound else readiness.result(company)
    context = {"form": form, "result": result, "adviser": advisers.of(company)}
    return render(request, "accounts/readiness.html", context)

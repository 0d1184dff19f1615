"""My company's presentation: one PDF, for the groups that read its file."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import presentations
from accounts.decorators import for_smes, may_edit
from accounts.http import Request
from accounts.limits import too_many
from accounts.models import Presentation
from accounts.presentations import PresentationForm
from accounts.views.profile import own
from pacte import files


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def presentation(request: Request) -> HttpResponse:
    """The one there is, and another instead."""
    company = own(request)
    if request.method == "POST" and (refused := too_many(request, "presentation", "30/h/user")):
        return refused
    form = PresentationForm(request.POST, request.FILES) if request.method == "POST" else PresentationForm()
    if form.is_bound and form.is_valid():
        presentations.put(company, form, by=request.user)
        messages.success(request, _("Votre présentation est enregistrée."))
        return redirect("accounts:presentation")
    found = Presentation.objects.listed().filter(company=company).first()
    return render(request, "accounts/presentation.html", {"form": form, "found": found})


@require_POST
@for_smes
@may_edit
def presentation_remove(request: Request) -> HttpResponse:
    presentations.remove(own(request), by=request.user)
    messages.success(request, _("Votre présentation est retirée."))
    return redirect("accounts:presentation")


@require_safe
@for_smes
def presentation_open(request: Request) -> HttpResponse:
    found = get_object_or_404(Presentation.objects.clean(), company=own(request))
    return files.handed(found.name, found.type, bytes(found.content))

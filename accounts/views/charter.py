"""What each side agrees to: the text for everyone to read, and the page where an organisation signs it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import charters
from accounts.decorators import for_members, may_edit
from accounts.http import Request
from accounts.models import Signature
from pacte.states import StateError


@require_safe
@login_not_required
def text(request: HttpRequest, kind: str) -> HttpResponse:
    """The version in force, whole, to anyone."""
    context = {"charter": charters.in_force(kind), "kind": kind, "contact": settings.CONTACT_EMAIL}
    return render(request, "accounts/charter_text.html", context)


@require_safe
@for_members
def charter(request: Request) -> HttpResponse:
    """What my organisation has signed, and what it has to sign."""
    organisation = request.user.organisation
    if organisation is None:
        raise PermissionDenied
    asked = charters.asked_of(organisation)
    signed = Signature.objects.filter(organisation=organisation).select_related("charter", "person")
    context = {
        "organisation": organisation,
        "charter": charters.in_force(organisation.kind),
        "kind": organisation.kind,
        "asked": asked,
        "signed": signed,
        "may_sign": charters.may_sign(request.user),
        "next": _way_on(request, request.GET.get("next", "")),
    }
    return render(request, "accounts/charter.html", context)


@require_POST
@for_members
@may_edit
def charter_sign(request: Request) -> HttpResponse:
    """Sign the version that was on the page."""
    organisation = request.user.organisation
    if organisation is None or not charters.may_sign(request.user):
        raise PermissionDenied
    try:
        charters.sign(organisation.kind, request.POST.get("version", ""), by=request.user)
    except StateError as error:
        messages.error(request, str(error))
        return redirect("accounts:charter")
    messages.success(request, _("C'est signé, à la date d'aujourd'hui."))
    return redirect(_way_on(request, request.POST.get("next", "")) or "accounts:charter")


def _way_on(request: Request, asked: str) -> str:
    """Where the person was going, when it is a page of ours."""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours else ""

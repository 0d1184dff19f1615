"""Asking a colleague in, and coming in by the link."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import invitations
from accounts.decorators import for_members
from accounts.forms.people import InviteForm, NewcomerForm
from accounts.http import Request
from accounts.limits import too_many
from accounts.models import Invitation, Organisation, User
from pacte.states import StateError

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_http_methods(["GET", "POST"])
@for_members
def invite(request: Request) -> HttpResponse:
    """Send one; what was typed comes back with what is wrong."""
    organisation = _administered(request)
    if request.method == "POST" and (refusal := too_many(request, "invite", "30/1h/user")):
        return refusal
    form = InviteForm(request.POST or None, instance=Invitation(organisation=organisation))
    if form.is_valid():
        try:
            made = invitations.invite(
                organisation, form.cleaned_data["email"], form.cleaned_data["role"], by=request.user
            )
        except StateError as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("L'invitation part à %(email)s.") % {"email": made.email})
            return redirect("accounts:members")
    context = {"organisation": organisation, "form": form, "waiting": invitations.waiting(organisation)}
    return render(request, "accounts/member_invite.html", context)


@require_POST
@for_members
def revoke(request: Request, pk: int) -> HttpResponse:
    rows = Invitation.objects.filter(organisation=request.user.organisation).select_related("organisation")
    found = get_object_or_404(rows, pk=pk)
    try:
        invitations.revoke(found, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("L'invitation de %(email)s est annulée.") % {"email": found.email})
    return redirect("accounts:members")


@require_http_methods(["GET", "POST"])
@login_not_required
def invitation(request: HttpRequest, token: UUID) -> HttpResponse:
    """What the link leads to: to join with an account, to sign in, or to make one. Opening it changes nothing."""
    if refusal := too_many(request, "invitation", "60/5m/ip"):
        return refusal
    found = Invitation.objects.open().select_related("organisation").filter(token=token).first()
    if found is None or not found.organisation.is_active:
        return render(request, "accounts/invitation.html", {"invitation": None}, status=410)
    known = not request.user.is_authenticated and User.objects.filter(email__iexact=found.email).exists()
    form = None
    if not request.user.is_authenticated and not known:
        form = NewcomerForm(request.POST if request.method == "POST" else None, email=found.email)
    if request.method == "POST" and not known and (form is None or form.is_valid()):
        try:
            _join(request, found, form)
        except StateError as error:
            messages.error(request, str(error))
            return redirect(found)
        messages.success(request, _("Bienvenue dans l'équipe de %(name)s.") % {"name": found.organisation})
        return redirect("dashboard")
    return render(request, "accounts/invitation.html", {"invitation": found, "known": known, "form": form})


def _join(request: HttpRequest, found: Invitation, form: NewcomerForm | None) -> None:
    if form is None:
        assert isinstance(request.user, User)  # noqa: S101  # signed in, or there would be a form
        invitations.accept(found, by=request.user)
        return
    told = form.cleaned_data
    who = invitations.Newcomer(told["first_name"], told["last_name"], told["password"], (get_language() or "fr")[:2])
    login(request, invitations.come_in(found, who), backend=BACKEND)


def _administered(request: Request) -> Organisation:
    membership = request.user.membership
    if membership is None or not membership.is_admin:
        raise PermissionDenied
    return membership.organisation

"""The people of an organisation, and oneself."""

from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import addresses, invitations, joining, mail, team
from accounts.decorators import for_members
from accounts.forms.people import InviteForm, PersonForm, RoleForm
from accounts.http import Request
from accounts.models import Membership
from pacte.states import StateError


@require_safe
@for_members
def members(request: Request) -> HttpResponse:
    """Who acts for my organisation, and with which role."""
    people = Membership.objects.active().filter(organisation=request.user.organisation).select_related("user")
    unreachable = mail.unreachable([membership.user.email for membership in people])
    rows = [(one, RoleForm(instance=one, auto_id=f"role-{one.pk}"), one.user.email in unreachable) for one in people]
    organisation, mine = request.user.organisation, request.user.membership
    context: dict[str, Any] = {"organisation": organisation, "rows": rows, "mine": mine}
    if mine and mine.is_admin:
        context |= {"form": InviteForm(), "waiting": invitations.waiting(organisation)}
        context["requests"] = joining.waiting_for(mine.organisation)
    return render(request, "accounts/members.html", context)


@require_POST
@for_members
def member_role(request: Request, pk: int) -> HttpResponse:
    """An administrator gives somebody another role."""
    membership = colleague(request, pk)
    form = RoleForm(request.POST, instance=Membership(role=membership.role))
    if not form.is_valid():
        messages.error(request, _("Choisissez un rôle de la liste."))
        return redirect("accounts:members")
    try:
        team.give_role(membership, form.cleaned_data["role"], by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Le rôle de %(person)s est enregistré.") % {"person": membership.user})
    return redirect("accounts:members")


@require_POST
@for_members
def member_vouch(request: Request, pk: int) -> HttpResponse:
    """An administrator says that somebody whose address has moved is still of the team."""
    membership = colleague(request, pk)
    try:
        addresses.vouch(membership, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("C'est noté : %(person)s fait toujours partie de l'équipe.") % {"person": membership.user}
        )
    return redirect("accounts:members")


@require_POST
def act_for(request: Request, pk: int) -> HttpResponse:
    """Somebody of several organisations chooses for which one to act; then the page that asked for it, if one did."""
    chosen = next((one for one in request.user.standing if one.pk == pk), None)
    if chosen is None:
        raise Http404
    request.user.act_for(chosen)
    messages.success(request, _("Vous agissez maintenant pour %(name)s.") % {"name": chosen.organisation})
    return redirect(get_next_redirect_url(request) or "dashboard")


@require_http_methods(["GET", "POST"])
def person(request: Request) -> HttpResponse:
    """My own name, telephone and language."""
    form = PersonForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.write()
        messages.success(request, _("Vos coordonnées sont enregistrées."))
        return redirect("accounts:person")
    unreachable = request.method == "GET" and mail.unreachable([request.user.email])
    return render(request, "accounts/person.html", {"form": form, "unreachable": unreachable})


def colleague(request: Request, pk: int, *, oneself: bool = False) -> Membership:
    """For who administers; where `oneself` says so, for the person concerned too."""
    colleagues = (
        Membership.objects.active()
        .filter(organisation=request.user.organisation)
        .select_related("user", "organisation")
    )
    membership = get_object_or_404(colleagues, pk=pk)
    if oneself and membership.user == request.user:
        return membership
    if request.user.membership is None or not request.user.membership.is_admin:
        raise PermissionDenied
    return membership

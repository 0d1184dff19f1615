"""Somebody leaves a team: the page says what they answer for before anything is done."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import team
from accounts.decorators import for_members
from accounts.http import Request
from accounts.views.people import colleague
from opportunities import contacts
from pacte.states import StateError

SHOWN = 10


@require_http_methods(["GET", "POST"])
@for_members
def member_end(request: Request, pk: int) -> HttpResponse:
    """Someone leaves, or is taken off the team by who administers it: asked first, then done."""
    membership = colleague(request, pk, oneself=True)
    if request.method == "GET":
        its = contacts.entrusted_to(membership)
        context = {"membership": membership, "count": (count := its.count()), "entrusted": its[:SHOWN]}
        context["more"] = max(0, count - SHOWN)
        return render(request, "opportunities/member_end.html", context)
    try:
        team.end(membership, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
        return redirect("accounts:members")
    if membership.user == request.user:
        messages.success(request, _("Vous avez quitté %(organisation)s.") % {"organisation": membership.organisation})
        return redirect("dashboard")
    messages.success(request, _("%(person)s ne fait plus partie de votre équipe.") % {"person": membership.user})
    return redirect("accounts:members")

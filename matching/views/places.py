"""A group finds room for more introductions."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from matching import apply, introduce, letters, places
from matching.closing import PlacesForm
from opportunities.models import Opportunity
from pacte.states import StateError


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def more_places(request: Request, pk: int) -> HttpResponse:
    """The new number, then who gets a place and the message that leaves, then the button."""
    rows = Opportunity.objects.owned_by(request.user).select_related("owner", "created_by")
    opportunity = get_object_or_404(rows, pk=pk)
    if opportunity.state not in apply.DECIDABLE:
        messages.info(request, _("Cela ne se peut plus : voici où en est l'opportunité."))
        return redirect("opportunities:manage", pk)
    form = PlacesForm(request.POST if request.method == "POST" else None, opportunity=opportunity)
    context: dict[str, Any] = {"opportunity": opportunity, "form": form, "taken": introduce.taken(opportunity)}
    if form.is_valid():
        capacity = form.cleaned_data["capacity"]
        chosen = places.next_in(opportunity, capacity)
        form.who = ",".join(str(one.pk) for one in chosen)
        if form.was_shown and "confirm" in request.POST:
            return done(request, opportunity, capacity)
        first = letters.introduction_letter(chosen[0], by=None, message=chosen[0].waiting_word) if chosen else None
        context |= {
            "shown": True,
            "form": form.shown_again(),
            "told": [str(one.company) for one in chosen],
            "preview": letters.preview(first) if first else None,
            "reread": "confirm" in request.POST,
        }
    return render(request, "matching/places.html", context)


def done(request: Request, opportunity: Opportunity, capacity: int) -> HttpResponse:
    try:
        places.widen(opportunity, capacity, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("C'est noté : les mises en relation de la liste d'attente partent à l'instant."))
    return redirect("matching:applicants", opportunity.pk)

"""What a group sees of one opportunity from its draft to its closing, and what it may do with it."""

from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.decorators import edits, for_groups
from accounts.http import Request
from opportunities import overview
from opportunities.cards import Card
from opportunities.models import Opportunity


@require_safe
@for_groups
def manage(request: Request, pk: int) -> HttpResponse:
    """Where it stands, what was said of it, what happened, how it looks in the list."""
    rows = Opportunity.objects.owned_by(request.user).select_related("owner", "created_by")
    opportunity = get_object_or_404(rows, pk=pk)
    may_act = edits(request)
    context = {"opportunity": opportunity, "card": Card.of(opportunity), "copy_token": uuid4()}
    return render(request, "opportunities/manage.html", context | overview.of(opportunity, may_act=may_act))

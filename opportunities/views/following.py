"""What a group sees of one opportunity from its draft to its closing, and what it may do with it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.decorators import for_groups
from accounts.http import Request
from opportunities.models import Opportunity


@require_GET
@for_groups
def manage(request: Request, pk: int) -> HttpResponse:
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    return render(request, "opportunities/manage.html", {"opportunity": opportunity})

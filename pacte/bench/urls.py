"""The site's own addresses, and the bare view: one indexed query, twenty cards, about 30 KB."""

from datetime import UTC, datetime

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path

from opportunities.models import Opportunity
from pacte.urls import urlpatterns as site


@login_not_required
@transaction.non_atomic_requests
def bare(request: HttpRequest, since: int) -> HttpResponse:
    """What Django takes at least for a page like ours: no transaction, no session, nobody, no menu."""
    shown = ["title", "teaser", "description", "benefits", "apply_by"]
    older = Opportunity.objects.published().filter(published_at__lte=datetime.fromtimestamp(since, UTC))
    cards = older.order_by("-published_at").only(*shown)[:20]
    return HttpResponse(render_to_string("pacte/bench.html", {"opportunities": cards}))


urlpatterns = [path("bench/<int:since>/", bare, name="bench"), *site]

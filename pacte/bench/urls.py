"""The site's own addresses, and the bare view: one indexed query, twenty cards, about 30 KB."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from opportunities.models import Opportunity
from pacte.urls import urlpatterns as site


@login_not_required
def bare(request: HttpRequest, start: int) -> HttpResponse:
    """What Django takes at least for a page like ours."""
    shown = ["title", "teaser", "description", "benefits", "apply_by"]
    newest = Opportunity.objects.published().order_by("-published_at").only(*shown)
    return render(request, "pacte/bench.html", {"opportunities": newest[start : start + 20]})


urlpatterns = [path("bench/<int:start>/", bare, name="bench"), *site]

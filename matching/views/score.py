"""How the score is computed, for everyone: the weights in force and those before them."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from matching import meanings
from matching.models import WeightsVersion


@require_safe
@login_not_required
def score(request: HttpRequest) -> HttpResponse:
    """The version in force, criterion by criterion, and the history of those published."""
    published = list(WeightsVersion.objects.published())
    version = next((version for version in published if version.is_active), None)
    context = {"version": version, "published": published, "criteria": shares(version.weights) if version else []}
    return render(request, "matching/score.html", context)


def shares(weights: Mapping[str, float]) -> list[dict[str, Any]]:
    """Each criterion with its share of 100 if all were asked, the heaviest first."""
    total = sum(weights.values())
    order = sorted(weights, key=lambda criterion: -weights[criterion])
    return [{"meaning": meanings.of(criterion), "share": 100 * weights[criterion] / total} for criterion in order]

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_part(
    request: HttpRequest, template: str, context: dict[str, Any], *, part: str, status: int | None = None
) -> HttpResponse:
    """The whole page; or, when htmx is swapping `part` of it, that part alone."""
    htmx = request.htmx  # type: ignore[attr-defined]
    only_part = htmx and not htmx.history_restore_request
    response = render(request, f"{template}#{part}" if only_part else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response

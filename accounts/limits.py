"""How often something may be asked for. allauth keeps the counts, as it does for its own pages."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse


def too_many(request: HttpRequest, action: str, rate: str) -> HttpResponse | None:
    """The 429 page when `rate` ("20/m/ip", "5/h/user") is used up for this action; None, and one use less, if not."""
    allowed = ratelimit.consume(request, app="pacte", action=action, config={action: rate}, limit_get=True)
    return None if allowed else ratelimit.respond_429(request)

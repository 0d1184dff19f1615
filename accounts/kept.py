"""What someone typed into a long form while their session ended: kept until they have signed in again.

Several people may share a browser. A cookie says, in a digest that says nothing to others, whom such a form was shown
to last; what is sent once the session has ended is theirs. The token of a form changes at each sign-in, so that one
shown to somebody else before that is refused.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.decorators import View
from accounts.limits import too_many

NAME = "kept"
WRITER = "writer"  # the cookie; it ends with the browser
LONGEST = 100_000  # bytes of a form
SECONDS = 24 * 3600


def keeps_text(view: View) -> View:
    """A form of this view is kept when whoever sends it is signed in no more; `found` gives it back to them alone."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.set_cookie(
            WRITER,
            _digest(request),
            secure=bool(settings.SESSION_COOKIE_SECURE),
            httponly=True,
            samesite="Lax",
        )
        return response

    shown.keeps_text = True  # type: ignore[attr-defined]
    return shown


def _digest(request: HttpRequest) -> str:
    """Who is signed in, in a word that only we can make."""
    return salted_hmac("accounts.kept", str(request.user.pk)).hexdigest()


class KeepingLoginRequiredMiddleware(LoginRequiredMiddleware):
    """Sends to the sign-in page, with what was typed in the session that begins there."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        if request.method == "POST" and getattr(view_func, "keeps_text", False):
            keep(request)
        return super().handle_no_permission(request, view_func)


def keep(request: HttpRequest) -> None:
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    text, writer = typed.urlencode(), request.COOKIES.get(WRITER)
    if writer and any(typed.values()) and len(text) <= LONGEST and too_many(request, "keep", "30/h/ip") is None:
        its = {"path": request.path, "at": timezone.now().timestamp(), "typed": text, "writer": writer}
        request.session[NAME] = its


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: what it sends, else what was typed here before its session ended."""
    if request.method == "POST":
        forget(request)
        return request.POST
    return found(request)


def found(request: HttpRequest) -> QueryDict | None:
    """What this person typed on this page before their session ended; what somebody else did is dropped."""
    kept = request.session.get(NAME)
    if kept and kept.get("writer") != _digest(request):
        forget(request)
        return None
    if not kept or kept["path"] != request.path or timezone.now().timestamp() - kept["at"] > SECONDS:
        return None
    return QueryDict(kept["typed"])


def forget(request: HttpRequest) -> None:
    """It has been sent again, or is nobody's here."""
    request.session.pop(NAME, None)

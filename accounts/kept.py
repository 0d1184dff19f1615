"""What someone typed into a long form while their session ended: kept until they have signed in again."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.utils import timezone

from accounts.decorators import View
from accounts.limits import too_many

NAME = "kept"
LONGEST = 100_000  # bytes of a form
SECONDS = 24 * 3600


def keeps_text(view: View) -> View:
    """A form of this view is kept when whoever sends it is signed in no more; `found` gives it back."""
    view.keeps_text = True  # type: ignore[attr-defined]
    return view


class KeepingLoginRequiredMiddleware(LoginRequiredMiddleware):
    """Sends to the sign-in page, with what was typed in the session that begins there."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        if request.method == "POST" and getattr(view_func, "keeps_text", False):
            keep(request)
        return super().handle_no_permission(request, view_func)


def keep(request: HttpRequest) -> None:
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    text = typed.urlencode()
    if any(typed.values()) and len(text) <= LONGEST and too_many(request, "keep", "30/h/ip") is None:
        request.session[NAME] = {"path": request.path, "at": timezone.now().timestamp(), "typed": text}


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is filled with: what it sends, else what was typed here before its session ended."""
    if request.method == "POST":
        forget(request)
        return request.POST
    return found(request)


def found(request: HttpRequest) -> QueryDict | None:
    """What was typed on this page before its session ended."""
    kept = request.session.get(NAME)
    if not kept or kept["path"] != request.path or timezone.now().timestamp() - kept["at"] > SECONDS:
        return None
    return QueryDict(kept["typed"])


def forget(request: HttpRequest) -> None:
    """It has been sent again."""
    request.session.pop(NAME, None)

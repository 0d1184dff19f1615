"""Who may open a page: by kind of organisation, by its state, by role."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts import suspension
from accounts.http import Request
from accounts.models import Organisation

View = Callable[..., HttpResponse]


def _for_members_of(kind: Organisation.Kind) -> Callable[[View], View]:
    def decorator(view: View) -> View:
        @wraps(view)
        def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            organisation = request.user.organisation
            if organisation is None or organisation.kind != kind:
                raise PermissionDenied
            if not organisation.is_active:
                raise PermissionDenied(_closed(organisation))
            return view(request, *args, **kwargs)

        return wrapped

    return decorator


def _closed(organisation: Organisation) -> str:
    if organisation.state != Organisation.State.SUSPENDED:
        return _("L'accès de votre organisation n'est pas ouvert.")
    text = _("L'accès de votre organisation est suspendu par l'équipe de Pacte International.")
    reason = suspension.why(organisation)
    return f"{text} {_('Motif : %s') % reason}" if reason else text


for_groups = _for_members_of(Organisation.Kind.GROUP)
for_smes = _for_members_of(Organisation.Kind.SME)


def for_members(view: View) -> View:
    """Anyone who belongs to an organisation, whatever its state."""

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.organisation is None:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


def edits(request: Request) -> bool:
    """Whether this person administers their organisation or is a member, and does not only read."""
    membership = request.user.membership
    return membership is not None and membership.can_edit


def readers_look(view: View) -> View:
    """Under `for_groups` or `for_smes`: those who only read open the page, and send nothing from it."""
    sent = may_edit(view)

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        return (view if request.method in {"GET", "HEAD"} else sent)(request, *args, **kwargs)

    return wrapped


def may_edit(view: View) -> View:
    """Under `for_groups` or `for_smes`: administrators and members, not those who only read."""

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if not edits(request):
            raise PermissionDenied(_("Vous pouvez lire cette page, mais pas la modifier : demandez-le à la personne "
                                     "qui administre votre organisation."))  # fmt: skip
        return view(request, *args, **kwargs)

    return wrapped

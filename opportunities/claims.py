"""Who is looking at what: a moderator takes a case, and the others see it. Nobody holds one for ever."""

from datetime import timedelta
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from accounts.models import User
from opportunities import moderation
from opportunities.models import Amendment, Opportunity
from pacte.days import date_format
from pacte.states import StateError

LASTS = timedelta(hours=4)  # then another may take it over
WAITING = frozenset({Opportunity.State.SUBMITTED, Amendment.State.PENDING})
Case = Opportunity | Amendment
Rows = TypeVar("Rows", bound=models.QuerySet)


def holder(case: Case) -> User | None:
    """Who holds it now; nobody once it waits no more, or the time is over."""
    at = case.claimed_at
    return case.claimed_by if case.state in WAITING and at and timezone.now() < at + LASTS else None


def held_by(rows: Rows, person: User) -> Rows:
    """Of these, those that the person holds now."""
    return rows.filter(claimed_by=person, claimed_at__gt=timezone.now() - LASTS, state__in=WAITING)


def since(case: Case) -> str:
    """How long ago it was taken, in words."""
    if case.claimed_at and timezone.now() - case.claimed_at < timedelta(minutes=1):
        return _("moins d'une minute")
    return timesince(case.claimed_at) if case.claimed_at else ""


def notice(case: Case, reader: User) -> str:
    """Who holds it, and what the reader may do about it; empty when nobody does."""
    held = holder(case)
    if held is None or case.claimed_at is None:
        return ""
    until = date_format(timezone.localtime(case.claimed_at + LASTS), "H:i")
    if held == reader:
        return _("Vous l'avez prise il y a %(since)s : elle est à vous jusqu'à %(until)s, ou jusqu'à ce que vous la "
                 "rendiez.") % {"since": since(case), "until": until}  # fmt: skip
    return _("%(person)s l'a prise il y a %(since)s. Demandez-lui de la rendre, ou de vous la confier ; sinon vous "
             "pourrez la prendre à %(until)s.") % {"person": held, "since": since(case), "until": until}  # fmt: skip


def told(case: Case) -> str:
    """Who holds it and since when, for a list."""
    held = holder(case)
    return f"{held} ({since(case)})" if held else "–"


def claim(case: Case, *, by: User) -> None:
    """Take it; again, for four hours more."""
    assign(case, by=by, to=by)


def assign(case: Case, *, by: User, to: User) -> None:
    """Give it to one of the staff, while it is free or one's own."""
    with transaction.atomic():
        _lock(case)
        if not by.is_staff or not to.is_staff or not to.is_active:
            raise PermissionDenied
        if case.state not in WAITING:
            raise StateError(_("Ce dossier n'attend plus personne."))
        if (held := holder(case)) and held not in {by, to}:
            raise StateError(notice(case, by))
        _note(case, to)


def release(case: Case, *, by: User) -> None:
    """Give it back."""
    with transaction.atomic():
        _lock(case)
        if holder(case) != by:
            raise StateError(_("Vous ne l'aviez pas, ou plus, prise."))
        _note(case, None)


def _lock(case: Case) -> None:
    if isinstance(case, Opportunity):
        moderation.lock(case)
    else:
        case.refresh_from_db(from_queryset=Amendment.objects.select_for_update())


def _note(case: Case, person: User | None) -> None:
    """No revision: nothing that others read has changed."""
    at = timezone.now() if person else None
    type(case)._base_manager.filter(pk=case.pk).update(claimed_by=person, claimed_at=at)
    case.claimed_by, case.claimed_at = person, at

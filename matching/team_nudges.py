"""Lines for those who run an organisation: who asks to join it, what it has to sign, what closed at its date."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import joining, signature_letters
from accounts.models import Charter, JoinRequest, Organisation
from matching import closed, nudges
from matching.models import Nudge
from matching.nudges import Kind, Line
from opportunities import letters
from opportunities.models import Opportunity, OpportunityMove
from pacte.days import date_format

NEWS = timedelta(days=14)  # what closed longer ago is told to nobody
LATE = timedelta(days=5)  # until then, whoever had their mail before it closed is still told


def due(now: datetime) -> list[Line]:
    return [*_joining(now), *_charters(now), *nudges.fresh(list(_closed(now)))]


def _joining(now: datetime) -> Iterator[Line]:
    for request, rung, people in joining.to_remind(now):
        for person in people:
            yield Line(
                kind=Kind.JOIN,
                about=request.pk,
                occasion=str(rung),
                address=person.email.lower(),
                text=partial(_asks_to_join, request),
                path=request.get_absolute_url(),
                done=partial(joining.note_reminded, request, rung),
            )


def _asks_to_join(request: JoinRequest) -> str:
    return _("%(asker)s attend votre réponse pour rejoindre %(name)s") % {
        "asker": request.user,
        "name": request.organisation.name,
    }


def _charters(now: datetime) -> Iterator[Line]:
    for charter, organisation, rung, people in signature_letters.to_remind(now):
        for person in people:
            yield Line(
                kind=Kind.CHARTER,
                about=organisation.pk,
                occasion=f"{charter.pk}:{rung}",
                address=person.email.lower(),
                text=partial(_to_sign, charter, organisation, rung),
                path=reverse("accounts:charter"),
                done=partial(signature_letters.note, charter, organisation, rung),
            )


def _to_sign(charter: Charter, organisation: Organisation, rung: str) -> str:
    late = rung == signature_letters.Rung.LATE
    if organisation.kind == Organisation.Kind.GROUP:
        told = _("La charte n'est pas signée : %(name)s ne peut plus déposer") if late else ""
        told = told or _("La charte a changé : %(name)s a jusqu'au %(day)s pour signer")
    else:
        told = _("Conditions à accepter : %(name)s ne peut plus candidater") if late else ""
        told = told or _("Nos conditions ont changé : %(name)s a jusqu'au %(day)s")
    return told % {"name": organisation.name, "day": date_format(charter.sign_by, "j F Y")}


def _closed(now: datetime) -> Iterator[Line]:
    """To those of the group who follow it (E-41)."""
    told = Nudge.objects.filter(kind=Kind.CLOSED, about=OuterRef("pk"))
    moves = OpportunityMove.objects.filter(
        ~Exists(told) | Q(at__gt=now - LATE),
        after=Opportunity.State.CLOSED,
        actor=None,
        at__gt=now - NEWS,
        subject__state=Opportunity.State.CLOSED,
        subject__owner__in=Organisation.objects.active(),
    ).exclude(before=Opportunity.State.CLOSED)
    found = list(moves.select_related("subject__owner", "subject__created_by").order_by("at", "pk")[: nudges.BATCH])
    left = closed.left_of([move.subject_id for move in found])
    for move in found:
        for language, addresses in letters.recipients(move.subject).items():
            for address in addresses:
                yield Line(
                    kind=Kind.CLOSED,
                    about=move.pk,
                    occasion="",
                    address=address,
                    text=partial(_has_closed, move, left[move.subject_id]),
                    path=reverse("matching:applicants", args=[move.subject_id]),
                    language=language,
                )


def _has_closed(move: OpportunityMove, left: closed.Left) -> str:
    return _("%(title)s : clôturée le %(day)s, %(left)s") % {
        "title": move.subject.title,
        "day": date_format(timezone.localdate(move.subject.closed_at), "j F Y"),
        "left": closed.words(left, move.subject.answer_by),
    }

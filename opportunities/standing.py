"""Where an opportunity stands: what the staff asked for, the step it is at, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from opportunities import history, moderation, steps, upkeep
from opportunities.models import Opportunity

State = Opportunity.State
APART = {"kind": "opportunities:change_kind", "attachments": "opportunities:files"}  # pages of their own


@dataclass(frozen=True, slots=True)
class Note:
    """A moderator's word on a field, and where to answer it."""

    label: str | Promise
    text: str
    url: str


def notes(opportunity: Opportunity, *, on: str | None = None) -> list[Note]:
    """What the staff asked to change, while it is to be done.

    `on` is the step whose form shows them, "" the form of all steps: links to its own fields do not leave it, as
    something may have been typed there. Elsewhere they lead to the form of all steps.
    """
    if opportunity.state != State.CHANGES_REQUESTED:
        return []
    latest = opportunity.comments.filter(at__gte=opportunity.submitted_at) if opportunity.submitted_at else []
    return [
        Note(
            history.label(opportunity, one.field) if one.field else _("Dans l'ensemble"),
            one.text,
            _answered_at(opportunity, one.field, on),
        )
        for one in latest or opportunity.comments.all()
    ]


def _answered_at(opportunity: Opportunity, field: str, on: str | None) -> str:
    if field in APART:
        return reverse(APART[field], args=[opportunity.pk])
    anchor = steps.WHOLE.get(field, f"id_{field}")
    if on is None:
        return f"{reverse('opportunities:edit', args=[opportunity.pk])}#{anchor}"
    step = steps.step_of(field)
    return f"#{anchor}" if on in {"", step} else f"{steps.url(opportunity, step)}#{anchor}"


def timeline(opportunity: Opportunity) -> list[dict[str, Any]]:
    """For components/timeline.html: from the draft to the answers. What is to come shows the dates announced."""
    state, reached = opportunity.state, _REACHED[State(opportunity.state)]
    due = moderation.answer_due(opportunity) if state == State.SUBMITTED else None
    promise = _("Réponse le %s au plus tard.") % history.day(due) if due else _("En deux jours ouvrés au plus.")
    last_day = opportunity.closed_at if state == State.CLOSED else opportunity.apply_by
    planned = [
        (_("Brouillon"), opportunity.created_at, ""),
        (_("Relecture par Pacte PME"), opportunity.submitted_at if reached else None, promise if reached < 2 else ""),
        (_("Publication"), opportunity.published_at if reached > 1 else None, ""),
        (_("Fin des candidatures"), last_day, ""),
        (_("Réponse promise aux candidates"), opportunity.answer_by, ""),
    ]
    now = "stopped" if state in {State.REJECTED, State.WITHDRAWN, State.SUSPENDED} else "now"
    return [
        {
            "label": label,
            "at": at,
            "text": text,
            "status": "done" if place < reached else now if place == reached else "next",
        }
        for place, (label, at, text) in enumerate(planned)
    ]


_REACHED = {
    State.DRAFT: 0,
    State.CHANGES_REQUESTED: 0,
    State.SUBMITTED: 1,
    State.REJECTED: 1,
    State.WITHDRAWN: 0,
    State.PUBLISHED: 3,
    State.SUSPENDED: 3,
    State.CLOSED: 4,
}


def next_step(opportunity: Opportunity) -> str:
    """One sentence: whose turn it is, and until when."""
    due = moderation.answer_due(opportunity)
    said = {
        State.DRAFT: _("À vous : complétez-la, puis soumettez-la. Nous répondons en deux jours ouvrés."),
        State.CHANGES_REQUESTED: _("À vous : répondez aux remarques ci-dessous, puis soumettez-la de nouveau."),
        State.SUBMITTED: _("À nous : réponse le %s au plus tard.") % history.day(due),
        State.PUBLISHED: _published(opportunity.apply_by),
        State.SUSPENDED: _("Elle n'apparaît plus dans les listes. Nous revenons vers vous."),
        State.CLOSED: _(
            "Les PME ne peuvent plus y candidater. Celles qui attendent encore comptent sur votre réponse."
        ),
        State.REJECTED: _("Elle ne sera pas publiée. Le motif est dans l'historique ci-dessous."),
        State.WITHDRAWN: _("Elle est retirée."),
    }
    return said[State(opportunity.state)]


def _published(until: date | None) -> str:
    if until is None:
        return _("Les PME peuvent y candidater, sans date limite.")
    return _("Les PME peuvent y candidater jusqu'au %s inclus.") % history.day(until)


def actions(opportunity: Opportunity) -> Sequence[str]:
    """What its group may do now: edit, submit, amend, extend, close, reopen, withdraw, say who answers for it or is
    away, confirm."""
    if opportunity.is_editable:
        return ("edit", "submit", "withdraw")
    public = ("amend", *(["extend"] if opportunity.apply_by else []), "close", "withdraw", "contacts", "absences")
    now = {
        State.SUBMITTED: ("withdraw",),
        State.PUBLISHED: public,
        State.SUSPENDED: ("contacts", "absences"),
        State.CLOSED: ("reopen", "contacts", "absences"),
    }
    confirm = ("confirm",) if upkeep.may_confirm(opportunity) else ()
    return (*confirm, *now.get(State(opportunity.state), ()))

"""Where an application stands, for its SME: what was done, what comes next and when. Never blank."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from matching import outcome_words
from matching.models import Application, Introduction, Side
from opportunities.models import Opportunity
from pacte.days import date_format

State = Application.State
DECIDED_BY_GROUP = frozenset({State.SHORTLISTED, State.WAITLISTED, State.ACCEPTED, State.DECLINED})


@dataclass(frozen=True, slots=True)
class Step:
    """A line of templates/components/timeline.html. `status`: done, now, next or stopped."""

    label: str
    status: str
    at: date | datetime | None = None
    text: str = ""


def next_step(application: Application, introduction: Introduction | None) -> str:
    """One sentence: who does what, and by when."""
    promised = date_format(application.promise, "j F Y") if application.promise else ""
    if application.state == State.WAITLISTED:
        return _("Le groupe vous retient : la mise en relation part dès qu'une place se libère. Rien à faire.")
    if application.is_waiting and application.awaiting == "sme":
        return _("À vous : le groupe vous a posé une question, et attend votre réponse pour décider.")
    if application.may_recheck and application.recheck_by:
        changed = _("À vous : l'opportunité a changé. Confirmez votre candidature ou modifiez-la avant le %(date)s.")
        return changed % {"date": date_format(application.recheck_by, "j F Y")}
    if application.is_overdue:
        late = _(
            "Le groupe avait promis une réponse avant le %(date)s. Elle est en retard : rien à faire de votre côté."
        )
        return late % {"date": promised}
    if application.is_waiting:
        return " ".join([*_closed(application), _answer_expected(promised)])
    return {
        State.DRAFT: _draft(application),
        State.ACCEPTED: _introduced(introduction),
        State.DECLINED: _("Le groupe a donné sa réponse. D'autres opportunités vous correspondent peut-être."),
        State.WITHDRAWN: _("Candidature retirée. Vous pouvez la reprendre tant que l'opportunité est ouverte."),
        State.UNANSWERED: _("Le groupe n'a pas répondu dans le délai promis, et nous en sommes désolés."),
        State.CANCELLED: _("L'opportunité a été retirée : votre dossier n'est pas en cause."),
    }[State(application.state)]  # fmt: skip


def _closed(application: Application) -> list[str]:
    """Nobody writes to them when it ends on its announced day: their page says it, and what was promised stands."""
    opportunity = application.opportunity
    if opportunity.state != Opportunity.State.CLOSED or opportunity.closed_at is None:
        return []
    day = date_format(timezone.localdate(opportunity.closed_at), "j F Y")
    return [_("Les candidatures sont closes depuis le %(date)s.") % {"date": day}]


def _answer_expected(promised: str) -> str:
    if promised:
        return _("Le groupe s'engage à répondre avant le %(date)s.") % {"date": promised}
    return _("Le groupe doit vous répondre ; il n'a pas fixé de date.")


def _draft(application: Application) -> str:
    opportunity = application.opportunity
    if not opportunity.is_open:
        return _("L'opportunité ne reçoit plus de candidatures. Votre brouillon est gardé.")
    if opportunity.apply_by is None:
        return _("À vous : relisez votre brouillon et envoyez-le.")
    return _("À vous : envoyez votre candidature avant le %(date)s à 23 h 59, heure de Paris.") % {
        "date": date_format(opportunity.apply_by, "j F Y")
    }


def _introduced(introduction: Introduction | None) -> str:
    if introduction and outcome_words.has_words(introduction, Side.SME):
        return outcome_words.next_step(introduction, Side.SME)
    return _leaving(introduction)


def _leaving(introduction: Introduction | None) -> str:
    """What becomes of its message."""
    state = introduction.state if introduction else Introduction.State.PENDING
    return {
        Introduction.State.PENDING: _("Le message qui vous met en relation part dans quelques instants."),
        Introduction.State.HELD: _("L'équipe de Pacte International vérifie un point avant l'envoi du message."),
        Introduction.State.SENT: _("À vous de jouer : répondez à tous au message de mise en relation."),
        Introduction.State.FAILED: _("Le message n'a pas pu être remis. L'équipe de Pacte International s'en occupe."),
        Introduction.State.CANCELLED: _("La mise en relation a été annulée : aucune coordonnée n'a été transmise."),
    }[Introduction.State(state)]


def steps(application: Application, introduction: Introduction | None) -> list[Step]:
    """What was done, then what is expected."""
    sent = application.sent_at
    if sent is None:
        ended = [] if application.state == State.DRAFT else [_end(application)]
        draft = "done" if ended else "now"
        return [
            Step(_("Brouillon commencé"), draft, application.created_at),
            *(ended or [_to_send(application)]),
        ]
    done = [Step(_("Candidature envoyée"), "done", sent), *_seen(application)]
    if application.is_waiting:
        return [*done, *_shortlisted(application), _expected(application), Step(_("Mise en relation"), "next")]
    if application.state == State.ACCEPTED:
        return [*done, Step(_("Candidature acceptée"), "done", application.decided_at), _last(introduction)]
    return [*done, _end(application)]


def _to_send(application: Application) -> Step:
    """Nothing leaves by itself that day: the date is the last one to send it."""
    last_day = application.opportunity.apply_by
    return Step(_("À envoyer au plus tard le") if last_day else _("Envoi au groupe"), "next", last_day)


def _seen(application: Application) -> list[Step]:
    if application.seen_at:
        return [Step(_("Consultée par le groupe"), "done", application.seen_at)]
    return [Step(_("Pas encore consultée par le groupe"), "next")] if application.is_waiting else []


def _shortlisted(application: Application) -> list[Step]:
    if application.state == State.WAITLISTED:
        text = _("Le groupe vous retient ; toutes les places prévues sont prises pour le moment.")
        return [Step(_("En liste d'attente"), "done", application.waitlisted_at, text)]
    if application.state != State.SHORTLISTED:
        return []
    return [Step(_("Présélectionnée"), "done", text=_("Le groupe la garde pour un second examen."))]


def _expected(application: Application) -> Step:
    overdue = _("La date promise est passée.") if application.is_overdue else ""
    return Step(_("Réponse du groupe, promise avant le"), "now", application.promise, overdue)


def _last(introduction: Introduction | None) -> Step:
    text = _leaving(introduction)
    if introduction and introduction.state == Introduction.State.SENT:
        text = "" if outcome_words.has_words(introduction, Side.SME) else text
        return Step(_("Mise en relation envoyée"), "done", introduction.sent_at, text)
    stopped = introduction is not None and introduction.state == Introduction.State.CANCELLED
    return Step(_("Mise en relation"), "stopped" if stopped else "now", text=text)


def _end(application: Application) -> Step:
    moves = [move for move in application.history.all() if move.after == application.state]
    label = str(application.get_state_display()).capitalize()
    return Step(label, "stopped", moves[-1].at if moves else application.decided_at)


def history(application: Application) -> list[dict[str, Any]]:
    """Every move, for the group's file: when, who, what, why."""
    labels = dict(State.choices)
    rows = application.history.select_related("actor").exclude(after=State.DRAFT).exclude(before=F("after"))
    return [
        {
            "at": row.at,
            "actor": row.actor if row.after in DECIDED_BY_GROUP else None,
            "label": labels[State(row.after)],
            "reason": row.said if row.after in DECIDED_BY_GROUP else "",  # an SME's own reason stays with us
        }
        for row in rows
    ]


def days_late(application: Application) -> int:
    """Whole days since the promised answer; 0 when it is not due."""
    promise = application.promise
    return max(0, (timezone.localdate() - promise).days) if application.is_waiting and promise else 0

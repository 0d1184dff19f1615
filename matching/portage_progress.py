"""Where a portage request stands, in words: for its SME and for a group. Never blank."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching import outcome_words, portage_file
from matching.ladder import REPLY
from matching.models import PortageAnswer, PortageIntroduction, PortageRequest, Side
from matching.progress import Step
from pacte.days import date_format
from pacte.workdays import add_workdays

State = PortageRequest.State
Answer = PortageAnswer.State


def next_step(request: PortageRequest, answers: Iterable[PortageAnswer]) -> str:
    """One sentence: who does what, and by when."""
    its = list(answers)
    if any(one.is_waiting and one.awaiting == Side.SME for one in its):
        return _("À vous : un groupe vous a posé une question, et attend votre réponse pour décider.")
    return {
        State.TO_REVIEW: _again(its),
        State.WITH_GROUPS: _with_groups(request, its),
        State.INTRODUCED: _introduced(its),
        State.REFUSED: _("Notre équipe n'a pas proposé votre demande à des groupes. Elle vous dit pourquoi."),
        State.WITHDRAWN: _("Demande retirée. Vous pouvez en déposer une autre."),
        State.EXPIRED: _("Aucun groupe n'a pu vous porter, et nous en sommes désolés."),
    }[State(request.state)]


def badge(request: PortageRequest, answers: Iterable[PortageAnswer]) -> tuple[str, str]:
    """Its state and the word for it: an introduction that was cancelled is none."""
    introduction = _introduction(answers)
    if (
        request.state == State.INTRODUCED
        and introduction
        and introduction.state == PortageIntroduction.State.CANCELLED
    ):
        return introduction.state, _("mise en relation annulée")
    return request.state, request.get_state_display()


def _introduction(answers: Iterable[PortageAnswer]) -> PortageIntroduction | None:
    accepted = next((one for one in answers if one.state == Answer.ACCEPTED), None)
    return getattr(accepted, "introduction", None)


def _introduced(answers: list[PortageAnswer]) -> str:
    """By what became of the mail: a yes is not yet a message that has arrived."""
    introduction = _introduction(answers)
    if introduction and outcome_words.has_words(introduction, Side.SME):
        return outcome_words.next_step(introduction, Side.SME)
    fate = PortageIntroduction.State
    return {
        fate.PENDING: _("Un groupe accepte : le message qui vous met en relation part à l'instant."),
        fate.HELD: _("Un groupe accepte : notre équipe vérifie un point avant de vous mettre en relation."),
        fate.FAILED: _("Un groupe accepte, mais le message n'a pas pu être remis : notre équipe vérifie les "
                       "coordonnées et le renverra."),
        fate.CANCELLED: _("Notre équipe a annulé la mise en relation. Écrivez-nous pour en savoir plus."),
        fate.SENT: _("À vous de jouer : répondez à tous au message de mise en relation."),
    }[fate(introduction.state) if introduction else fate.PENDING]  # fmt: skip


def fate(answer: PortageAnswer) -> str:
    """To the group that said yes: what became of the mail, until it has arrived."""
    its = PortageIntroduction.State
    words = {
        its.PENDING: _("Le message est en chemin : les coordonnées de l'entreprise paraîtront ici."),
        its.HELD: _("Notre équipe vérifie un point avant d'envoyer le message qui vous met en relation."),
        its.FAILED: _("Le message qui vous met en relation n'a pas pu être remis : notre équipe vérifie les "
                      "coordonnées et le renverra."),
        its.CANCELLED: _("Notre équipe a annulé cette mise en relation. Écrivez-nous pour en savoir plus."),
    }  # fmt: skip
    introduction = getattr(answer, "introduction", None)
    return words.get(its(introduction.state), "") if introduction else ""


def _again(answers: list[PortageAnswer]) -> str:
    if answers:
        return _("Les groupes consultés n'ont pas accepté. Notre équipe en cherche d'autres.")
    return _("Notre équipe lit votre demande, sous deux jours ouvrés.")


def _with_groups(request: PortageRequest, answers: list[PortageAnswer]) -> str:
    waiting = [one for one in answers if one.is_waiting]
    if not waiting:
        until = date_format(request.expires_on, "j F Y")
        return _("Votre projet est ouvert aux groupes présents, jusqu'au %(date)s.") % {"date": until}
    told = ngettext(
        "%(n)s groupe l'étudie et s'engage à répondre avant le %(date)s.",
        "%(n)s groupes l'étudient et s'engagent à répondre avant le %(date)s.",
        len(waiting),
    )
    return told % {"n": len(waiting), "date": date_format(max(one.answer_by for one in waiting), "j F Y")}


def steps(request: PortageRequest, answers: Iterable[PortageAnswer]) -> list[Step]:
    """What was done, then what is expected; groups stay unnamed until one accepts."""
    done = [Step(_("Demande envoyée"), "done", request.created_at)]
    its = sorted(answers, key=lambda one: one.asked_at)
    for one in its:
        if one.state == Answer.WAITING:
            done.append(Step(_("Réponse d'un groupe, promise avant le"), "now", one.answer_by))
        elif one.state != Answer.ACCEPTED:
            status = "done" if request.is_alive else "stopped"
            done.append(Step(_("Un groupe : %(state)s") % {"state": one.get_state_display()}, status, one.decided_at))
    if request.state == State.TO_REVIEW:
        done.append(Step(_("Examen par notre équipe"), "now"))
    if request.is_alive:
        return [*done, Step(_("Mise en relation"), "next")]
    moves = [move for move in request.history.all() if move.after == request.state]
    state, label = badge(request, its)
    at = moves[-1].at if moves and state == request.state else None  # a cancelling came later than the yes
    return [*done, Step(str(label).capitalize(), "done" if state == State.INTRODUCED else "stopped", at)]


def thread(answer: PortageAnswer, reader: Side) -> dict[str, Any]:
    """Questions and answers of one group, for templates/matching/thread.html; nobody is named."""
    found = list(answer.messages.all())
    names = {Side.SME: _("L'entreprise"), Side.GROUP: _("Le groupe")} | {reader: _("Vous")}
    owed = answer.is_waiting and answer.awaiting == Side.SME and found
    return {
        "answer": answer,
        "lines": [
            {"who": names[Side(one.side)], "text": one.text, "at": one.at, "mine": one.side == reader} for one in found
        ],
        "reply_by": add_workdays(timezone.localdate(found[-1].at), REPLY) if owed else None,
    }


def row(request: PortageRequest, answer: PortageAnswer | None, group: int) -> dict[str, Any]:
    """A line of a group's list."""
    waits = answer.is_waiting if answer else request.state == State.WITH_GROUPS
    return {
        "request": request,
        "answer": answer,
        "name": portage_file.name(request, answer),
        "fit": portage_file.fit(request, group),
        "waits": waits,
        "label": answer.get_state_display() if answer else _("ouverte à tous les groupes présents"),
        "state": answer.state if answer else "published",
    }

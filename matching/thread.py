"""Questions of the group and answers of the SME while an application waits: dated, kept, and each one's turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from matching import apply, letters
from matching.apply import applicant, decider, lock
from matching.ladder import REPLY
from matching.models import Application, DeclineReason, Message, Side
from pacte.states import StateError
from pacte.workdays import add_workdays


@dataclass(frozen=True, slots=True)
class Line:
    """A word of the thread, as the other side may read it: no person is named before the introduction."""

    who: str
    text: str
    at: datetime
    mine: bool


def ask(application: Application, *, by: User, text: str) -> Message:
    """The group asks; its clock waits for the answer, five working days at most (E-12)."""
    with transaction.atomic():
        lock(application)
        decider(application, by)
        message = _write(application, Side.GROUP, by, text)
        letters.asked(message)
        return message


def send_back(application: Application, *, by: User, text: str) -> Message:
    """The group finds the file too thin: it stays open, and its company is asked to complete it."""
    with transaction.atomic():
        message = ask(application, by=by, text=text)
        application.record(by=by, changes={"decline_reason": ["", str(DeclineReason.INCOMPLETE)]})
        return message


def complete(
    application: Application, *, by: User, pitch: str, contact: User | None, answers: Mapping[str, str] | None = None
) -> None:
    """What a company that was asked changes in its file, profile of today included, is its answer."""
    with transaction.atomic():
        apply.revise(application, by=by, pitch=pitch, contact=contact, answers=answers)
        if application.awaiting == Side.SME:
            text = _("Nous avons complété notre dossier : vous pouvez le relire.")
            letters.answered(_write(application, Side.SME, by, text))


def answer(application: Application, *, by: User, text: str) -> Message:
    """The SME answers what it was asked (E-12 back)."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if application.awaiting != Side.SME:
            raise StateError(_("Aucune question n'attend votre réponse."))
        message = _write(application, Side.SME, by, text)
        letters.answered(message)
        return message


def _write(application: Application, side: Side, by: User, text: str) -> Message:
    if not application.is_waiting:
        raise StateError(_("Cette candidature n'attend plus de réponse : il n'y a plus rien à demander."))
    if not text.strip():
        raise StateError(_("Écrivez votre message."))
    application.awaiting = Side.GROUP if side == Side.SME else Side.SME
    application.save(update_fields=["awaiting"])
    return Message.objects.create(application=application, side=side, author=by, text=text.strip())


def lines(application: Application, side: Side) -> list[Line]:
    """The thread as one side reads it; one query."""
    names = {Side.GROUP: application.opportunity.public_name, Side.SME: application.company.name}
    rows = application.messages.all()
    return [Line(_("Vous") if row.side == side else names[Side(row.side)], row.text, row.at, row.side == side)
            for row in rows]  # fmt: skip


def reply_by(application: Application) -> date | None:
    """The day by which the SME is asked to answer, while it has to."""
    if not application.is_waiting or application.awaiting != Side.SME:
        return None
    last = application.messages.filter(side=Side.GROUP).last()
    return add_workdays(timezone.localdate(last.at), REPLY) if last else None

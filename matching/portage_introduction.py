"""From a group's yes to a portage until its mail has arrived: held, sent again, cancelled, as other introductions."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import mail, mail_words
from accounts.models import Email, Membership, User
from matching import portage_introduction_letters as letters
from matching import portage_letters
from matching.introduce import BATCH, fate, ring
from matching.models import PortageAnswer, PortageIntroduction
from pacte.states import StateError

State = PortageIntroduction.State
TOLD: dict[str, Callable[[PortageIntroduction], None]] = {
    State.FAILED: letters.undelivered,
    State.CANCELLED: letters.cancelled,
}


def begin(answer: PortageAnswer, *, by: User, message: str) -> None:
    """In the transaction of the yes."""
    PortageIntroduction.objects.create(answer=answer, accepted_by=by, word=message.strip())


def has_arrived(answer: PortageAnswer) -> bool:
    """Whether both sides have the mail that names them to each other."""
    its: PortageIntroduction | None = getattr(answer, "introduction", None)
    return its is not None and its.state == State.SENT


def settle() -> int:
    """Give them the fate of their mails. Twice, or by two workers at once, it does the same."""
    with transaction.atomic():
        rows = PortageIntroduction.objects.to_settle().select_related("answer__email")
        due = list(rows.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        for one in due:
            email = _mail(one)
            one.move(fate(one.state, email), by=None, reason=mail_words.reason(email), sent_at=email.sent_at)
            if one.state in TOLD:
                TOLD[one.state](one)
    return len(due)


def hold(introduction: PortageIntroduction, *, by: User, reason: str) -> None:
    """Staff stop it before it leaves: a conflict, sanctions, a complaint."""
    with transaction.atomic():
        email = _take(introduction, by)
        email.hold()
        introduction.move(State.HELD, by=by, reason=reason)
        letters.held(introduction)


def release(introduction: PortageIntroduction, *, by: User) -> None:
    """Let a held one leave."""
    with transaction.atomic():
        email = _take(introduction, by)
        introduction.move(State.PENDING, by=by)
        email.release()
        ring(email)


def retry(introduction: PortageIntroduction, *, by: User) -> None:
    """Try a failed one again, to today's addresses of both sides."""
    with transaction.atomic():
        email = _take(introduction, by)
        if introduction.state != State.FAILED:
            raise StateError(_("Cette mise en relation n'est pas en échec : il n'y a rien à renvoyer."))
        introduction.move(State.PENDING, by=by)
        _rewrite(introduction, email)
        if email.state == Email.State.FAILED:  # else staff have already queued the mail itself again
            email.retry()
        ring(email)


def cancel(introduction: PortageIntroduction, *, by: User, reason: str) -> None:
    """Staff decide that it will never leave."""
    with transaction.atomic():
        email = _take(introduction, by)
        email.cancel()  # waits for a mail on its way out, which wins
        introduction.move(State.CANCELLED, by=by, reason=reason)
        letters.cancelled(introduction)


def _take(introduction: PortageIntroduction, by: User) -> Email:
    if not by.is_staff:
        raise PermissionDenied
    rows = PortageIntroduction.objects.select_for_update(of=("self",)).select_related("answer__email")
    introduction.refresh_from_db(from_queryset=rows)
    return _mail(introduction)


def _mail(introduction: PortageIntroduction) -> Email:
    email = introduction.answer.email
    assert email is not None  # noqa: S101  # the database holds it of every yes
    return email


def _rewrite(introduction: PortageIntroduction, email: Email) -> None:
    """The same word of the group's, to people as they are today; who said yes may have left."""
    answer, by = introduction.answer, introduction.accepted_by
    there = Membership.objects.active().filter(organisation=answer.group_id)
    if by is None or not there.filter(user=by).exists():
        by = next(iter(portage_letters.readers(answer.group)), by)
    if by is None:
        return  # nobody of the group is left: the mail goes to whom it was written
    letter = portage_letters.introduction_letter(answer, by=by, message=introduction.word)
    its: dict[str, Any] = dict(mail.rendered(letter["template"], letter["context"], letter["language"]))
    its |= {name: letter[name] for name in ("to", "reply_to")}
    if set(letter["to"]) != set(email.to):
        its["delivered"] = []
    for name, value in its.items():
        setattr(email, name, value)
    email.save(update_fields=list(its))

"""From a group's yes to the one mail that puts both sides in touch, and what became of that mail."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Email, User
from accounts.tasks import deliver
from matching import decisions, letters
from matching.apply import applicant, decider, lock, log
from matching.models import Action, Application, Introduction
from pacte.states import StateError

State = Introduction.State
BATCH = 500


def accept(application: Application, *, by: User, message: str = "") -> Introduction:
    """One acceptance, one introduction, one mail to both: all or nothing, and once whoever clicks again."""
    with transaction.atomic():
        lock(application)
        decider(application, by)
        if not application.company.is_active:
            raise StateError(_("Cette entreprise est suspendue : la mise en relation n'est pas possible."))
        application.move(Application.State.ACCEPTED, by=by, decided_at=timezone.now())
        log(application, Action.Kind.ACCEPTED)
        email = letters.introduction(application, by=by, message=message)
        return Introduction.objects.create(application=application, email=email)


def preview(application: Application, *, by: User, message: str = "") -> dict[str, str]:
    """What `accept` would send, but for the SME's person."""
    return letters.preview(letters.introduction_letter(application, by=by, message=message))


def settle() -> int:
    """Give introductions the fate of their mails. Twice, or by two workers at once, it does the same."""
    with transaction.atomic():
        rows = Introduction.objects.to_settle().select_related("email", "application")
        due = list(rows.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        for introduction in due:
            email = introduction.email
            introduction.move(_fate(introduction), by=None, reason=email.error, sent_at=email.sent_at)
        sent = [one.application for one in due if one.state == State.SENT]
        decisions.record(Action.Kind.INTRODUCED, [(one.opportunity_id, one.company_id) for one in sent])
    return len(due)


def _fate(introduction: Introduction) -> str:
    email = introduction.email
    if introduction.state == State.FAILED and email.state != Email.State.CANCELLED:
        return State.PENDING  # its mail was queued again; the next sweep sees the rest
    fates = {Email.State.SENT: State.SENT, Email.State.FAILED: State.FAILED, Email.State.CANCELLED: State.CANCELLED}
    return fates[Email.State(email.state)]


def hold(introduction: Introduction, *, by: User, reason: str) -> None:
    """Staff stop it before it leaves: a conflict, sanctions, a complaint."""
    with transaction.atomic():
        _take(introduction, by)
        introduction.email.hold()
        introduction.move(State.HELD, by=by, reason=reason)


def release(introduction: Introduction, *, by: User) -> None:
    """Let a held one leave."""
    with transaction.atomic():
        _take(introduction, by)
        introduction.move(State.PENDING, by=by)
        introduction.email.release()
        _ring(introduction.email)


def retry(introduction: Introduction, *, by: User) -> None:
    """Try a failed one again, to today's addresses of both contacts."""
    with transaction.atomic():
        _take(introduction, by)
        introduction.move(State.PENDING, by=by)
        letters.readdress(introduction)
        if introduction.email.state == Email.State.FAILED:  # else staff have already queued the mail itself again
            introduction.email.retry()
        _ring(introduction.email)


def cancel(introduction: Introduction, *, by: User, reason: str) -> None:
    """Staff decide that it will never leave."""
    with transaction.atomic():
        _take(introduction, by)
        _cancel(introduction, by=by, reason=reason)


def withdraw_consent(application: Application, *, by: User, reason: str = "") -> None:
    """The SME changes its mind after the yes and before the mail: nothing is sent, and the group is told."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        introduction = Introduction.objects.select_for_update().filter(application=application).first()
        if introduction is None:
            raise StateError(_("Cette candidature n'a pas de mise en relation en cours."))
        _cancel(introduction, by=by, reason=reason or gettext_noop("Accord retiré par l'entreprise"))
        log(application, Action.Kind.WITHDRAWN)
        letters.withdrawn(application)


def _take(introduction: Introduction, by: User) -> None:
    if not by.is_staff:
        raise PermissionDenied
    rows = Introduction.objects.select_for_update(of=("self",)).select_related("email")
    introduction.refresh_from_db(from_queryset=rows)


def _cancel(introduction: Introduction, *, by: User, reason: str) -> None:
    introduction.email.cancel()  # waits for a mail on its way out, which wins
    introduction.move(State.CANCELLED, by=by, reason=reason)


def _ring(email: Email) -> None:
    transaction.on_commit(lambda: deliver.delay(email.pk), robust=True)

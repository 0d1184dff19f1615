"""From a group's yes to the one mail that puts both sides in touch, and what became of that mail."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import mail_words
from accounts.models import Email, User
from accounts.tasks import deliver
from matching import decisions, introduction_letters, letters, members
from matching.apply import DECIDABLE, applicant, decider, lock, log
from matching.models import Action, Application, Introduction, Keeping, PortageIntroduction
from opportunities.models import Opportunity
from pacte.states import StateError

State = Introduction.State
BATCH = 500
TOLD: dict[str, Callable[[Introduction], None]] = {
    State.FAILED: introduction_letters.undelivered,
    State.CANCELLED: introduction_letters.cancelled,
}


def accept(application: Application, *, by: User, message: str = "") -> Introduction | None:
    """One acceptance, one introduction, one mail to both: all or nothing, and once whoever clicks again.

    None beyond the capacity: it waits for a place, and its SME is told.
    """
    with transaction.atomic():
        lock(application)
        decider(application, by)
        if not application.company.is_active:
            raise StateError(_("Cette entreprise est suspendue : la mise en relation n'est pas possible."))
        if application.is_waiting and not _place_left(application):
            _wait(application, by=by, message=message)
            return None
        return _introduce(application, by=by, message=message)


def _introduce(application: Application, *, by: User | None, message: str) -> Introduction:
    word = message.strip()  # kept: a partner that leaves before the mail does has it written anew
    application.move(Application.State.ACCEPTED, by=by, decided_at=timezone.now(), waiting_word=word)
    log(application, Action.Kind.ACCEPTED)
    email = letters.introduction(application, by=by, message=message)
    return Introduction.objects.create(application=application, email=email)


def _wait(application: Application, *, by: User, message: str) -> None:
    if application.state == Application.State.WAITLISTED:
        raise StateError(_("Toutes les places sont prises : elle reste en liste d'attente."))
    application.move(
        Application.State.WAITLISTED, by=by, waitlisted_at=timezone.now(), waiting_word=message.strip(), awaiting=""
    )
    letters.waitlisted(application)


def _place_left(application: Application) -> bool:
    """Counted under the opportunity's lock: of two acceptances for the last place, one waits."""
    return taken(application.opportunity) < application.opportunity.capacity


def taken(opportunity: Opportunity) -> int:
    """Companies accepted, but for those whose introduction was cancelled."""
    accepted = Application.objects.filter(opportunity=opportunity, state=Application.State.ACCEPTED)
    return accepted.exclude(introduction__state=State.CANCELLED).count()


def promote_waiting() -> int:
    """Places freed go to those that wait, first come first served: the group's yes stands, and so does its word."""
    used = Count(
        "opportunity__applications",
        filter=Q(opportunity__applications__state=Application.State.ACCEPTED)
        & ~Q(opportunity__applications__introduction__state=State.CANCELLED),
    )
    rows = Application.objects.filter(state=Application.State.WAITLISTED, opportunity__state__in=DECIDABLE)
    due = rows.annotate(used=used).filter(used__lt=F("opportunity__capacity")).order_by("waitlisted_at", "pk")
    return sum(map(_promote, due[:BATCH]))


@transaction.atomic
def _promote(application: Application) -> bool:
    lock(application)
    opportunity = application.opportunity
    stays = application.state != Application.State.WAITLISTED or opportunity.state not in DECIDABLE
    if stays or not (opportunity.owner.is_active and application.company.is_active and _place_left(application)):
        return False
    _introduce(application, by=None, message=application.waiting_word)
    return True


def met_before(application: Application) -> datetime | None:
    """When we last put this company and this group in touch about something else, if we ever did."""
    others = Introduction.objects.sent().exclude(application=application)
    pair = others.filter(
        application__company=application.company_id, application__opportunity__owner=application.opportunity.owner_id
    )
    carried = PortageIntroduction.objects.sent().filter(
        answer__request__company=application.company_id, answer__group=application.opportunity.owner_id
    )
    days = [rows.order_by("-sent_at").values_list("sent_at", flat=True).first() for rows in (pair, carried)]
    return max((day for day in days if day), default=None)


def preview(application: Application, *, by: User, message: str = "") -> dict[str, str]:
    """What `accept` would send, but for the SME's person."""
    return letters.preview(letters.introduction_letter(application, by=by, message=message))


def settle() -> int:
    """Give introductions the fate of their mails. Twice, or by two workers at once, it does the same."""
    with transaction.atomic():
        rows = Introduction.objects.to_settle().select_related("email", "application__company")
        due = list(rows.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        for introduction in due:
            email = introduction.email
            introduction.move(
                fate(introduction.state, email), by=None, reason=mail_words.reason(email), sent_at=email.sent_at
            )
            if introduction.state in TOLD:
                TOLD[introduction.state](introduction)
        for introduction in due:
            if introduction.state == State.SENT:
                letters.rung(introduction.email, introduction.application)
        sent = [one.application for one in due if one.state == State.SENT]
        decisions.record(Action.Kind.INTRODUCED, [(one.opportunity_id, one.company_id) for one in sent])
    return len(due)


def fate(state: str, email: Email) -> str:
    """What becomes of an introduction in this state by what became of its mail."""
    if state == State.FAILED and email.state != Email.State.CANCELLED:
        return State.PENDING  # its mail was queued again; the next sweep sees the rest
    fates = {Email.State.SENT: State.SENT, Email.State.FAILED: State.FAILED, Email.State.CANCELLED: State.CANCELLED}
    return fates[Email.State(email.state)]


def hold(introduction: Introduction, *, by: User, reason: str) -> None:
    """Staff stop it before it leaves: a conflict, sanctions, a complaint."""
    with transaction.atomic():
        _take(introduction, by)
        introduction.email.hold()
        introduction.move(State.HELD, by=by, reason=reason)
        introduction_letters.held(introduction)


def release(introduction: Introduction, *, by: User) -> None:
    """Let a held one leave, to today's addresses: people may have left meanwhile."""
    with transaction.atomic():
        _take(introduction, by)
        introduction.move(State.PENDING, by=by)
        letters.rewrite(introduction.email, introduction.application)
        introduction.email.release()
        ring(introduction.email)


def retry(introduction: Introduction, *, by: User) -> None:
    """Try a failed one again, to today's addresses of both contacts."""
    with transaction.atomic():
        _take(introduction, by)
        if introduction.state != State.FAILED:  # a held one would be pending with a mail that never leaves
            raise StateError(_("Cette mise en relation n'est pas en échec."))
        introduction.move(State.PENDING, by=by)
        letters.rewrite(introduction.email, introduction.application)
        if introduction.email.state == Email.State.FAILED:  # else staff have already queued the mail itself again
            introduction.email.retry()
        ring(introduction.email)


def cancel(introduction: Introduction, *, by: User, reason: str) -> None:
    """Staff decide that it will never leave."""
    with transaction.atomic():
        _take(introduction, by)
        _cancel(introduction, by=by, reason=reason)
        introduction_letters.cancelled(introduction)


def withdraw_consent(application: Application, *, by: User, reason: str = "") -> None:
    """The SME changes its mind after the yes: before the mail nothing is sent; after, the group is asked to delete."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        introduction = Introduction.objects.select_for_update().filter(application=application).first()
        if introduction is None:
            raise StateError(_("Cette candidature n'a pas de mise en relation en cours."))
        if introduction.state == State.SENT:
            _ask_to_delete(introduction, application, by)
            return
        _cancel(introduction, by=by, reason=reason or gettext_noop("Accord retiré par l'entreprise"))
        _note_withdrawal(introduction)
        log(application, Action.Kind.WITHDRAWN)
        members.release(application, by=by, what="withdrawn")
        letters.withdrawn(application)


def _ask_to_delete(introduction: Introduction, application: Application, by: User) -> None:
    if introduction.consent_withdrawn_at:
        raise StateError(_("Votre accord est déjà retiré, et le groupe prié d'effacer vos coordonnées."))
    _note_withdrawal(introduction)
    application.record(by=by, changes={"consent": [str(application.consent_at or ""), ""]})
    letters.delete_asked(application)


def _note_withdrawal(introduction: Introduction) -> None:
    """From here on the group's pages show nothing of the file, and it is kept for no other opportunity."""
    introduction.consent_withdrawn_at = timezone.now()
    introduction.save(update_fields=["consent_withdrawn_at"])
    Keeping.objects.end_for(introduction.application)


def _take(introduction: Introduction, by: User) -> None:
    if not by.is_staff:
        raise PermissionDenied
    rows = Introduction.objects.select_for_update(of=("self",)).select_related("email")
    introduction.refresh_from_db(from_queryset=rows)


def _cancel(introduction: Introduction, *, by: User, reason: str) -> None:
    introduction.email.cancel()  # waits for a mail on its way out, which wins
    introduction.move(State.CANCELLED, by=by, reason=reason)


def ring(email: Email) -> None:
    transaction.on_commit(lambda: deliver.delay(email.pk), robust=True)

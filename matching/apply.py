"""An application's life until the group accepts it: one transaction each, the move and its mails together."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import charters
from accounts.models import Membership, User
from matching import consent, decisions, letters, members, snapshot
from matching.models import Action, Application, Call, DeclineReason, InContact, Keeping
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError, listed

State = Application.State
Kind = Action.Kind
DECIDABLE = frozenset({Opportunity.State.PUBLISHED, Opportunity.State.CLOSED})
SECOND_THOUGHTS = timedelta(days=30)
IN_ANOTHER = gettext_lazy("Votre entreprise est déjà dans un groupement qui candidate à cette opportunité.")
GRACE = timedelta(minutes=15)  # after midnight of the last day, for a draft begun before


def lock(application: Application) -> None:
    """Hold the row until the transaction ends, and read it afresh with what decisions and mails need.

    Its opportunity is held before it, as by whoever changes that one: both decide in turn.
    """
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("opportunity__owner", "opportunity__created_by", "company", "contact")
    held = None
    while held != application.opportunity_id:  # staff may move it while we wait
        held = application.opportunity_id
        moderation.lock_all(Opportunity.objects.filter(pk=held))
        try:
            application.refresh_from_db(from_queryset=rows)
        except Application.DoesNotExist:  # the joins looked for what was there before
            application.refresh_from_db(from_queryset=rows)


def applicant(application: Application, user: User) -> None:
    """PermissionDenied unless this person may act for the applying company."""
    membership = user.membership
    if membership is None or membership.organisation_id != application.company_id or not membership.can_edit:
        raise PermissionDenied
    if not membership.organisation.is_active:
        raise StateError(_("Votre entreprise est suspendue : elle ne peut pas candidater pour le moment."))


def decider(application: Application, user: User) -> None:
    """PermissionDenied unless this person may decide for the group, and is not of the applying company."""
    membership = user.membership
    if membership is None or membership.organisation_id != application.opportunity.owner_id or not membership.can_edit:
        raise PermissionDenied
    if not membership.organisation.is_active or works_for(user, application.company_id):
        raise PermissionDenied
    if application.opportunity.state not in DECIDABLE:
        raise StateError(_("Cette opportunité est suspendue ou retirée : ses candidatures ne bougent plus."))


def works_for(user: User, organisation_id: int) -> bool:
    return Membership.objects.active().filter(user=user, organisation_id=organisation_id).exists()


def start(opportunity: Opportunity, user: User) -> tuple[Application, bool]:
    """The company's application to this opportunity, and whether it is new; a withdrawn one becomes a draft again."""
    membership = user.membership
    if membership is None or not user.is_sme or not membership.can_edit:
        raise PermissionDenied
    draft = Application(opportunity=opportunity, company=membership.organisation)
    applicant(draft, user)
    not_own(draft, user)
    with transaction.atomic():
        moderation.lock(opportunity)
        try:
            application, created = Application.objects.get_or_create(
                opportunity=opportunity,
                company=membership.organisation,
                defaults={"created_by": user, "contact": user},
            )
        except IntegrityError:  # the database lets a company be in one application, its own or another's
            raise StateError(IN_ANOTHER) from None
        lock(application)
        if created or application.state == State.WITHDRAWN:
            in_time(application)
        if application.state == State.WITHDRAWN:
            blank: dict[str, Any] = {"sent_at": None, "seen_at": None, "consent_at": None, "waitlisted_at": None}
            try:
                application.move(State.DRAFT, by=user, consent_version="", waiting_word="", awaiting="", **blank)
            except IntegrityError:
                raise StateError(IN_ANOTHER) from None
    return application, created


def not_own(application: Application, user: User) -> None:
    if works_for(user, application.opportunity.owner_id):
        raise StateError(_("Cette opportunité vient de votre propre groupe : vous ne pouvez pas y candidater."))


def end_of(opportunity: Opportunity) -> datetime | None:
    """The first moment after the last day, in Paris."""
    if opportunity.apply_by is None or opportunity.apply_by == date.max:
        return None
    return timezone.make_aware(datetime.combine(opportunity.apply_by + timedelta(days=1), time.min))


def in_time(application: Application) -> None:
    """StateError unless the opportunity takes this application now: the last day whole, and GRACE for a draft."""
    opportunity, end, now = application.opportunity, end_of(application.opportunity), timezone.now()
    if not opportunity.owner.is_active:
        raise StateError(_("Cette opportunité ne reçoit plus de candidatures. Votre brouillon est gardé."))
    begun_before = end is not None and application.created_at < end and now < end + GRACE
    at_deadline = opportunity.state == Opportunity.State.CLOSED and (
        end is not None and opportunity.closed_at is not None and opportunity.closed_at >= end
    )
    if opportunity.state == Opportunity.State.PUBLISHED and (end is None or now < end or begun_before):
        return
    if at_deadline and begun_before:
        return
    raise StateError(_("Cette opportunité ne reçoit plus de candidatures. Votre brouillon est gardé."))


def too_late(application: Application) -> str:
    """Why a draft cannot leave any more, in words; or nothing."""
    try:
        in_time(application)
    except StateError as error:
        return str(error)
    return ""


def save(
    application: Application, *, by: User, pitch: str, contact: User | None, answers: Mapping[str, str] | None = None
) -> None:
    """Keep a draft; StateError once it has left."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if application.state != State.DRAFT:
            raise StateError(_("Cette candidature est déjà partie : elle ne se modifie plus."))
        application.pitch, application.contact = pitch, contact
        application.answers = {**application.answers, **(answers or {})}  # those to a question since dropped too
        application.save(update_fields=["pitch", "contact", "answers"])


def may_revise(application: Application) -> bool:
    """Whether its company may change what it sent: until the group opens it, or when it asks, or changed its need."""
    unread = application.state == State.SENT and application.seen_at is None
    open_again = unread or application.may_recheck or application.is_asked
    return open_again and application.opportunity.state in DECIDABLE


def revise(
    application: Application, *, by: User, pitch: str, contact: User | None, answers: Mapping[str, str] | None = None
) -> None:
    """Change what was sent while nobody has read it, or as the group asks; StateError else."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if not may_revise(application):
            raise StateError(_("Le groupe a ouvert votre candidature : elle ne se modifie plus."))
        before = application.pitch
        application.pitch, application.contact = pitch, contact
        application.answers = {**application.answers, **(answers or {})}
        complete(application, consented=True)
        anew = snapshot.take(application) if application.is_asked else snapshot.words(application)
        application.snapshot = application.snapshot | anew
        application.recheck_by = application.seen_at = None  # to be read again
        application.save(update_fields=["pitch", "contact", "answers", "snapshot", "recheck_by", "seen_at"])
        application.record(by=by, changes={"pitch": [before, pitch]})


def confirm(application: Application, *, by: User) -> None:
    """What it applied to has changed, and it still stands as it was written."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if not application.may_recheck:
            raise StateError(_("Il n'y a rien à confirmer : votre candidature est en place."))
        asked, application.recheck_by = application.recheck_by, None
        application.save(update_fields=["recheck_by"])
        application.record(by=by, changes={"recheck_by": [str(asked), None]})


def tell_contact(application: Application, *, by: User, answer: str) -> None:
    """Once the group's name is known, the company says whether they had met: the figures count it apart."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if not application.may_tell_contact:
            raise StateError(_("Cette question se pose quand le nom du groupe est connu, tant que rien n'est fini."))
        _note_contact(application, by, answer)


def relaunched(application: Application, *, by: User, text: str) -> None:
    """Staff took the matter up again with the group, as its company asked."""
    with transaction.atomic():
        lock(application)
        note_call(application, by=by, text=text)
        if application.in_contact != InContact.RELAUNCH:
            raise StateError(_("Cette relance a déjà été faite."))
        _note_contact(application, by, InContact.YES)


def _note_contact(application: Application, by: User, answer: str) -> None:
    application.record(by=by, changes={"in_contact": [application.in_contact, answer]})
    application.in_contact = answer
    application.save(update_fields=["in_contact"])


def send(application: Application, *, by: User, consented: bool, in_contact: str = "") -> None:
    """Freeze the profile and send it to the group, with the receipt to the SME."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        not_own(application, by)
        if application.state == State.DRAFT:  # otherwise the move says why not
            in_time(application)
            complete(application, consented=consented)
            charters.require(application.company)
        if application.state == State.DECLINED:  # from there the group alone may bring it back
            raise StateError(_("Le groupe a répondu : cette candidature ne se renvoie pas."))
        now = timezone.now()
        application.move(
            State.SENT,
            by=by,
            sent_at=now,
            promised_by=application.opportunity.answer_by,
            consent_at=now,
            consent_version=consent.VERSION,
            in_contact="" if application.opportunity.confidential else in_contact,
            snapshot=snapshot.take(application) | {"consent": consent.text(application)},
        )
        log(application, Kind.APPLIED)
        members.seal(application, by=by)
        letters.received(application)
        letters.arrived(application)


def complete(application: Application, *, consented: bool) -> None:
    """StateError naming what lacks before it may leave."""
    if not consented:
        raise StateError(_("Sans votre accord, rien n'est transmis : cochez la case pour envoyer la candidature."))
    if not application.pitch.strip():
        raise StateError(_("Présentez votre candidature en quelques lignes avant de l'envoyer."))
    if missing := unanswered(application):
        raise StateError(_("Il manque une réponse : « %s »") % missing[0])
    if application.contact is None or not works_for(application.contact, application.company_id):
        raise StateError(_("Choisissez une personne à contacter parmi les membres de votre entreprise."))


def unanswered(application: Application) -> list[str]:
    """The group's questions that must be answered and are not."""
    asked = [one["text"] for one in application.opportunity.questions if one["required"]]
    return [text for text in asked if not application.answers.get(text, "").strip()]


def see(application: Application, *, by: User) -> None:
    """The group's first look is noted, once; staff and the SME's own looks are not."""
    if by.organisation is None or by.organisation.pk != application.opportunity.owner_id:
        return
    unread = Application.objects.filter(pk=application.pk, seen_at=None, sent_at__isnull=False)
    if unread.update(seen_at=timezone.now()):  # from here on its company changes nothing more
        application.refresh_from_db(fields=["seen_at", "snapshot"])


def withdraw(application: Application, *, by: User, reason: str = "") -> None:
    """The SME takes it back, before any introduction; the group is told if it had received it."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        take_back(application, by=by, reason=reason)


def take_back(application: Application, *, by: User, reason: str, ceased: bool = False) -> None:
    """One that is locked, of a company that has the right to, or that has `ceased`."""
    was_sent = application.is_waiting
    application.move(State.WITHDRAWN, by=by, reason=reason)
    Keeping.objects.end_for(application)
    members.release(application, by=by, what="withdrawn")
    if was_sent:
        log(application, Kind.WITHDRAWN)
        letters.withdrawn(application, ceased=ceased)


def shortlist(application: Application, *, by: User) -> None:
    """The group keeps it for a second look; the SME is told."""
    with transaction.atomic():
        lock(application)
        decider(application, by)
        application.move(State.SHORTLISTED, by=by)
        log(application, Kind.SHORTLISTED)
        letters.shortlisted(application)


def decline(application: Application, *, by: User, reason: str, text: str = "") -> None:
    """The group says no, and why."""
    with transaction.atomic():
        lock(application)
        decider(application, by)
        changes: dict[str, Any] = {"decided_at": timezone.now(), "decline_reason": reason, "decline_text": text}
        application.move(State.DECLINED, by=by, reason=listed(DeclineReason(reason).label, text), **changes)
        log(application, Kind.DECLINED, reason=reason)
        letters.declined(application)
        members.tell(application, "declined")


def reexamine(application: Application, *, by: User) -> None:
    """A no is taken back: by the group within thirty days, by staff at any time; the SME is told."""
    with transaction.atomic():
        lock(application)
        if not by.is_staff:
            decider(application, by)
            if not may_reexamine(application):
                raise StateError(_("Trente jours ont passé depuis votre réponse : écrivez-nous pour y revenir."))
        elif application.opportunity.state not in DECIDABLE:
            raise StateError(_("Cette opportunité est suspendue ou retirée : ses candidatures ne bougent plus."))
        if application.state != State.DECLINED:  # a draft is sent by its company
            raise StateError(_("Cette candidature n'a pas été déclinée."))
        application.move(State.SENT, by=by, decided_at=None, decline_reason="", decline_text="", awaiting="")
        letters.reexamined(application)


def may_reexamine(application: Application) -> bool:
    """Whether its group may still take its no back."""
    declined_at = application.decided_at
    return declined_at is None or timezone.now() < declined_at + SECOND_THOUGHTS


def leave_unanswered(application: Application) -> None:
    """Nobody answered, reminders or not: it ends, and the SME gets our apologies. The ladder says when."""
    with transaction.atomic():
        lock(application)
        _unanswered(application, by=None)


def apologise(application: Application, *, by: User, reason: str) -> None:
    """The same before its time: staff know that no answer will come. Their reason is read by staff alone."""
    with transaction.atomic():
        lock(application)
        if not by.is_staff:
            raise PermissionDenied
        if application.is_waiting and not application.is_overdue:  # else the move says why not
            raise StateError(_("La date promise n'est pas passée : le groupe peut encore répondre."))
        _unanswered(application, by=by, reason=moderation.given(reason))


def _unanswered(application: Application, *, by: User | None, reason: str = "") -> None:
    application.move(State.UNANSWERED, by=by, reason=reason, decided_at=timezone.now())
    letters.unanswered(application)
    members.tell(application, "unanswered")


def note_call(application: Application, *, by: User, text: str) -> Call:
    """What the staff heard from a group that is late."""
    if not by.is_staff:
        raise PermissionDenied
    return Call.objects.create(application=application, author=by, text=text.strip())


def log(application: Application, kind: Action.Kind, *, reason: str = "") -> None:
    """Keep what was decided, with the match of that moment, for the scores to come."""
    decisions.record(kind, [(application.opportunity_id, application.company_id)], reason=reason)


def cancel_withdrawn() -> int:
    """News from below: applications whose opportunity was withdrawn or refused end, and their SMEs are told."""
    gone = [Opportunity.State.WITHDRAWN, Opportunity.State.REJECTED]
    orphans = Application.objects.filter(
        opportunity__state__in=gone, state__in=[State.DRAFT, State.SENT, State.SHORTLISTED, State.WAITLISTED]
    )
    count = 0
    for application in orphans[:500]:
        try:
            cancel(application)
        except StateError:
            continue  # another worker, or its own SME, was faster
        count += 1
    return count


def cancel(application: Application) -> None:
    with transaction.atomic():
        lock(application)
        application.move(State.CANCELLED, by=None, reason=gettext_noop("L'opportunité a été retirée"))
        members.release(application, by=None, what="cancelled")
        letters.cancelled(application)

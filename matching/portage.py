"""The life of a portage that an SME asks for: one transaction each, the move and its mails together."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import visibility
from accounts.models import Membership, Organisation, User
from accounts.taxonomy import places
from matching import portage_introduction
from matching import portage_letters as letters
from matching.models import DeclineReason, PortageAnswer, PortageMessage, PortageRequest, Side
from matching.models.portage import LIFE
from pacte.states import StateError, listed
from pacte.workdays import add_workdays, at_work

State = PortageRequest.State
Answer = PortageAnswer.State
GOING = (State.TO_REVIEW, State.WITH_GROUPS)
ANSWER_DAYS = 10  # working days that a group has, as for any application


CONSENT = gettext_lazy(
    "J'accepte que mon projet soit transmis aux groupes présents dans ce pays, et que le nom de mon entreprise et les "
    "coordonnées de la personne à contacter le soient au groupe qui accepte. Je peux retirer cet accord tant "
    "qu'aucun n'a accepté."
)  # the sentence beside the box; what was read is kept


def present_in(country: str, company: Organisation) -> Any:
    """Groups that may act and have a team in this country, or said so of its zone; where the SME shows itself.

    Not those that make a pause, nor those that were asked as often this month as they wish to be.
    """
    there = Organisation.objects.groups().active().exclude(siren__in=visibility.groups_kept_out(company))
    there = there.filter(group_profile__places__overlap=list(places.ancestors(country)))
    there = there.exclude(group_profile__portages_from__gt=timezone.localdate())
    this_month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    asked = Count("portage_answers", filter=Q(portage_answers__asked_at__gte=this_month))
    most = F("group_profile__portages_a_month")
    few = Q(group_profile__portages_a_month=None) | Q(asked__lt=most)
    return there.alias(asked=asked).filter(few).order_by("name")


def ask(*, by: User, fields: Mapping[str, Any]) -> PortageRequest:
    """The SME asks; one open request a country, whoever of its people wrote it."""
    company = _company_of(by)
    now = timezone.now()
    try:
        with transaction.atomic():
            request = PortageRequest.objects.create(
                company=company,
                consent_at=now,
                consent_text=str(CONSENT),
                expires_on=timezone.localdate(now) + LIFE,
                **fields,
            )
            letters.received(request)
    except IntegrityError as error:
        if "portage_one_open_per_country" not in str(error):
            raise
        raise StateError(_("Votre entreprise a déjà une demande en cours pour ce pays.")) from error
    return request


def route(request: PortageRequest, groups: Collection[Organisation], *, by: User) -> None:
    """Staff put it to groups that are there; each owes an answer by a date."""
    with transaction.atomic():
        lock(request)
        _staff(by)
        _alive(request)
        there = set(present_in(request.country, request.company).filter(pk__in=[one.pk for one in groups]))
        new = there - {answer.group for answer in request.answers.select_related("group")}
        if not new:
            raise StateError(_("Choisissez au moins un groupe présent dans ce pays qui ne l'a pas encore reçue."))
        if request.state == State.TO_REVIEW:
            request.move(State.WITH_GROUPS, by=by)
        for group in sorted(new, key=lambda one: one.pk):
            letters.proposed(_answer(request, group))
        letters.routed(request, len(new))


def open_up(request: PortageRequest, *, by: User) -> None:
    """Staff show it to every group that is there; whoever wants it takes it up."""
    with transaction.atomic():
        lock(request)
        _staff(by)
        _alive(request)
        if request.opened:
            raise StateError(_("Cette demande est déjà ouverte aux groupes présents."))
        count = present_in(request.country, request.company).count()
        if not count:
            raise StateError(_("Aucun groupe n'a déclaré de présence dans ce pays."))
        if request.state == State.TO_REVIEW:
            request.move(State.WITH_GROUPS, by=by, opened=True)
        else:
            request.record(by=by, changes={"opened": [False, True]})
            request.opened = True
            request.save(update_fields=["opened"])
        letters.opened(request, count)


def refuse(request: PortageRequest, *, by: User, reason: str) -> None:
    with transaction.atomic():
        lock(request)
        _staff(by)
        request.move(State.REFUSED, by=by, reason=reason, refusal=reason)
        letters.refused(request)


def note_call(answer: PortageAnswer, *, by: User, text: str) -> None:
    """What staff heard from a group that is late: a line of the answer's history, which they alone read."""
    _staff(by)
    answer.history.create(actor=by, before=answer.state, after=answer.state, reason=text.strip())


def withdraw(request: PortageRequest, *, by: User) -> None:
    """The SME gives it up; the groups that were still looking at it are told."""
    with transaction.atomic():
        lock(request)
        applicant(request, by)
        give_up(request, by=by)


def give_up(request: PortageRequest, *, by: User) -> None:
    """One that is locked, of a company that has the right to, or that has ceased."""
    request.move(State.WITHDRAWN, by=by)
    _release(request, gettext_noop("L'entreprise a retiré sa demande"))


def leave_out(group: Organisation, *, by: User) -> None:
    """A group that has ceased owes no answer; staff see again what nobody else was asked."""
    with transaction.atomic():
        for request in PortageRequest.objects.filter(answers__in=group.portage_answers.waiting()).order_by("pk"):
            lock(request)
            for answer in request.answers.waiting().filter(group=group):
                reason = gettext_noop("Le groupe a quitté la plateforme")
                answer.move(Answer.CANCELLED, by=by, reason=reason, decided_at=timezone.now(), awaiting="")
            _back_to_staff(request)


def accept(request: PortageRequest, *, by: User, message: str = "") -> PortageAnswer:
    """One yes, one mail to both sides: all or nothing, and once whoever clicks again or is second."""
    with transaction.atomic():
        lock(request)
        group = _decider(request, by)
        if not request.company.is_active:
            raise StateError(_("Cette entreprise est suspendue : la mise en relation n'est pas possible."))
        if request.state != State.WITH_GROUPS:
            raise StateError(_("Cette demande n'attend plus de réponse."))
        answer = _own_answer(request, group)
        email = letters.introduction(answer, by=by, message=message)
        answer.move(Answer.ACCEPTED, by=by, decided_at=timezone.now(), email=email, awaiting="")
        portage_introduction.begin(answer, by=by, message=message)
        request.move(State.INTRODUCED, by=by)
        _release(request, gettext_noop("Un autre groupe a accepté"))
        return answer


def decline(request: PortageRequest, *, by: User, reason: str, text: str = "") -> None:
    """A group says no, and why."""
    with transaction.atomic():
        lock(request)
        answer = _own_answer(request, _decider(request, by))
        changes: dict[str, Any] = {"decided_at": timezone.now(), "decline_reason": reason, "decline_text": text}
        said = listed(DeclineReason(reason).label, text)
        answer.move(Answer.DECLINED, by=by, reason=said, awaiting="", **changes)
        letters.declined(answer)
        _back_to_staff(request)


def question(request: PortageRequest, *, by: User, text: str) -> PortageMessage:
    """A group asks; its clock waits for the answer, five working days at most."""
    with transaction.atomic():
        lock(request)
        answer = _own_answer(request, _decider(request, by))
        message = _write(answer, Side.GROUP, by, text)
        letters.asked(message)
        return message


def reply(answer: PortageAnswer, *, by: User, text: str) -> PortageMessage:
    """The SME answers what it was asked."""
    with transaction.atomic():
        lock(answer.request)
        applicant(answer.request, by)
        answer.refresh_from_db()
        if answer.awaiting != Side.SME:
            raise StateError(_("Aucune question n'attend votre réponse."))
        message = _write(answer, Side.SME, by, text)
        letters.replied(message)
        return message


def leave_unanswered(answer: PortageAnswer) -> None:
    """A group never answered: the SME gets our apologies, and staff look for another."""
    with transaction.atomic():
        lock(answer.request)
        answer.refresh_from_db()
        answer.move(Answer.UNANSWERED, by=None, decided_at=timezone.now(), awaiting="")
        letters.unanswered(answer)
        _back_to_staff(answer.request)


def expire_due() -> int:
    """In office hours, requests that led nowhere in their time end, and their SMEs are told."""
    if not at_work(timezone.now()):
        return 0
    due = PortageRequest.objects.alive().filter(expires_on__lt=timezone.localdate())
    return sum(map(_expire, due.order_by("pk")[:500]))


@transaction.atomic
def _expire(request: PortageRequest) -> bool:
    lock(request)
    if not request.is_alive:
        return False
    request.move(State.EXPIRED, by=None)
    _release(request, gettext_noop("La demande est arrivée à son terme"))
    letters.expired(request)
    return True


def _write(answer: PortageAnswer, side: Side, by: User, text: str) -> PortageMessage:
    if not answer.is_waiting:
        raise StateError(_("Cette demande n'attend plus de réponse."))
    if not text.strip():
        raise StateError(_("Écrivez votre message."))
    answer.awaiting = Side.GROUP if side == Side.SME else Side.SME
    answer.save(update_fields=["awaiting"])
    return PortageMessage.objects.create(answer=answer, side=side, author=by, text=text.strip())


def _back_to_staff(request: PortageRequest) -> None:
    """When the last group asked has said no, staff see it again; one that is open to all stays so."""
    if request.state == State.WITH_GROUPS and not request.opened and not request.answers.waiting().exists():
        reason = gettext_noop("Aucun des groupes consultés n'a accepté")
        request.move(State.TO_REVIEW, by=None, reason=reason)


def _release(request: PortageRequest, reason: str) -> None:
    """Groups that still owed an answer owe none any more."""
    for answer in request.answers.waiting().select_related("group"):
        answer.request = request
        answer.move(Answer.CANCELLED, by=None, reason=reason, decided_at=timezone.now(), awaiting="")
        letters.cancelled(answer)


def _answer(request: PortageRequest, group: Organisation) -> PortageAnswer:
    answer_by = add_workdays(timezone.localdate(), ANSWER_DAYS)
    answer = PortageAnswer(request=request, group=group, answer_by=answer_by)
    answer.save()
    return answer


def _own_answer(request: PortageRequest, group: Organisation) -> PortageAnswer:
    """The group's own, made now where it takes up what is open to all."""
    answer = request.answers.filter(group=group).first()
    if answer is None:
        if request.state != State.WITH_GROUPS:
            raise StateError(_("Cette demande n'attend plus de réponse."))
        answer = _answer(request, group)
    answer.request, answer.group = request, group
    return answer


def lock(request: PortageRequest) -> None:
    rows = PortageRequest.objects.select_for_update(of=("self",)).select_related("company", "contact")
    request.refresh_from_db(from_queryset=rows)


def _alive(request: PortageRequest) -> None:
    if not request.is_alive:
        raise StateError(_("Cette demande est terminée."))


def _staff(user: User) -> None:
    if not user.is_staff:
        raise PermissionDenied


def _company_of(user: User) -> Organisation:
    membership = user.membership
    if membership is None or not user.is_sme or not membership.can_edit:
        raise PermissionDenied
    if not membership.organisation.is_active:
        raise StateError(_("Votre entreprise est suspendue : elle ne peut rien demander pour le moment."))
    return membership.organisation


def applicant(request: PortageRequest, user: User) -> None:
    """PermissionDenied unless this person may act for the company that asks."""
    membership = user.membership
    if membership is None or membership.organisation_id != request.company_id or not membership.can_edit:
        raise PermissionDenied


def _decider(request: PortageRequest, user: User) -> Organisation:
    """The group of a person who may answer for it: it was asked, or the request is open and it is there."""
    membership = user.membership
    if membership is None or not user.is_group or not membership.can_edit or not membership.organisation.is_active:
        raise PermissionDenied
    group = membership.organisation
    known = PortageRequest.objects.filter(pk=request.pk).filter(
        Q(answers__group=group) | Q(opened=True, pk__in=PortageRequest.objects.shown_to(user))
    )
    also_there = Membership.objects.active().filter(user=user, organisation_id=request.company_id)
    if not known.exists() or also_there.exists():
        raise PermissionDenied
    return group

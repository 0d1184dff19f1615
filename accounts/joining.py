"""Asking to act for an organisation that is already here: its administrators decide; when nobody answers, staff do."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts import domains, mail
from accounts.models import JoinRequest, Membership, Organisation, User
from accounts.onboarding import Person
from pacte.states import StateError
from pacte.workdays import at_work

State = JoinRequest.State
REMINDERS = (3, 7)  # days after it was asked
STAFF_AFTER, LASTS = timedelta(days=10), timedelta(days=30)
MOST = 3  # that one person may have open
BATCH = 200


def helm(organisation: Organisation) -> QuerySet[Membership]:
    """Who administers it and can be reached."""
    return _reachable().filter(organisation=organisation)


def _reachable() -> QuerySet[Membership]:
    reached = EmailAddress.objects.filter(verified=True).values("user")
    return Membership.objects.admins().filter(user__is_active=True, user__in=reached).select_related("user")


def ask(organisation: Organisation, *, by: User, message: str = "") -> JoinRequest:
    """Once, however often it is asked. StateError: this person is there already, or asks of too many."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if Membership.objects.active().filter(user=by, organisation=organisation).exists():
            raise StateError(_("Vous faites déjà partie de cette organisation."))
        its = JoinRequest.objects.open().filter(user=by)
        if made := its.filter(organisation=organisation).first():
            return made
        if its.count() >= MOST:
            raise StateError(_("Trois demandes en attente au plus : retirez-en une d'abord."))
        made = JoinRequest.objects.create(organisation=organisation, user=by, message=message)
        if EmailAddress.objects.filter(user=by, verified=True).exists():
            _pass_on(made)
    return made


def come_and_ask(organisation: Organisation, person: Person, *, message: str) -> User:
    """A new account that asks; nobody is told before it is confirmed. IntegrityError: the address is taken."""
    with transaction.atomic():
        user = User.objects.create_user(
            person.email, person.password, first_name=person.first_name, last_name=person.last_name,
            language=person.language,
        )  # fmt: skip
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        ask(organisation, by=user, message=message)
    return user


def address_confirmed(user: User) -> None:
    """What waited for that goes on; twice does no more."""
    with transaction.atomic():
        waiting = JoinRequest.objects.select_for_update(of=("self",)).filter(user=user, state=State.TO_CONFIRM)
        for request in waiting.select_related("organisation", "user"):
            _pass_on(request)


def accept(request: JoinRequest, role: str, *, by: User) -> Membership:
    """They come in, and are told. StateError: somebody was faster, or it was taken back."""
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update(no_key=True).get(pk=request.organisation_id)
        _may_decide(organisation, by)
        if request.state == State.TO_CONFIRM:
            raise StateError(_("Cette personne n'a pas encore confirmé son adresse."))
        return _let_in(request, organisation, role if helm(organisation).exists() else Membership.Role.ADMIN, by)


def inherit(organisation: Organisation) -> bool:
    """Whoever asked first takes over what was signed up by somebody who never confirmed; False: nobody asked.

    The unconfirmed sign-up goes, so that its link, followed late, opens nothing.
    """
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        first = waiting_for(organisation).first()
        if first is None:
            return False
        strangers = list(organisation.memberships.values_list("user", flat=True))
        _let_in(first, organisation, Membership.Role.ADMIN, None, unasked=True)
        organisation.memberships.filter(user__in=strangers).delete()
    return True


def _let_in(
    request: JoinRequest, organisation: Organisation, role: str, by: User | None, *, unasked: bool = False
) -> Membership:
    request.move(State.ACCEPTED, by=by)
    membership, new = Membership.objects.get_or_create(
        user=request.user, organisation=organisation, ended_at=None, defaults={"role": role}
    )
    if new:
        organisation.record(by=by, changes={str(request.user): ["", str(Membership.Role(role).label)]})
        request.user.act_for(membership)
    button = {"action_url": _url(reverse("dashboard")), "action_label": gettext_lazy("Ouvrir mon tableau de bord")}
    _tell(request, "join_accepted", unasked=unasked, role=Membership.Role(membership.role).label, **button)
    return membership


def refuse(request: JoinRequest, *, by: User, reason: str = "") -> None:
    """They are told, with the reason if one is given; they may write to us."""
    with transaction.atomic():
        _may_decide(request.organisation, by)
        request.move(State.REFUSED, by=by, reason=reason)
        _tell(request, "join_refused", reason_text=reason)


def withdraw(request: JoinRequest, *, by: User) -> None:
    if request.user != by:
        raise PermissionDenied
    request.move(State.WITHDRAWN, by=by)


def chase() -> int:
    """In office hours: hand over to staff, end what is too old. Answers how many it touched; twice is once."""
    now = timezone.now()
    if not at_work(now):
        return 0
    waiting = JoinRequest.objects.asked()
    over = Q(asked_at__lte=now - LASTS)
    late = Q(asked_at__lte=now - STAFF_AFTER, staff_since=None)
    due = waiting.filter(over | late).order_by("asked_at").values_list("pk", flat=True)
    return sum(_chase(pk) for pk in list(due[:BATCH]))


def to_remind(now: datetime) -> Iterator[tuple[JoinRequest, int, list[User]]]:
    """What waits for its administrators, the rung of REMINDERS that they have not been told, and them; two queries."""
    today = timezone.localdate(now)
    due = Q()
    for days in REMINDERS:
        due |= Q(asked_at__date__lte=today - timedelta(days=days), reminded__lt=days)
    rows = JoinRequest.objects.asked().filter(due, staff_since=None, asked_at__gt=now - STAFF_AFTER)
    found = list(rows.select_related("organisation", "user").order_by("asked_at", "pk")[:BATCH])
    people: dict[int, list[User]] = defaultdict(list)
    for one in _reachable().filter(organisation__in={request.organisation_id for request in found}).order_by("pk"):
        people[one.organisation_id].append(one.user)
    for request in found:
        age = (today - timezone.localdate(request.asked_at)).days
        yield request, max(days for days in REMINDERS if days <= age), people[request.organisation_id]


def note_reminded(request: JoinRequest, rung: int) -> None:
    """Its administrators were told; in the transaction of the mail."""
    JoinRequest.objects.filter(pk=request.pk).update(reminded=rung)


@transaction.atomic
def _chase(pk: int) -> bool:
    rows = JoinRequest.objects.asked().select_for_update(of=("self",), skip_locked=True)
    request = rows.select_related("organisation", "user").filter(pk=pk).first()
    if request is None or request.asked_at is None:
        return False
    age = timezone.now() - request.asked_at
    if age >= LASTS:
        request.move(State.EXPIRED, by=None, reason=gettext_noop("sans réponse"))
        _tell(request, "join_expired")
    elif age >= STAFF_AFTER:
        _to_staff(request)
    else:
        return False
    return True


def _pass_on(request: JoinRequest) -> None:
    """To who administers; to staff when nobody does, or when the organisation may not act."""
    now = timezone.now()
    request.move(State.ASKED, by=request.user, asked_at=now)
    people = list(helm(request.organisation)) if request.organisation.is_active else []
    if people:
        _ask_helm(request, people)
    else:
        _to_staff(request)


def _to_staff(request: JoinRequest) -> None:
    request.staff_since = timezone.now()
    request.save(update_fields=["staff_since"])
    _tell(request, "join_with_staff")


def _may_decide(organisation: Organisation, by: User) -> None:
    if not by.is_staff and not organisation.memberships.admins().filter(user=by).exists():
        raise PermissionDenied


def _ask_helm(request: JoinRequest, people: Iterable[Membership]) -> None:
    """Each who administers, at once; reminders are lines of the one mail a day."""
    for membership in people:
        mail.queue(
            key=f"join_asked:{request.pk}:{membership.user_id}",
            to=[membership.user.email],
            template="join_asked",
            language=membership.user.language,
            about=f"organisation:{request.organisation_id}",
            context={
                "organisation": request.organisation,
                "person": membership.user,
                "asker": request.user,
                "message": request.message,
                "hint": domains.hint(request.user.email, request.organisation),
                "asked_at": request.asked_at,
                "action_url": _url(request.get_absolute_url()),
                "action_label": gettext_lazy("Voir la demande"),
            },
        )


def _tell(request: JoinRequest, template: str, *, unasked: bool = False, **context: Any) -> None:
    """The one who asked; who else acts for the organisation is never named to them."""
    mail.queue(
        key=f"{template}:{request.pk}",
        to=[request.user.email],
        template=template,
        language=request.user.language,
        reply_to=[settings.CONTACT_EMAIL],
        about=f"organisation:{request.organisation_id}",
        unasked=unasked,
        context={"name": request.public_name, "person": request.user, **context},
    )


def _url(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def waiting_for(organisation: Organisation) -> QuerySet[JoinRequest]:
    """What its administrators have to answer, the oldest first."""
    return JoinRequest.objects.asked().filter(organisation=organisation).select_related("user").order_by("asked_at")


def of_person(user: User) -> QuerySet[JoinRequest]:
    """What this person asked and may read of; the latest first."""
    rows = JoinRequest.objects.filter(user=user).exclude(state=State.WITHDRAWN)
    return rows.select_related("organisation").order_by(F("asked_at").desc(nulls_first=True), "-pk")[:10]

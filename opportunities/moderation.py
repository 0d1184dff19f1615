"""An opportunity's moves with the mails that tell of them, one transaction each. Pages and admin call these.

Each locks the row, checks who asks, moves, writes the mails. PermissionDenied: not their business; StateError: not
now, in words for people.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import charters
from accounts.models import User
from opportunities import checks, letters, upkeep
from opportunities.history import label
from opportunities.models import Attachment, CountryNotice, Opportunity, RejectReason
from pacte.states import StateError, said_lazy
from pacte.workdays import add_workdays


class OwedError(StateError):
    """A submission that waits for something else to be done, at the address `way`."""

    def __init__(self, text: str, way: str) -> None:
        super().__init__(text)
        self.way = way


NOTICE = timedelta(days=7)  # an SME needs that long to answer
WITHDRAWN_BY_STAFF = gettext_lazy("L'opportunité a été retirée par notre équipe.")
SLA = 2  # working days within which staff answer a group


def lock(opportunity: Opportunity) -> None:
    """Hold the row until the transaction ends, and read it afresh with those it belongs to.

    Always before its applications, their introductions and mails; of several, the oldest first (`lock_all`): in one
    order, nobody waits for somebody who waits for them. Rows that only point to it may still be written.
    """
    rows = Opportunity.objects.select_for_update(of=("self",), no_key=True).select_related("owner", "created_by")
    try:
        opportunity.refresh_from_db(from_queryset=rows)
    except Opportunity.DoesNotExist:  # it went to another group while we waited: the join looked for the one before
        opportunity.refresh_from_db(from_queryset=rows)


def lock_all(rows: QuerySet[Opportunity]) -> None:
    """Hold several until the transaction ends."""
    list(Opportunity.objects.filter(pk__in=rows.values("pk")).select_for_update(no_key=True).order_by("pk"))


def lock_as_read(opportunity: Opportunity) -> None:
    """The same as `lock`; StateError when somebody changed it since it was read: who decides must know what."""
    seen = opportunity.revision
    lock(opportunity)
    if opportunity.revision != seen:
        raise StateError(_("Quelqu'un vient de changer cette opportunité : relisez-la, puis recommencez."))


def answer_due(opportunity: Opportunity) -> date | None:
    """The day by which staff have promised an answer."""
    sent = opportunity.submitted_at
    return add_workdays(timezone.localdate(sent), SLA) if sent else None


def submit(opportunity: Opportunity, *, by: User) -> None:
    """The group asks for publication (E-30)."""
    with transaction.atomic():
        lock(opportunity)
        group(opportunity, by)
        if opportunity.can_move(Opportunity.State.SUBMITTED) and (found := checks.problems(opportunity)):
            raise StateError(
                ngettext("Un point reste à compléter.", "%(count)s points restent à compléter.", len(found))
                % {"count": len(found)}
            )
        if opportunity.can_move(Opportunity.State.SUBMITTED):
            charters.require(opportunity.owner)
            for rule in settings.SUBMISSION_RULES:
                import_string(rule)(opportunity)
        opportunity.submit(by=by)
        letters.tell(opportunity, "submitted", due=answer_due(opportunity))


def publish(
    opportunity: Opportunity, *, by: User, checked: bool, reason: str = "", notices_read: bool = False
) -> None:
    """Staff open it to SMEs for the first time (E-32), the checklist looked at. Fewer than seven days to apply need
    a reason, some countries a tick."""
    asked = checked and opportunity.can_move(Opportunity.State.PUBLISHED)
    reach = import_string(settings.AUDIENCE)(opportunity) if asked else None  # not under the lock: it may take seconds
    with transaction.atomic():
        lock(opportunity)
        staff(by)
        _new(opportunity)
        publishable(opportunity)
        if not checked and opportunity.can_move(Opportunity.State.PUBLISHED):
            raise StateError(_("Relisez la liste de contrôle, puis cochez la case."))
        noticed = list(CountryNotice.objects.of_places(opportunity.places).values_list("country", flat=True))
        if noticed and not notices_read and opportunity.can_move(Opportunity.State.PUBLISHED):
            raise StateError(_("Un pays fait l'objet d'un avertissement : lisez-le, puis cochez la case."))
        if is_short(opportunity) and not reason.strip():
            raise StateError(_("Moins de sept jours pour candidater : donnez un motif, ou demandez une autre date."))
        opportunity.publish(by=by, reason=reason.strip())
        opportunity.attachments.exclude(state=Attachment.State.CLEAN).update(to_look=True)  # nobody could read them
        if noticed:
            opportunity.record(by=by, changes={"notices": [[], noticed]})
        loosen = reverse("matching:amend", args=[opportunity.pk])
        letters.tell(opportunity, "published", reach=reach, loosen_url=settings.SITE_URL + loosen)


def _new(opportunity: Opportunity) -> None:
    if opportunity.state == Opportunity.State.SUSPENDED:
        raise StateError(_("Elle est suspendue : rétablissez-la."))
    if opportunity.state == Opportunity.State.CLOSED:
        raise StateError(_("Elle est clôturée : elle rouvre si son groupe le demande, avec une nouvelle date limite."))


def request_changes(opportunity: Opportunity, *, by: User, comments: Iterable[tuple[str, str]]) -> None:
    """Staff send it back with at least one (field or "", text) (E-31)."""
    said = [(field, text.strip()) for field, text in comments if text.strip()]
    with transaction.atomic():
        lock(opportunity)
        staff(by)
        if not said:
            raise StateError(_("Écrivez au moins un commentaire : le groupe doit savoir quoi changer."))
        opportunity.request_changes(by=by, comments=said)
        letters.tell(
            opportunity, "changes_requested", comments=[(label(opportunity, name), text) for name, text in said]
        )


def reject(opportunity: Opportunity, *, by: User, reason: str, text: str = "") -> None:
    """Staff turn it down for good (E-38); `reason` is one of RejectReason."""
    with transaction.atomic():
        lock(opportunity)
        staff(by)
        if reason not in RejectReason.values:
            raise StateError(_("Choisissez un motif de la liste."))
        opportunity.reject(by=by, reason=reason, text=text)
        guide = settings.SITE_URL + reverse("opportunities:unpublished")
        letters.tell(opportunity, "rejected", motive=RejectReason(reason), said=text.strip(), guide_url=guide)


def suspend(opportunity: Opportunity, *, by: User | None, reason: str) -> None:
    """Staff take it out of the lists for a while (E-39); or nobody, when its group's access ended."""
    with transaction.atomic():
        lock(opportunity)
        if by is not None:
            staff(by)
        opportunity.suspend(by=by, reason=given(reason))
        letters.tell(opportunity, "suspended", said=said_lazy(reason.strip()))


def restore(opportunity: Opportunity, *, by: User, reason: str = "", dates: Mapping[str, date] | None = None) -> None:
    """Staff put a suspended one back (E-39); with new `dates` where its last day has passed meanwhile."""
    with transaction.atomic():
        lock(opportunity)
        staff(by)
        if opportunity.state != Opportunity.State.SUSPENDED:
            raise StateError(_("Cette opportunité n'est pas suspendue."))
        if dates:
            _redate(opportunity, dates, by=by)
        publishable(opportunity)
        opportunity.publish(by=by, reason=reason)
        letters.tell(opportunity, "restored", dates=bool(dates))


def _redate(opportunity: Opportunity, dates: Mapping[str, date], *, by: User) -> None:
    """New days, told to those who apply as any change of them is."""
    before = {name: getattr(opportunity, name) for name in dates}
    for name, day in dates.items():
        setattr(opportunity, name, day)
    if wrong := checks.of_promise(opportunity.apply_by, opportunity.answer_by):
        raise StateError(wrong)
    opportunity.save(update_fields=list(dates))
    changes = {
        n: [before[n] and before[n].isoformat(), day.isoformat()] for n, day in dates.items() if before[n] != day
    }
    opportunity.record(by=by, changes=changes, due=True)


def confirm(opportunity: Opportunity, *, by: User) -> None:
    """The group says that an undated one is still current; one suspended for want of that is back."""
    with transaction.atomic():
        lock(opportunity)
        group(opportunity, by)
        if not upkeep.may_confirm(opportunity):
            raise StateError(_("Cette opportunité n'attend pas de confirmation."))
        if opportunity.state == Opportunity.State.SUSPENDED:
            publishable(opportunity)
            opportunity.publish(by=by)
            letters.tell(opportunity, "restored", dates=False)
        opportunity.confirm()
        opportunity.record(by=by, changes={"confirmed_at": [None, timezone.localdate().isoformat()]})


def give_back(opportunity: Opportunity) -> None:
    """Remarks that nobody answered: it is a draft again (E-37)."""
    with transaction.atomic():
        lock(opportunity)
        if opportunity.state != Opportunity.State.CHANGES_REQUESTED:
            raise StateError(_("Cette opportunité n'attend plus de modifications."))
        opportunity.give_back(by=None)
        letters.tell(opportunity, "back_to_draft")


def close(opportunity: Opportunity, *, by: User | None, reason: str = "") -> None:
    """No more applications: the deadline has passed (`by` nobody), or the group or staff say so. Matching tells it."""
    with transaction.atomic():
        lock(opportunity)
        if by is not None and not by.is_staff:
            group(opportunity, by)
        opportunity.close(by=by, reason=reason)


def withdraw(opportunity: Opportunity, *, by: User, reason: str = "", told: str = "") -> None:
    """The group gives it up, with a reason once it is public; or staff, with a reason that the group is told, and
    what those who apply are `told`."""
    with transaction.atomic():
        lock(opportunity)
        if by is not None and by.is_staff:
            opportunity.withdraw(by=by, reason=given(reason))
            opportunity.record(by=by, changes={"told": ["", told.strip()]} if told.strip() else {})
            letters.tell(opportunity, "withdrawn", said=reason.strip())
            return
        group(opportunity, by)
        if opportunity.state == Opportunity.State.SUSPENDED:
            raise StateError(_("Elle est suspendue : écrivez-nous pour la retirer."))
        if opportunity.state == Opportunity.State.PUBLISHED:
            reason = given(reason)
        opportunity.withdraw(by=by, reason=reason)


def withdrawn_because(opportunity: Opportunity) -> tuple[str | Promise, bool]:
    """What those who apply read of a withdrawal, and whether it was staff's; the staff's reason is for the group."""
    lines = opportunity.history.filter(after=Opportunity.State.WITHDRAWN).select_related("actor")
    last = lines.exclude(before=Opportunity.State.WITHDRAWN).last()
    if last is None or last.actor is None:
        return "", False
    if not last.actor.is_staff:
        return last.reason, False
    told = lines.filter(before=Opportunity.State.WITHDRAWN, changes__has_key="told").last()
    return told.changes["told"][1] if told else WITHDRAWN_BY_STAFF, True


def group(opportunity: Opportunity, user: User | None) -> None:
    """PermissionDenied unless this person may act for the group that posts it; the platform may not."""
    membership = user.membership if user else None
    if membership is None or membership.organisation_id != opportunity.owner_id or not membership.can_edit:
        raise PermissionDenied
    if not membership.organisation.is_active:
        raise StateError(_("L'accès de votre organisation n'est pas ouvert."))


def staff(user: User | None) -> None:
    """PermissionDenied unless this is one of us; the platform by itself is not."""
    if user is None or not user.is_staff:
        raise PermissionDenied


def given(reason: str) -> str:
    """A reason that is not blank."""
    if not reason.strip():
        raise StateError(_("Indiquez un motif : il sera lu."))
    return reason.strip()


def publishable(opportunity: Opportunity) -> None:
    """StateError for what no reason excuses; the model answers for its state."""
    if not opportunity.can_move(Opportunity.State.PUBLISHED):
        return
    if not opportunity.owner.is_active:
        raise StateError(_("L'accès de ce groupe n'est pas ouvert : rien ne peut être publié en son nom."))
    if opportunity.apply_by and opportunity.apply_by < timezone.localdate():
        raise StateError(_("La date limite de candidature est passée : demandez-en une autre."))
    if told := checks.leaking(opportunity):
        raise StateError(next(iter(told.values())))


def is_short(opportunity: Opportunity) -> bool:
    """Whether the SMEs would have fewer than seven days."""
    return opportunity.apply_by is not None and opportunity.apply_by < timezone.localdate() + NOTICE

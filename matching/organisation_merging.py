"""Staff make two organisations one: what one had here goes on with the other, its successor or its right number."""

from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts import merging, visibility
from accounts.models import Organisation, User
from matching import apply, ceasing, members, partners, portage
from matching.models import (
    Application,
    Partner,
    PartnerSearch,
    PortageAnswer,
    PortageRequest,
    Proposal,
    Rating,
    Recipient,
    Standing,
)
from opportunities.models import Opportunity, TenderNotice
from pacte.states import StateError

State = Application.State
KIND, ORGANISATION = Organisation.Kind, Organisation.State
MERGED = gettext_noop("Réunie avec l'autre candidature de l'entreprise")
WEIGHT = {  # which of a company's two applications to one opportunity has gone further
    State.ACCEPTED: 4, State.SHORTLISTED: 3, State.WAITLISTED: 3, State.SENT: 2,
    State.DECLINED: 1, State.UNANSWERED: 1, State.DRAFT: 1, State.WITHDRAWN: 0, State.CANCELLED: 0,
}  # fmt: skip


@dataclass(slots=True)
class Plan:
    """What would happen; of two applications to one opportunity the one that has gone further goes on."""

    people: int = 0
    moving: list[Application] = field(default_factory=list)
    exchanged: list[tuple[Application, Application]] = field(default_factory=list)  # the one that goes on, the other
    ending: list[Application] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)


def plan(gone: Organisation, stays: Organisation) -> Plan:
    """StateError, in words for the staff: these two cannot be one."""
    if gone.pk == stays.pk or gone.kind != stays.kind:
        raise StateError(_("Seules deux organisations de même type peuvent être réunies."))
    if gone.merged_into_id or gone.state == ORGANISATION.REFUSED:
        raise StateError(_("Celle qui partirait est refusée ou déjà réunie avec une autre."))
    if not stays.is_active:
        raise StateError(_("L'accès de celle qui reste n'est pas ouvert : vérifiez-la ou rétablissez-la d'abord."))
    found = Plan(people=gone.memberships.active().count())
    if gone.kind == KIND.SME:
        _compare(found, gone, stays)
    else:
        _look_out(gone, stays)
        found.opportunities = list(gone.opportunities.order_by("pk"))
    return found


def merge(gone: Organisation, stays: Organisation, *, by: User) -> Plan:
    """All or nothing; each person is told once, and the number of the one that goes leads to the one that stays."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        merging.lock(gone, stays)
        ceasing.lock_around(gone, stays)
        found = plan(gone, stays)
        try:
            with transaction.atomic():
                _applications(found, gone, stays, by)
                _beside(gone, stays, by)
        except IntegrityError:
            raise StateError(
                _("Elles candidatent ensemble ou l'une contre l'autre : réglez d'abord ce qui les oppose.")
            ) from None
        people = merging.hand_over(gone, stays, by=by)
        reason = _("Réunie avec %(name)s (SIREN %(siren)s)") % {"name": stays.name, "siren": stays.siren}
        if gone.can_move(ORGANISATION.CLOSED):
            gone.move(ORGANISATION.CLOSED, by=by, reason=reason, merged_into=stays)
        else:  # it had ceased before
            gone.record(by=by, changes={"merged_into": ["", stays.name]}, reason=reason)
            Organisation.objects.filter(pk=gone.pk).update(merged_into=stays)
        Organisation.objects.filter(merged_into=gone).update(merged_into=stays)
        came = {str(person): ["", gone.name] for person in people}
        stays.record(by=by, changes={"merged": ["", f"{gone.name} ({gone.siren})"], **came})
        gone.touch()
        stays.touch()
        merging.tell(gone, stays, people)
    return found


def told(found: Plan) -> list[str]:
    """What the page asks to confirm, in numbers."""
    moving = len(found.moving) + len(found.exchanged)
    lines = [
        (found.people, ngettext("%(n)s personne vient", "%(n)s personnes viennent", found.people)),
        (moving, ngettext("%(n)s candidature suit", "%(n)s candidatures suivent", moving)),
        (
            len(found.ending) + len(found.exchanged),
            ngettext(
                "%(n)s candidature s'arrête : les deux avaient candidaté à la même opportunité",
                "%(n)s candidatures s'arrêtent : les deux avaient candidaté aux mêmes opportunités",
                len(found.ending) + len(found.exchanged),
            ),
        ),
        (
            len(found.opportunities),
            ngettext("%(n)s opportunité suit", "%(n)s opportunités suivent", len(found.opportunities)),
        ),
    ]
    return [text % {"n": number} for number, text in lines if number]


def _compare(found: Plan, gone: Organisation, stays: Organisation) -> None:
    theirs = {one.opportunity_id: one for one in Application.objects.filter(company=stays)}
    joined = set(Partner.objects.joined().filter(company=stays).values_list("opportunity_id", flat=True))
    for one in Application.objects.filter(company=gone).select_related("opportunity").order_by("pk"):
        other = theirs.get(one.opportunity_id)
        if one.opportunity_id in joined or (other and WEIGHT[State(one.state)] <= WEIGHT[State(other.state)]):
            found.ending.append(one)
        elif other:
            found.exchanged.append((one, other))
        else:
            found.moving.append(one)


def _look_out(gone: Organisation, stays: Organisation) -> None:
    """Nobody who hides from a group is shown to it."""
    waiting = Application.objects.filter(opportunity__owner=gone, company__in=visibility.hidden_from(stays))
    if names := ", ".join(waiting.values_list("company__name", flat=True).distinct()):
        raise StateError(
            _("Ces candidates se cachent de ce groupe : voyez d'abord avec elles. %(names)s") % {"names": names}
        )


def _applications(found: Plan, gone: Organisation, stays: Organisation, by: User) -> None:
    for one in [*found.ending, *(lesser for _further, lesser in found.exchanged)]:
        apply.lock(one)
        if one.can_move(State.CANCELLED):
            one.move(State.CANCELLED, by=by, reason=MERGED)
            members.release(one, by=by, what="cancelled")
    own = Q(application__company=gone, company=stays) | Q(application__company=stays, company=gone)
    for partner in Partner.objects.current().filter(own).order_by("pk"):  # nobody is its own partner
        partner.move(Partner.State.LAPSED, by=by)
    for further, lesser in found.exchanged:
        pair = Application.objects.filter(pk__in=[further.pk, lesser.pk])
        pair.update(company=Case(When(pk=further.pk, then=Value(stays.pk)), default=Value(gone.pk)))
    Application.objects.filter(pk__in=[one.pk for one in found.moving]).update(company=stays)
    for one in [*found.moving, *(further for further, _lesser in found.exchanged)]:
        one.record(by=by, changes={"company": [gone.name, stays.name]})


def _beside(gone: Organisation, stays: Organisation, by: User) -> None:
    mine = Q(company=gone)
    if gone.kind == KIND.GROUP:
        for one in gone.opportunities.select_for_update().order_by("pk"):
            one.record(by=by, changes={"owner": [gone.name, stays.name]})
        Opportunity.objects.filter(owner=gone).update(owner=stays)
        TenderNotice.objects.filter(owner=gone).update(owner=stays)
        Rating.objects.filter(group=gone).update(group=stays)
        merging.move(PortageAnswer.objects.filter(group=gone), "group", stays, "request")
        portage.leave_out(gone, by=by)
        return
    taken = Application.objects.filter(company=stays).exclude(state__in=[State.WITHDRAWN, State.CANCELLED])
    there = Partner.objects.joined().filter(company=stays)
    in_it = Q(opportunity__in=taken.values("opportunity")) | Q(opportunity__in=there.values("opportunity"))
    for partner in Partner.objects.current().filter(mine & in_it).select_related("application").order_by("pk"):
        partners.take(partner)
        partners.drop(partner, by=by)
    Partner.objects.filter(mine).update(company=stays)
    for request in PortageRequest.objects.filter(mine, state__in=portage.GOING):
        if PortageRequest.objects.filter(company=stays, state__in=portage.GOING, country=request.country).exists():
            portage.lock(request)
            portage.give_up(request, by=by)
    PortageRequest.objects.filter(mine).update(company=stays)
    standing = Q(ended_at=None)
    merging.move(Proposal.objects.filter(mine, standing), "company", stays, "opportunity", twins=standing)
    merging.move(PartnerSearch.objects.filter(mine, standing), "company", stays, "opportunity", twins=standing)
    merging.move(Standing.objects.filter(mine), "company", stays, "opportunity")
    Standing.objects.filter(mine).exclude(opportunity__in=taken.values("opportunity")).dismiss_with(company=stays)
    merging.move(Recipient.objects.filter(organisation=gone), "organisation", stays, "user")

"""Staff close an organisation that has ceased: what waits ends, introductions that left stand, all are told."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Organisation, User
from accounts.onboarding import tell
from matching import apply, introduce, partners, portage, portage_introduction
from matching.models import Application, Introduction, PortageIntroduction, PortageRequest
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError

CEASED = gettext_noop("L'entreprise a cessé son activité")
GROUP_CEASED = gettext_noop("Le groupe a quitté la plateforme")
OPEN = [Application.State.DRAFT, Application.State.SENT, Application.State.SHORTLISTED, Application.State.WAITLISTED]
UNSENT = [Introduction.State.PENDING, Introduction.State.HELD, Introduction.State.FAILED]


def close(organisation: Organisation, *, by: User, reason: str) -> None:
    """All or nothing. StateError: it is closed or refused already, or no reason is given."""
    if not by.is_staff:
        raise PermissionDenied
    if not reason.strip():
        raise StateError(_("Indiquez un motif : il sera lu."))
    with transaction.atomic():
        organisation.close(by=by, reason=reason.strip())
        end_what_waits(organisation, by=by)
        is_group = organisation.kind == Organisation.Kind.GROUP
        tell(organisation, "organisation_closed", reason_text=reason.strip(), is_group=is_group)


def lock_around(*organisations: Organisation) -> None:
    """Hold all that these organisations have posted, applied to or joined, before any of it is ended."""
    its = Q(owner__in=organisations) | Q(applications__company__in=organisations)
    moderation.lock_all(Opportunity.objects.filter(its | Q(applications__partners__company__in=organisations)))


def end_what_waits(organisation: Organisation, *, by: User) -> None:
    """In the transaction that closes it."""
    lock_around(organisation)
    if organisation.kind == Organisation.Kind.GROUP:
        _opportunities(organisation, by)
        portage.leave_out(organisation, by=by)
        return
    _introductions(Introduction.objects.filter(application__company=organisation), CEASED, by)
    _carried(PortageIntroduction.objects.filter(answer__request__company=organisation), CEASED, by)
    for application in Application.objects.filter(company=organisation, state__in=OPEN).order_by("pk"):
        apply.lock(application)
        apply.take_back(application, by=by, reason=CEASED, ceased=True)
    for partner in organisation.partnerships.current().select_related("application").order_by("pk"):
        partners.take(partner)
        partners.drop(partner, by=by)
    for request in PortageRequest.objects.filter(company=organisation, state__in=portage.GOING).order_by("pk"):
        portage.lock(request)
        portage.give_up(request, by=by)


def _opportunities(group: Organisation, by: User) -> None:
    _introductions(Introduction.objects.filter(application__opportunity__owner=group), GROUP_CEASED, by)
    _carried(PortageIntroduction.objects.filter(answer__group=group), GROUP_CEASED, by)
    for opportunity in Opportunity.objects.filter(owner=group).order_by("pk"):
        moderation.lock(opportunity)
        if opportunity.can_move(Opportunity.State.WITHDRAWN):
            opportunity.withdraw(by=by, reason=GROUP_CEASED)
    for application in Application.objects.filter(opportunity__owner=group, state__in=OPEN).order_by("pk"):
        apply.cancel(application)


def _introductions(rows: QuerySet[Introduction], reason: str, by: User) -> None:
    """Those that have not left do not leave; one whose mail is on its way out has."""
    for introduction in rows.filter(state__in=UNSENT).order_by("pk"):
        try:
            with transaction.atomic():
                introduce.cancel(introduction, by=by, reason=reason)
        except StateError:
            continue


def _carried(rows: QuerySet[PortageIntroduction], reason: str, by: User) -> None:
    for introduction in rows.filter(state__in=UNSENT).order_by("pk"):
        try:
            with transaction.atomic():
                portage_introduction.cancel(introduction, by=by, reason=reason)
        except StateError:
            continue

"""An opportunity goes to another of the groups that somebody acts for: its applications follow, and all are told."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import charters, mail, visibility
from accounts.models import Membership, Organisation, User
from matching import changes, letters
from matching.models import Application
from opportunities import checks, moderation
from opportunities import letters as group_letters
from opportunities.models import Opportunity
from pacte.states import StateError

State = Opportunity.State
STAYS = {State.REJECTED, State.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Plan:
    """Who will follow it there, and which applicants are told."""

    main: User
    deputy: User | None
    applicants: QuerySet[Application]


def targets(opportunity: Opportunity, user: User) -> list[Organisation]:
    """The other groups that this person may publish for; none when the opportunity's own is not one of them."""
    mine = [one.organisation for one in user.standing if one.can_edit and one.organisation.is_active]
    groups = [one for one in mine if one.kind == Organisation.Kind.GROUP]
    if opportunity.owner not in groups or opportunity.state in STAYS:
        return []
    return [one for one in groups if one != opportunity.owner]


def plan(opportunity: Opportunity, to: Organisation, *, by: User) -> Plan:
    """StateError, in words: it cannot go there. What a company keeps from the other group is told to staff alone."""
    if opportunity.state in STAYS:
        raise StateError(_("Elle est retirée ou refusée : il n'y a rien à transférer."))
    if to.kind != Organisation.Kind.GROUP or not to.is_active or to.pk == opportunity.owner_id:
        raise StateError(_("Choisissez un autre groupe, dont l'accès est ouvert."))
    applicants = changes.readers(opportunity)
    hidden = applicants.filter(company__in=visibility.hidden_from(to))
    if hidden.exists():
        names = ", ".join(str(one.company) for one in hidden)
        raise StateError(
            _("Ces candidates se cachent de ce groupe : voyez d'abord avec elles. %(names)s") % {"names": names}
            if by.is_staff
            else _("Ce transfert demande l'aide de notre équipe : écrivez-nous.")
        )
    if opportunity.state != State.DRAFT:
        charters.require(to)
    main, deputy = _contacts(opportunity, to, by)
    return Plan(main, deputy, applicants)


def transfer(opportunity: Opportunity, to: Organisation, *, by: User) -> None:
    """Lock, permission, change, history, mails to applicants and to both teams, all or nothing."""
    with transaction.atomic():
        moderation.lock(opportunity)
        before = opportunity.owner
        if not by.is_staff and to not in targets(opportunity, by):
            raise PermissionDenied
        its = plan(opportunity, to, by=by)
        group_letters.tell(
            opportunity,
            "transferred",
            of=f"left:{opportunity.revision}",
            before=before,
            after=to,
            left=True,
            action_url="",
        )
        opportunity.owner, opportunity.created_by = to, its.main
        opportunity.contact_name, opportunity.contact_email = str(its.main), its.main.email
        if its.deputy:
            opportunity.deputy_name, opportunity.deputy_email = str(its.deputy), its.deputy.email
        if told := checks.leaking(opportunity):
            raise StateError(next(iter(told.values())))
        opportunity.save()
        opportunity.record(by=by, changes={"owner": [before.name, to.name]})
        group_letters.tell(opportunity, "transferred", of=f"come:{opportunity.revision}", before=before, after=to)
        for application in its.applicants:
            mail.queue(**letters.transferred_letter(application, before))


def _contacts(opportunity: Opportunity, to: Organisation, by: User) -> tuple[User, User | None]:
    """Who will read in the new group: the contacts there were, if they act for it; else who transfers, then others."""
    crew = Membership.objects.active().filter(
        organisation=to, role__in=[Membership.Role.ADMIN, Membership.Role.MEMBER], user__is_active=True
    )
    people = [one.user for one in crew.select_related("user").order_by("pk")]
    if not people:
        raise StateError(_("Personne n'agit encore pour ce groupe : invitez-y d'abord quelqu'un."))
    wanted = [opportunity.contact_email.lower(), by.email.lower()]
    main = next((one for email in wanted for one in people if one.email.lower() == email), people[0])
    rest = [one for one in people if one != main]
    there = next((one for one in rest if one.email.lower() == opportunity.deputy_email.lower()), None)
    return main, there or (rest[0] if rest else None)

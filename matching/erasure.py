"""Someone erases their account: first what it would change, then one transaction that hands over, ends and forgets."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import erasure, mail
from accounts.models import Membership, Organisation, User
from matching import apply, introduce, letters, partners, portage
from matching.models import (
    Application,
    Asking,
    Follow,
    Introduction,
    Notification,
    Nudge,
    Partner,
    PortageRequest,
    Recipient,
    Reminder,
    SavedSearch,
    Sponsor,
    Usefulness,
    Visit,
)
from opportunities.models import Opportunity, OpportunityMove
from pacte.states import StateError

ERASED = gettext_noop("Compte effacé à la demande de la personne")
OPEN = [Application.State.DRAFT, Application.State.SENT, Application.State.SHORTLISTED, Application.State.WAITLISTED]
UNSENT = [Introduction.State.PENDING, Introduction.State.HELD, Introduction.State.FAILED]
ENDED = [Opportunity.State.CLOSED, Opportunity.State.WITHDRAWN, Opportunity.State.REJECTED]
PRIVATE = [Notification, Follow, SavedSearch, Recipient, Usefulness]  # nobody else's business
ADDRESSED = {Reminder: "address", Nudge: "address", Asking: "address", Partner: "email", Sponsor: "email"}


@dataclass
class Parting:
    """What the erasure means for one organisation of the person."""

    membership: Membership
    successor: User | None  # None: nobody is left there
    applications: list[Application] = field(default_factory=list)  # open, and this person's to answer for
    opportunities: list[Opportunity] = field(default_factory=list)  # where this person is named
    obstacle: str = ""  # what to do first; erasing is refused until then

    @property
    def organisation(self) -> Organisation:
        return self.membership.organisation


def partings(user: User) -> list[Parting]:
    """For each organisation, oldest first."""
    return [_parting(membership) for membership in user.standing]


def erase(user: User) -> None:
    """All or nothing. StateError for staff, and while something has to be handed over first."""
    if user.is_staff:
        raise StateError(_("Le compte d'une personne de l'équipe se ferme avec un collègue, dans l'administration."))
    with transaction.atomic():
        if User.objects.select_for_update(no_key=True).get(pk=user.pk).erased_at:
            raise StateError(_("Ce compte est déjà effacé."))
        found = partings(user)
        if first := next((one.obstacle for one in found if one.obstacle), ""):
            raise StateError(first)
        for parting in found:
            _part(parting, user)
        for model in PRIVATE:
            model._base_manager.filter(user=user).delete()
        Visit.objects.filter(membership__user=user).delete()
        for model, column in ADDRESSED.items():
            rows = model._base_manager.filter(**{f"{column}__iexact": user.email})
            rows.update(**{column: erasure.address_of(user)})
        erasure.scrub(OpportunityMove.objects.filter(subject__owner__memberships__user=user), _known(user))
        erasure.forget(user)


def _known(user: User) -> list[str]:
    return [text for text in (user.email, user.get_full_name()) if text]


def _parting(membership: Membership) -> Parting:
    organisation, user = membership.organisation, membership.user
    rows = (
        Membership.objects.active().filter(organisation=organisation, user__is_active=True).exclude(pk=membership.pk)
    )
    team = list(rows.select_related("user").order_by(F("user__last_login").desc(nulls_last=True), "pk"))
    admins = [row for row in team if row.is_admin]
    parting = Parting(membership, next((row.user for row in admins or team), None))
    if organisation.kind == Organisation.Kind.SME:
        rows_of = Application.objects.filter(company=organisation, state__in=OPEN).select_related("opportunity")
        mine = rows_of.filter(contact=user) if team else rows_of
        parting.applications = list(mine.order_by("pk"))
    else:
        named = Q(contact_email__iexact=user.email) | Q(deputy_email__iexact=user.email)
        parting.opportunities = list(Opportunity.objects.filter(named, owner=organisation).order_by("pk"))
    parting.obstacle = _obstacle(parting, bool(team), bool(admins))
    return parting


def _obstacle(parting: Parting, has_team: bool, has_admin: bool) -> str:
    name = {"name": parting.organisation.name}
    if has_team and not has_admin:
        return _("Vous êtes la seule personne qui administre %(name)s : confiez d'abord ce rôle à quelqu'un.") % name
    if not has_team and parting.organisation.kind == Organisation.Kind.GROUP:
        going = Opportunity.objects.filter(owner=parting.organisation).exclude(state__in=ENDED)
        waiting = Application.objects.waiting().filter(opportunity__owner=parting.organisation)
        if going.exists() or waiting.exists():
            return _("Vous êtes seul à suivre les opportunités de %(name)s : invitez quelqu'un qui les reprenne, ou "
                     "retirez-les et répondez aux candidatures.") % name  # fmt: skip
    return ""


def _part(parting: Parting, user: User) -> None:
    user.act_for(parting.membership)
    if parting.organisation.kind == Organisation.Kind.GROUP:
        _hand_over_opportunities(parting, user)
    elif parting.successor is None:
        _end_all(parting, user)
    else:
        _hand_over(parting.organisation, user, parting.successor)
    if parting.successor is None:
        parting.membership.leave_nobody(by=user)
    else:
        parting.membership.end(by=user)
        _tell(parting, user)


def _hand_over(company: Organisation, user: User, successor: User) -> None:
    """What this person answered for is answered for by a colleague; mails that wait are written anew."""
    for model in (Application, Partner, PortageRequest):
        model.objects.filter(company=company, contact=user).update(contact=successor)
    unsent = Introduction.objects.filter(application__company=company, state__in=UNSENT)
    for introduction in unsent.select_for_update(of=("self",)).select_related("email", "application__opportunity"):
        letters.rewrite(introduction.email, introduction.application)


def _hand_over_opportunities(parting: Parting, user: User) -> None:
    new = parting.successor
    for opportunity in parting.opportunities:
        if opportunity.contact_email.lower() == user.email:
            opportunity.contact_name, opportunity.contact_email = (str(new), new.email) if new else ("", "")
        if opportunity.deputy_email.lower() == user.email:
            opportunity.deputy_name = opportunity.deputy_email = ""
        opportunity.save(update_fields=["contact_name", "contact_email", "deputy_name", "deputy_email"])


def _end_all(parting: Parting, user: User) -> None:
    """Nobody is left to answer for the company: what waits is withdrawn, groups are asked to delete what they have."""
    company = parting.organisation
    for application in parting.applications:
        apply.lock(application)
        apply.take_back(application, by=user, reason=ERASED)
    for introduction in _agreed(company) if company.is_active else ():
        introduce.withdraw_consent(introduction.application, by=user, reason=ERASED)
    for partner in company.partnerships.current().select_related("application").order_by("pk"):
        partners.take(partner)
        partners.drop(partner, by=user)
    for request in PortageRequest.objects.filter(company=company, state__in=portage.GOING).order_by("pk"):
        portage.lock(request)
        portage.give_up(request, by=user)


def _agreed(company: Organisation) -> QuerySet[Introduction]:
    rows = Introduction.objects.filter(application__company=company, consent_withdrawn_at=None)
    return rows.exclude(state=Introduction.State.CANCELLED).select_related("application").order_by("pk")


def _tell(parting: Parting, user: User) -> None:
    """The colleague who takes over, when there is something to take over."""
    new = parting.successor
    titles = [one.opportunity.title for one in parting.applications] + [one.title for one in parting.opportunities]
    if new is None or not titles:
        return
    page = "matching:applications" if parting.applications else "matching:group_dashboard"
    mail.queue(
        key=f"handed_over:{parting.membership.pk}",
        to=[new.email],
        template="handed_over",
        language=new.language,
        about=f"organisation:{parting.organisation.pk}",
        context={
            "organisation": parting.organisation,
            "person": new,
            "by": str(user),
            "titles": titles,
            "action_url": settings.SITE_URL + reverse(page),
        },
    )

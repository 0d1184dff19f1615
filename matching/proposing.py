"""Staff put a company forward for an opportunity: it is told once, and both sides read why."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import visibility
from accounts.models import Email, Organisation, User
from matching import alert_letters, alerts, fairness, letters, subscriptions
from matching.letters import Letter
from matching.models import Application, Proposal, Standing
from opportunities import checks, leaks, moderation
from opportunities.models import Opportunity
from pacte.states import StateError


def why_not(opportunity: Opportunity, company: Organisation, reason: str) -> str:
    """What stands against it, in words for the staff; nothing when it may be done."""
    if not opportunity.is_open:
        return _("Cette opportunité ne reçoit pas, ou plus, de candidatures.")
    if company.kind != Organisation.Kind.SME or not company.is_active:
        return _("Seule une PME dont l'accès est ouvert peut être proposée.")
    if told := visibility.why_not(company, opportunity.owner):
        return told
    if Application.objects.filter(opportunity=opportunity, company=company).exists():
        return _("Cette entreprise a déjà une candidature pour cette opportunité.")
    if Standing.objects.filter(opportunity=opportunity, company=company).dismissed().exists():
        return _("Cette entreprise a masqué l'opportunité (« Pas pour moi ») : respectez son choix.")
    if fairness.over_cap([company.pk]):
        return _("Cette entreprise a été montrée trop souvent cette semaine : proposez-en une autre, ou attendez.")
    if opportunity.confidential and (tell := leaks.first_in(reason, leaks.tells(opportunity))):
        return checks.leak_text(tell)
    return ""


def propose(opportunity: Opportunity, company: Organisation, *, by: User, reason: str) -> Proposal:
    """Tell the company, and mark it for the group; twice is refused."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        people = hearing(company)
        for person in people:  # before the opportunity, as alerts do
            subscriptions.settings_of(person)
        moderation.lock(opportunity)
        if told := why_not(opportunity, company, reason):
            raise StateError(told)
        try:
            with transaction.atomic():
                proposal = Proposal.objects.create(
                    opportunity=opportunity, company=company, reason=moderation.given(reason), by=by
                )
        except IntegrityError:
            raise StateError(_("Cette entreprise est déjà proposée pour cette opportunité.")) from None
        Standing.objects.update_or_create(
            opportunity=opportunity, company=company, defaults={"proposed_at": proposal.at}
        )
        alert_letters.once([(one, letter(proposal, one)) for one in people], opportunity, proposal.reason)
    return proposal


def hearing(company: Organisation) -> list[User]:
    """Those who hear of what fits their company."""
    people = User.objects.filter(pk__in=alerts.recipients([company.pk])[company.pk], is_active=True)
    return list(people.order_by("pk"))


def letter(proposal: Proposal, person: User) -> Letter:
    """To one of the company: for what it is put forward, and why."""
    opportunity = proposal.opportunity
    return {
        "key": f"{_key(proposal)}{person.pk}",
        "template": "opportunity_proposed",
        "language": person.language,
        "to": [person.email],
        "context": {
            "sme": letters.person(person),
            "opportunity": opportunity,
            "title": letters._quoted(opportunity.title),
            "company": proposal.company,
            "said": proposal.reason,
            "action_url": settings.SITE_URL + opportunity.get_absolute_url(),
        },
    }


def take_back(proposal: Proposal, *, by: User) -> None:
    """It is shown to nobody any more; what the company was told stays told, what has not left yet never does."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        standing = Proposal.objects.standing().filter(pk=proposal.pk)
        if not standing.update(ended_at=timezone.now(), ended_by=by):
            raise StateError(_("Cette proposition est déjà retirée."))
        subscriptions.hold_back(Email.objects.filter(key__startswith=_key(proposal)))


def _key(proposal: Proposal) -> str:
    return f"proposed:{proposal.pk}:"

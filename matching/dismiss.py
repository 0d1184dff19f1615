"""« Pas pour moi »: a company hides an opportunity for itself, says why, and may look at it again.

The reason corrects what the company tells of itself, never the weights.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import taxonomy
from accounts.models import Organisation, User
from matching import decisions
from matching.models import Action, DismissReason, Match, Standing
from opportunities.models import Opportunity

DECLARED = {"sector": "sectors", "hs": "hs_codes", "cpv": "cpv_codes"}  # where a profile keeps its codes


@dataclass(frozen=True, slots=True)
class Advice:
    """What the company might change in its profile, and where."""

    text: str
    url: str


def dismiss(opportunity: Opportunity, *, by: User, reason: str, text: str = "") -> None:
    """Hide it for the whole company; twice is once, the latest reason stays."""
    company = company_of(by)
    text = text.strip() if reason == DismissReason.OTHER else ""
    with transaction.atomic():
        standing = locked(opportunity, company)
        said = (standing.dismissed_reason, standing.dismissed_text)
        if standing.dismissed_at is not None and said == (reason, text):
            return
        standing.dismissed_at, standing.dismissed_reason, standing.dismissed_by = timezone.now(), reason, by
        standing.dismissed_text = text
        standing.save()
        decisions.record(Action.Kind.DISMISSED, [(opportunity.pk, company.pk)], reason=reason)


def restore(opportunity: Opportunity, *, by: User) -> None:
    """Show it again."""
    company = company_of(by)
    with transaction.atomic():
        standing = locked(opportunity, company)
        if standing.dismissed_at is None:
            return
        standing.dismissed_at, standing.dismissed_reason, standing.dismissed_by = None, "", None
        standing.dismissed_text = ""
        standing.save()
        decisions.record(Action.Kind.RESTORED, [(opportunity.pk, company.pk)])


def company_of(user: User) -> Organisation:
    """Whose side this is: a page lets nobody else come here."""
    if user.organisation is None:
        raise PermissionDenied
    return user.organisation


def locked(opportunity: Opportunity, company: Organisation) -> Standing:
    Standing.objects.get_or_create(opportunity=opportunity, company=company)
    return Standing.objects.select_for_update().get(opportunity=opportunity, company=company)


def hidden_by(company: Organisation) -> list[int]:
    """The opportunities that the company does not want to see."""
    its = Standing.objects.filter(company=company).dismissed()
    return list(its.values_list("opportunity", flat=True))


def advice(opportunity: Opportunity, company: Organisation, reason: str) -> Advice | None:
    """What in the profile brought an opportunity that is not for this company: two queries at most."""
    if reason not in (DismissReason.SECTOR, DismissReason.COUNTRY):
        return None
    match = Match.objects.filter(opportunity=opportunity, company=company).first()
    evidence = {part["criterion"]: part.get("evidence", {}) for part in match.answers} if match else {}
    profile = company.sme_profile
    if reason == DismissReason.SECTOR and (code := declared(profile, evidence.get("codes", {}).get("code", ""))):
        text = _(
            "Elle vous a été proposée à cause de « %s ». Si ce n'est pas votre métier, retirez-le de votre profil."
        )
        return Advice(text % code, reverse("accounts:profile_section", args=["activite"]))
    place = evidence.get("wanted", {}).get("place", "")
    if reason == DismissReason.COUNTRY and place and profile.wanted_places:
        text = _(
            "Elle vous a été proposée parce que vous visez « %s ». Si ce n'est plus le cas, changez vos pays visés."
        )
        return Advice(text % taxonomy.label("place", place), reverse("accounts:profile_section", args=["projets"]))
    return None


def declared(profile: Any, node: str) -> str:
    """The label of what the company declared that meets at this node; nothing where references alone do."""
    scheme, _colon, value = node.removeprefix("~").partition(":")
    codes = getattr(profile, DECLARED.get(scheme, ""), [])
    found = next((code for code in codes if code == value or (scheme != "sector" and code.startswith(value))), None)
    return taxonomy.label(scheme, found) if found else ""

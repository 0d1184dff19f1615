"""Whom to write to about an opportunity on a given day: whoever is absent is replaced by the other contact."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from accounts.models import Absence, User
from opportunities.models import Opportunity


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str


def named(opportunity: Opportunity) -> tuple[Contact, Contact]:
    """Contact and deputy as the group wrote them; who posted it stands for a contact that is not named."""
    creator = opportunity.created_by
    first = Contact(opportunity.contact_name, opportunity.contact_email)
    if not first.email and creator:
        first = Contact(opportunity.contact_name or str(creator), creator.email)
    second = Contact(opportunity.deputy_name, opportunity.deputy_email)
    return first, second if second.email else first


def absent(opportunity: Opportunity, day: date | None = None) -> set[str]:
    """Addresses of those of its group who are away that day."""
    away = Absence.objects.filter(organisation=opportunity.owner_id).on(day or timezone.localdate())
    return set(away.values_list("email", flat=True))


def present(opportunity: Opportunity, day: date | None = None) -> tuple[Contact, Contact]:
    """Who reads first and who reads along: the deputy first while the contact is away, unless both are."""
    first, second = named(opportunity)
    away = absent(opportunity, day)
    return (second, first) if first.email.lower() in away and second.email.lower() not in away else (first, second)


def here(opportunity: Opportunity, addresses: list[str]) -> list[str]:
    """Those of these addresses whose person is not away."""
    away = absent(opportunity) if addresses else set()
    return [address for address in addresses if address.lower() not in away]


def language_of(opportunity: Opportunity, address: str) -> str:
    """That of the person who has this address, else of whoever posted it."""
    known = User.objects.filter(email=address.lower()).first() or opportunity.created_by
    return known.language if known else "fr"

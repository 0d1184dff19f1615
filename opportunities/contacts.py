"""Whom to write to about an opportunity on a given day: whoever is absent is replaced by the other contact, whoever
has left the group by its deputy, then by those who administer it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.utils import timezone

from accounts.models import Absence, Membership, User
from opportunities.models import Opportunity, OpportunityQuerySet


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str


NOBODY = Contact("", "")


@dataclass(frozen=True, slots=True)
class Crews:
    """Of some organisations: addresses of those who are there no more, and who administers them."""

    gone: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    admins: dict[int, list[Contact]] = field(default_factory=lambda: defaultdict(list))

    def left(self, opportunity: Opportunity, address: str) -> bool:
        return address.lower() in self.gone.get(opportunity.owner_id, ())


def crews(owners: Collection[int]) -> Crews:
    """One query, however many. Whoever never had an account here is taken at the group's word."""
    found = Crews()
    rows = Membership.objects.filter(organisation__in=owners).select_related("user").order_by("pk")
    here = {(row.organisation_id, row.user_id) for row in rows if row.ended_at is None and row.user.is_active}
    for row in rows:
        address = row.user.email.lower()
        if (row.organisation_id, row.user_id) not in here:
            found.gone[row.organisation_id].add(address)
        elif row.ended_at is None and row.is_admin:
            found.admins[row.organisation_id].append(Contact(str(row.user), row.user.email))
    return found


def written(opportunity: Opportunity) -> tuple[Contact, Contact]:
    """Contact and deputy as the group wrote them; who posted it stands for a contact that is not named."""
    creator = opportunity.created_by
    first = Contact(opportunity.contact_name, opportunity.contact_email)
    if not first.email and creator:
        first = Contact(opportunity.contact_name or str(creator), creator.email)
    second = Contact(opportunity.deputy_name, opportunity.deputy_email)
    return first, second if second.email else first


def named(opportunity: Opportunity, known: Crews | None = None) -> tuple[Contact, Contact]:
    """Contact and deputy; of those who have left the group the other, then its administrators, stand in."""
    its = written(opportunity)
    known = known or crews([opportunity.owner_id])
    left = [one for one in dict.fromkeys(its) if one.email and not known.left(opportunity, one.email)]
    if not any(known.left(opportunity, one.email) for one in its):
        return its
    there = {one.email.lower() for one in left}
    left += [one for one in known.admins.get(opportunity.owner_id, ()) if one.email.lower() not in there]
    first, second = [*left, NOBODY, NOBODY][:2]
    return first, second if second.email else first


def departed(opportunity: Opportunity) -> str:
    """The names of those of its two contacts who have left the group."""
    known = crews([opportunity.owner_id])
    left = [one for one in dict.fromkeys(written(opportunity)) if known.left(opportunity, one.email)]
    return ", ".join(one.name or one.email for one in left)


def entrusted_to(membership: Membership) -> OpportunityQuerySet:
    """What of its organisation's this person is contact or deputy for, the latest first."""
    address = membership.user.email
    rows = Opportunity.objects.filter(Q(contact_email__iexact=address) | Q(deputy_email__iexact=address))
    over = [Opportunity.State.REJECTED, Opportunity.State.WITHDRAWN]
    return rows.filter(owner=membership.organisation_id).exclude(state__in=over).order_by("-pk")


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

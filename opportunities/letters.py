"""The mails about an opportunity's life, to those of the group who follow it. templates/mail/opportunity_*/ holds
the texts. None of them names the group: a mail gets forwarded."""

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts import mail
from accounts.models import User
from opportunities import contacts
from opportunities.history import Changes
from opportunities.models import Opportunity

ADDRESSES = ("contact_email", "deputy_email")
PEOPLE = frozenset({"contact_name", "deputy_name", *ADDRESSES})  # whose changes are told to those they name


def tell(opportunity: Opportunity, event: str, *, of: str = "", **context: Any) -> None:
    """Queue templates/mail/opportunity_<event>/ in the transaction of the move it tells of; once a move.

    `of` names what it tells of, when that is not a move of the opportunity itself.
    """
    manage = settings.SITE_URL + reverse("opportunities:manage", args=[opportunity.pk])
    public = settings.SITE_URL + opportunity.get_absolute_url()
    values = {"opportunity": opportunity, "action_url": manage, "public_url": public, **context}
    for language, addresses in recipients(opportunity).items():
        mail.queue(
            key=f"opportunity-{event}:{opportunity.pk}:{of or opportunity.revision}:{language}",
            to=addresses,
            template=f"opportunity_{event}",
            context=values,
            language=language,
            about=f"opportunity:{opportunity.pk}",
        )


def entrusted(opportunity: Opportunity, changes: Changes, *, by: User | None) -> None:
    """To whoever has just become its contact or its deputy, by another's hand."""
    manage = settings.SITE_URL + reverse("opportunities:manage", args=[opportunity.pk])
    known = {address for name in ADDRESSES if name in changes and (address := changes[name][0])}
    for name in ADDRESSES:
        address = getattr(opportunity, name)
        if name not in changes or not address or address in known or (by and address.lower() == by.email.lower()):
            continue
        mail.queue(
            key=f"opportunity-entrusted:{opportunity.pk}:{opportunity.revision}:{name}",
            to=[address],
            template="opportunity_entrusted",
            context={"opportunity": opportunity, "deputy": name == "deputy_email", "action_url": manage},
            language=contacts.language_of(opportunity, address),
            about=f"opportunity:{opportunity.pk}",
        )


def recipients(opportunity: Opportunity) -> dict[str, list[str]]:
    """{language: addresses} of both contacts and of who posted it; the latter's language where we know no better.

    Those who are away are left out while somebody else reads, those who left the group in any case.
    """
    creator = opportunity.created_by
    known = contacts.crews([opportunity.owner_id])
    wanted = [opportunity.contact_email, opportunity.deputy_email, creator.email if creator else ""]
    addresses = [address.lower() for address in wanted if address and not known.left(opportunity, address)]
    running = [one.email.lower() for one in known.admins.get(opportunity.owner_id, ())]
    addresses = list(dict.fromkeys(addresses or running))
    addresses = contacts.here(opportunity, addresses) or addresses
    spoken = dict(User.objects.filter(email__in=addresses).values_list("email", "language"))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for address in addresses:
        found[spoken.get(address) or (creator.language if creator else "fr")].append(address)
    return dict(found)

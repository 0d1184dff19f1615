"""Whom staff call about an opportunity."""

from accounts import calling
from accounts.models import User
from opportunities import contacts
from opportunities.models import Opportunity


def of_group(opportunity: Opportunity) -> str:
    """Both contacts, and the opportunity, where they are changed."""
    named = dict.fromkeys(contacts.named(opportunity))
    people = {one.email: one for one in User.objects.filter(email__in=[one.email.lower() for one in named])}
    lines = [_contact(one, people.get(one.email.lower())) for one in named]
    return calling.stacked([*lines, calling.link("opportunities_opportunity", opportunity)])


def _contact(named: contacts.Contact, known: User | None) -> str:
    if known is None:
        return calling.line(named.name, named.email)
    return calling.line(calling.link("accounts_user", known), named.email, known.phone)

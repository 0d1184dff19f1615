"""Whom staff call about an application or a portage: names that lead to where an address is mended."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from accounts.models import Membership, Organisation, User
from matching import letters, portage_letters
from matching.models import Application, PortageRequest
from opportunities import contacts
from opportunities.models import Opportunity

Case = TypeVar("Case", Application, PortageRequest)


def of_company(application: Application) -> str:
    return _of_team(application, letters.contact_of)


def of_group(opportunity: Opportunity) -> str:
    """Both contacts, and the opportunity, where they are changed."""
    named = dict.fromkeys(contacts.named(opportunity))
    people = {one.email: one for one in User.objects.filter(email__in=[one.email.lower() for one in named])}
    lines = [_person(one, people.get(one.email.lower())) for one in named]
    rows = [*filter(None, lines), link("opportunities_opportunity", opportunity)]
    return format_html_join(mark_safe("<br>"), "{}", [(row,) for row in rows])


def of_portage_company(request: PortageRequest) -> str:
    return _of_team(request, portage_letters.contact_of)


def of_portage_group(group: Organisation) -> str:
    """Who administers it and is here today, as the mails about a portage go to them."""
    people = portage_letters.readers(group)
    rows = [_line(link("accounts_user", one), one.email, one.phone) for one in people]
    return format_html_join(mark_safe("<br>"), "{}", [(row,) for row in rows]) or _("personne n'y a plus de compte")


def link(name: str, row: Any) -> str:
    """To the page of a row: `link("accounts_user", person)`."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{name}_change", args=[row.pk]), row)


def _of_team(case: Case, contact_of: Callable[[Case], User]) -> str:
    if not Membership.objects.active().filter(organisation=case.company_id).exists():
        return _("personne n'y a plus de compte")
    person = contact_of(case)
    return _line(link("accounts_user", person), person.email, person.phone)


def _person(named: contacts.Contact, known: User | None) -> str:
    return _line(link("accounts_user", known) if known else named.name, named.email, known.phone if known else "")


def _line(*parts: object) -> str:
    return format_html_join(" · ", "{}", [(part,) for part in parts if part])

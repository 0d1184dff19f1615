"""Whom staff call about an application or a portage: names that lead to where an address is mended."""

from collections.abc import Callable
from typing import TypeVar

from django.utils.translation import gettext as _

from accounts import calling
from accounts.models import Membership, Organisation, User
from matching import letters, portage_letters
from matching.models import Application, PortageRequest

Case = TypeVar("Case", Application, PortageRequest)


def of_company(application: Application) -> str:
    return _of_team(application, letters.contact_of)


def of_portage_company(request: PortageRequest) -> str:
    return _of_team(request, portage_letters.contact_of)


def of_portage_group(group: Organisation) -> str:
    """Who administers it and is here today, as the mails about a portage go to them."""
    people = portage_letters.readers(group)
    return calling.stacked(map(calling.person, people)) or _("personne n'y a plus de compte")


def _of_team(case: Case, contact_of: Callable[[Case], User]) -> str:
    if not Membership.objects.active().filter(organisation=case.company_id).exists():
        return _("personne n'y a plus de compte")
    return calling.person(contact_of(case))

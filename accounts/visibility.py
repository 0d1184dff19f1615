"""To whom an SME shows itself: to all groups but those it names, when it wants to be proposed, unless it pauses.

It is asked wherever a group would learn of a company that has not applied to it. A group is never told why.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import registry
from accounts.models import HiddenFrom, Membership, Organisation, SmeProfile, User
from accounts.registry import RegistryDown
from pacte.states import StateError


def hidden_from(group: Organisation) -> QuerySet[HiddenFrom, Any]:
    """The companies that do not show themselves to this group, for a filter."""
    return HiddenFrom.objects.filter(siren=group.siren).values("company")


def groups_kept_out(company: Organisation) -> QuerySet[HiddenFrom, Any]:
    """The numbers of the groups that it does not show itself to, for a filter."""
    return HiddenFrom.objects.filter(company=company).values("siren")


def paused(today: date | None = None) -> QuerySet[SmeProfile, Any]:
    """The companies to whom nothing is proposed for now, for a filter."""
    return SmeProfile.objects.filter(paused_until__gte=today or timezone.localdate()).values("organisation")


def pause_of(company: Organisation | None) -> SmeProfile | None:
    """Its profile while nothing is proposed to it, today."""
    profile = getattr(company, "sme_profile", None)
    return profile if profile and profile.is_paused else None


def why_not(company: Organisation, group: Organisation) -> str:
    """What keeps staff from putting it forward to this group, in words for staff alone."""
    profile = company.sme_profile
    if not Membership.objects.active().filter(organisation=company).exists():
        return _("Personne n'agit pour cette entreprise : invitez d'abord quelqu'un à le faire.")
    if HiddenFrom.objects.filter(company=company, siren=group.siren).exists():
        return _("Cette entreprise se cache de ce groupe : respectez son choix, et n'en dites rien au groupe.")
    if not profile.proposable:
        return _("Cette entreprise ne veut pas être proposée aux groupes.")
    if profile.is_paused:
        return _("Cette entreprise a fait une pause : rien ne lui est proposé avant le %(day)s.") % {
            "day": f"{profile.paused_until:%d/%m/%Y}"
        }
    return ""


def hide(company: Organisation, siren: str, *, by: User) -> HiddenFrom:
    """From the group of this number, on the platform or not. StateError: it did already, or of itself."""
    if siren == company.siren:
        raise StateError(_("C'est le SIREN de votre propre entreprise."))
    name = _name_of(siren)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=company.pk)
        mine = HiddenFrom.objects.filter(company=company)
        if mine.count() >= HiddenFrom.MOST:
            raise StateError(_("Cinquante groupes au plus : retirez-en un d'abord."))
        row, new = mine.get_or_create(company=company, siren=siren, defaults={"name": name, "by": by})
        if not new:
            raise StateError(_("Vous vous cachez déjà de ce groupe."))
        company.record(by=by, changes={"hidden_from": ["", str(row)]})
    return row


def show(row: HiddenFrom, *, by: User) -> None:
    """To that group again; twice does no more."""
    with transaction.atomic():
        if HiddenFrom.objects.filter(pk=row.pk).delete()[0]:
            row.company.record(by=by, changes={"hidden_from": [str(row), ""]})


def set_wishes(company: Organisation, *, proposable: bool, paused_until: date | None, by: User) -> bool:
    """Whether it may be proposed, and until which day nothing is; answers whether anything changed."""
    with transaction.atomic():
        profile = SmeProfile.objects.select_for_update().get(organisation=company)
        before = {"proposable": profile.proposable, "paused_until": profile.paused_until}
        profile.proposable, profile.paused_until = proposable, paused_until
        after = {"proposable": proposable, "paused_until": paused_until}
        changes = {name: [_plain(before[name]), _plain(after[name])] for name in before if before[name] != after[name]}
        if changes:
            profile.save(update_fields=["proposable", "paused_until"])
            company.record(by=by, changes=changes)
    return bool(changes)


def warning(company: Organisation, group: Organisation, *, confidential: bool) -> str:
    """What to read before applying: a confidential group must not be found out by this."""
    if confidential:
        if not HiddenFrom.objects.filter(company=company).exists():
            return ""
        return _(
            "Ce groupe est confidentiel : il peut être l'un de ceux à qui vous cachez votre profil. Envoyer votre "
            "candidature lui montre votre dossier."
        )
    if not HiddenFrom.objects.filter(company=company, siren=group.siren).exists():
        return ""
    return _("Vous cachez votre profil à ce groupe : envoyer cette candidature lui montre votre dossier.")


def _name_of(siren: str) -> str:
    """As the register has it; nothing when it does not, or does not answer."""
    try:
        found = registry.lookup(siren)
    except RegistryDown:
        return ""
    return found.name if found else ""


def _plain(value: date | bool | None) -> Any:
    return value.isoformat() if isinstance(value, date) else value

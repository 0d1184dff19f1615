"""What a group reads of an SME that asks for portage: without its name until that is agreed."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from accounts import advisers, taxonomy
from accounts.models import Organisation, SmeProfile, User
from matching import explain
from matching.models import Legend, Match, PortageAnswer, PortageRequest
from matching.snapshot import listed
from opportunities import leaks


def is_named(request: PortageRequest, answer: PortageAnswer | None) -> bool:
    """To all when the SME said so when it asked; else to the one group that accepted."""
    return request.named or (answer is not None and answer.state == PortageAnswer.State.ACCEPTED)


def is_shown(request: PortageRequest, answer: PortageAnswer | None) -> bool:
    """Whether the company's profile is this group's to read: while it may answer, and once it has said yes.

    Of a request that it has declined, or that is over, its project and what they wrote each other stay.
    """
    going = {PortageAnswer.State.WAITING, PortageAnswer.State.ACCEPTED}
    return request.is_readable and (answer is None or answer.state in going)


def name(request: PortageRequest, answer: PortageAnswer | None = None) -> str:
    if is_named(request, answer):
        return request.company.name
    region = advisers.region_of(request.company)
    return _("Une PME (%(region)s)") % {"region": taxonomy.label("place", region)} if region else _("Une PME")


def tell_in(text: str, company: Organisation, contact: User | None) -> str:
    """The words of a text that tell which company this is, where it is not named yet; or nothing."""
    person = leaks.tells_of_person(contact) if contact else frozenset()
    return leaks.first_in(text, leaks.tells_of_company(company) | person)


def facts(request: PortageRequest, answer: PortageAnswer | None) -> list[tuple[str, str]]:
    """(label, text) of its profile, in words of the active language; what is empty is left out."""
    profile = SmeProfile.objects.filter(organisation=request.company_id).first() or SmeProfile()
    return [(label, text) for label, text in _facts(request, profile, named=is_named(request, answer)) if text]


def _facts(request: PortageRequest, profile: SmeProfile, *, named: bool) -> Iterator[tuple[str, str]]:
    region = advisers.region_of(request.company)
    yield _("Ville"), request.company.city if named else ""
    yield _("Région"), taxonomy.label("place", region) if region else ""
    yield _("Secteurs"), listed("sector", profile.sectors)
    yield _("Effectif"), taxonomy.label("headcount", profile.headcount)
    yield _("Montant de contrat livrable"), taxonomy.label("volume", profile.volume)
    yield _("Part à l'export"), taxonomy.label("export_share", profile.export_share)
    yield _("Langues de travail"), listed("language", profile.languages)
    yield _("Produits et services"), profile.products if named else ""


def fit(request: PortageRequest, group: int) -> explain.Fit | None:
    """How well the SME's project fits this group, as the engine found it; None until it has looked."""
    kept: dict[str, Any] | None = request.fits.get(str(group))
    if kept is None:
        return None
    match = Match(
        company_id=request.company_id, legend=Legend(data=kept["legend"]),
        **{name: kept[name] for name in ("score", "band", "eligible", "points", "said", "facts")},
    )  # fmt: skip
    return explain.fit(match, "group")

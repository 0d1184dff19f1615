"""What an SME's profile does not say yet and groups look at first, with the section where to say it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Certificate, CountryExperience, Organisation, Reference, SmeProfile

ASKED = 7  # what every profile may say
NEEDED = {"sectors", "places"}  # short of these, nothing is proposed
READ = ["sectors", "products", "wanted_places", "languages", "headcount", "volume", "wanted_kinds"]
OPTIONAL = {"certifications", "volume"}  # a company may well have nothing to say
PLACES_ON_PAGE = {
    "sectors": "id_sectors",
    "products": "id_products",
    "references": "references",
    "places": "lignes",
    "certifications": "lignes",
    "languages": "id_languages",
    "headcount": "id_headcount",
    "volume": "id_volume",
    "kinds": "id_wanted_kinds",
}


def where(key: str, section: str) -> str:
    """The page that asks, opened at its question: some are two screens down a phone."""
    page = reverse("accounts:profile_section", args=[section])
    return f"{page}#{PLACES_ON_PAGE[key]}" if key in PLACES_ON_PAGE else page


@dataclass(frozen=True, slots=True)
class Lines:
    """Whether a profile has any of each."""

    references: bool
    experiences: bool
    certificates: bool


@dataclass(frozen=True, slots=True)
class Gap:
    key: str
    label: str
    section: str
    optional: bool = False  # a company may have nothing to say here: it does not count as incomplete

    @property
    def url(self) -> str:
        return where(self.key, self.section)


def of(company: Organisation) -> list[Gap]:
    """Most telling first; one query."""
    rows = SmeProfile.objects.filter(organisation=company).only(*READ)
    its = {"profile": OuterRef("pk")}
    profile = rows.annotate(
        has_references=Exists(Reference.objects.filter(**its)),
        has_experiences=Exists(CountryExperience.objects.filter(**its).exclude(level=CountryExperience.Level.NEVER)),
        has_certificates=Exists(Certificate.objects.filter(**its)),
    ).first()
    if profile is None:
        return _in(SmeProfile(organisation=company), Lines(references=False, experiences=False, certificates=False))
    return _in(profile, Lines(profile.has_references, profile.has_experiences, profile.has_certificates))


def completion(gaps: list[Gap]) -> int:
    """How much of what groups look at first is said, in per cent."""
    return 100 * (ASKED - sum(not gap.optional for gap in gaps)) // ASKED


def in_profile(profile: SmeProfile) -> list[Gap]:
    """The same of a profile in hand, whose lines were fetched with it."""
    lines = Lines(bool(profile.references.all()), _is_known(profile), bool(profile.certificates.all()))
    return _in(profile, lines)


def tells_enough(profile: SmeProfile) -> bool:
    """A sector and a country, wished for or known: short of that, what we would propose is a guess."""
    return bool(profile.sectors and (profile.wanted_places or _is_known(profile)))


def allows_fit(
    company: Organisation,
    profile: SmeProfile,
    references: Iterable[Reference],
    experiences: Iterable[CountryExperience],
) -> bool:
    """A trade, by the register or a reference too, and a country: short of that, it is matched with nothing."""
    works = list(references)
    trade = profile.sectors or profile.hs_codes or profile.cpv_codes or company.naf or any(one.codes for one in works)
    return bool(trade and (profile.wanted_places or any(one.place for one in works) or _have_sold(experiences)))


def _is_known(profile: SmeProfile) -> bool:
    """Whether it has sold in any country."""
    return _have_sold(profile.experiences.all())


def _have_sold(experiences: Iterable[CountryExperience]) -> bool:
    return any(one.level != CountryExperience.Level.NEVER for one in experiences)


def _in(profile: SmeProfile, has: Lines) -> list[Gap]:
    said: list[tuple[object, str, str, str]] = [
        (profile.sectors, "sectors", _("vos secteurs"), "activite"),
        (profile.products, "products", _("vos produits et services"), "activite"),
        (has.references, "references", _("au moins une référence"), "activite"),
        (profile.wanted_places or has.experiences, "places", _("les pays que vous connaissez ou visez"), "export"),
        (has.certificates, "certifications", _("vos certifications"), "capacites"),
        (profile.languages, "languages", _("vos langues de travail"), "capacites"),
        (profile.headcount, "headcount", _("votre effectif"), "capacites"),
        (profile.volume, "volume", _("le montant de contrat que vous pouvez livrer"), "capacites"),
        (profile.wanted_kinds, "kinds", _("les types d'opération que vous cherchez"), "projets"),
    ]
    return [Gap(key, label, section, key in OPTIONAL) for value, key, label, section in said if not value]

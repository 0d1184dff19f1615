"""What an SME's profile does not say yet and groups look at first, with the section where to say it."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import CountryExperience, Organisation, Reference, SmeProfile

ASKED = 7  # what is looked at
NEEDED = {"sectors", "places"}  # short of these, nothing is proposed
READ = ["sectors", "products", "wanted_places", "languages", "headcount", "wanted_kinds"]


@dataclass(frozen=True, slots=True)
class Gap:
    key: str
    label: str
    section: str

    @property
    def url(self) -> str:
        return reverse("accounts:profile_section", args=[self.section])


def of(company: Organisation) -> list[Gap]:
    """Most telling first; one query."""
    rows = SmeProfile.objects.filter(organisation=company).only(*READ)
    its = {"profile": OuterRef("pk")}
    profile = rows.annotate(
        has_references=Exists(Reference.objects.filter(**its)),
        has_experiences=Exists(CountryExperience.objects.filter(**its).exclude(level=CountryExperience.Level.NEVER)),
    ).first()
    if profile is None:
        return _in(SmeProfile(organisation=company), references=False, experiences=False)
    return _in(profile, references=profile.has_references, experiences=profile.has_experiences)


def completion(gaps: list[Gap]) -> int:
    """How much of what groups look at first is said, in per cent."""
    return 100 * (ASKED - len(gaps)) // ASKED


def in_profile(profile: SmeProfile) -> list[Gap]:
    """The same of a profile in hand, whose references and experiences were fetched with it."""
    return _in(profile, references=bool(profile.references.all()), experiences=_is_known(profile))


def tells_enough(profile: SmeProfile) -> bool:
    """A sector and a country, wished for or known: short of that, what we would propose is a guess."""
    return bool(profile.sectors and (profile.wanted_places or _is_known(profile)))


def _is_known(profile: SmeProfile) -> bool:
    """Whether it has sold in any country."""
    return any(one.level != CountryExperience.Level.NEVER for one in profile.experiences.all())


def _in(profile: SmeProfile, *, references: bool, experiences: bool) -> list[Gap]:
    said = [
        (profile.sectors, "sectors", _("vos secteurs"), "activite"),
        (profile.products, "products", _("vos produits et services"), "activite"),
        (references, "references", _("au moins une référence"), "activite"),
        (profile.wanted_places or experiences, "places", _("les pays que vous connaissez ou visez"), "export"),
        (profile.languages, "languages", _("vos langues de travail"), "capacites"),
        (profile.headcount, "headcount", _("votre effectif"), "capacites"),
        (profile.wanted_kinds, "kinds", _("les formes d'appui que vous cherchez"), "projets"),
    ]
    return [Gap(key, label, section) for value, key, label, section in said if not value]

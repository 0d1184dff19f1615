"""What an SME's profile does not say yet and groups look at first, with the section where to say it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Organisation, SmeProfile


@dataclass(frozen=True, slots=True)
class Gap:
    label: str
    section: str

    @property
    def url(self) -> str:
        return reverse("accounts:profile_section", args=[self.section])


def of(company: Organisation) -> list[Gap]:
    """Most telling first; two queries and one."""
    rows = SmeProfile.objects.filter(organisation=company).prefetch_related("references", "experiences")
    return in_profile(rows.first() or SmeProfile(organisation=company))


def in_profile(profile: SmeProfile) -> list[Gap]:
    """The same of a profile in hand, whose references and experiences were fetched with it."""
    references = profile.pk and profile.references.all()
    experiences = profile.pk and profile.experiences.all()
    said = [
        (profile.sectors, _("vos secteurs"), "activite"),
        (profile.products, _("vos produits et services"), "activite"),
        (references, _("au moins une référence"), "activite"),
        (profile.wanted_places or experiences, _("les pays que vous connaissez ou visez"), "export"),
        (profile.languages, _("vos langues de travail"), "capacites"),
        (profile.headcount, _("votre effectif"), "capacites"),
        (profile.wanted_kinds, _("les formes d'appui que vous cherchez"), "projets"),
    ]
    return [Gap(label, section) for value, label, section in said if not value]

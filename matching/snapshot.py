"""The profile as the group will see it, frozen when the application leaves; in codes: each side reads its words."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import taxonomy
from accounts.models import CountryExperience, Organisation, Reference, SmeProfile
from matching.models import Application
from pacte.days import date_format

ORGANISATION = ["name", "siren", "city", "department", "naf", "website"]
PROFILE = [
    "sectors", "products", "hs_codes", "cpv_codes", "languages", "headcount", "turnover", "volume", "export_share",
    "wanted_kinds", "wanted_places", "horizon",
]  # fmt: skip


def take(application: Application) -> dict[str, Any]:
    """Nobody's name, address or telephone is in it: those go with the introduction only."""
    return of_company(application.company) | words(application)


def of_company(company: Organisation) -> dict[str, Any]:
    """Its profile alone, as it is now."""
    profile = SmeProfile.objects.filter(organisation=company).first() or SmeProfile(organisation=company)
    shared = profile.references.filter(shareable=True) if profile.pk else Reference.objects.none()
    experiences = profile.experiences.all() if profile.pk else CountryExperience.objects.none()
    held = profile.certificates.all() if profile.pk else ()
    reference_fields = ["title", "description", "place", "year", "client_kind", "client_name"]
    return {
        "taken_at": timezone.now().isoformat(),
        "company": {name: getattr(company, name) for name in ORGANISATION},
        "profile": {name: getattr(profile, name) for name in PROFILE},
        "references": list(shared.values(*reference_fields)),
        "experiences": list(experiences.values("place", "level", "last_year")),
        "certificates": [
            {"code": one.code, "expires_on": one.expires_on.isoformat() if one.expires_on else None} for one in held
        ],
    }


def words(application: Application) -> dict[str, Any]:
    """What its company wrote for this opportunity alone."""
    return {
        "pitch": application.pitch,
        "answers": [
            {"question": one["text"], "answer": said}
            for one in application.opportunity.questions
            if (said := application.answers.get(one["text"], "").strip())
        ],
    }


def shown(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The same in words of the active language: `facts` [(label, text)], `references`, `products`, `company`."""
    profile, company = snapshot.get("profile", {}), snapshot.get("company", {})
    return {
        "company": {name: company.get(name, "") for name in ("name", "siren", "website")},
        "products": profile.get("products", ""),
        "facts": [(label, text) for label, text in facts(snapshot, company, profile) if text],
        "references": [reference(one) for one in snapshot.get("references", [])],
        "pitch": snapshot.get("pitch", ""),
        "answers": snapshot.get("answers", []),
    }


def facts(
    snapshot: Mapping[str, Any], company: Mapping[str, Any], profile: Mapping[str, Any]
) -> Iterable[tuple[str, str]]:
    department = taxonomy.label("place", company.get("department", ""))
    yield _("Ville"), " · ".join(filter(None, [company.get("city"), department]))
    yield _("Secteurs"), listed("sector", profile.get("sectors"))
    yield _("Chapitres douaniers"), listed("hs", profile.get("hs_codes"))
    yield _("Codes CPV"), listed("cpv", profile.get("cpv_codes"))
    yield _("Effectif"), taxonomy.label("headcount", profile.get("headcount", ""))
    yield _("Chiffre d'affaires"), taxonomy.label("turnover", profile.get("turnover", ""))
    yield _("Montant de contrat livrable"), taxonomy.label("volume", profile.get("volume", ""))
    yield _("Part à l'export"), taxonomy.label("export_share", profile.get("export_share", ""))
    yield _("Langues de travail"), listed("language", profile.get("languages"))
    yield _("Certifications"), ", ".join(certificate(one) for one in snapshot.get("certificates", []))
    yield _("Expérience à l'export"), ", ".join(experience(one) for one in snapshot.get("experiences", []))
    yield _("Pays recherchés"), listed("place", profile.get("wanted_places"))
    yield _("Formes d'appui recherchées"), listed("kind", profile.get("wanted_kinds"))


def listed(scheme: str, codes: Iterable[str] | None) -> str:
    return ", ".join(dict.fromkeys(map(partial(taxonomy.label, scheme), codes or [])))  # two codes, one word


def certificate(one: Mapping[str, Any]) -> str:
    label = taxonomy.label("certification", one["code"])
    if not one["expires_on"]:
        return label
    until = date_format(date.fromisoformat(one["expires_on"]), "SHORT_DATE_FORMAT")
    return _("%(label)s (jusqu'au %(date)s)") % {"label": label, "date": until}


def experience(one: Mapping[str, Any]) -> str:
    place, level = taxonomy.label("place", one["place"]), CountryExperience.Level(one["level"]).label
    return f"{place} ({level}, {one['last_year']})" if one.get("last_year") else f"{place} ({level})"


def reference(one: Mapping[str, Any]) -> dict[str, Any]:
    kind = Reference.ClientKind(one["client_kind"]).label if one.get("client_kind") else ""
    client = one.get("client_name") or str(kind).capitalize()
    where = taxonomy.label("place", one.get("place", ""))
    return {
        "title": one["title"],
        "description": one.get("description", ""),
        "context": " · ".join(str(part) for part in [client, where, one.get("year")] if part),
    }

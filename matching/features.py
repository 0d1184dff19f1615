"""From rows to what the engine is told: the same for the site, the bench and the tests."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import islice
from typing import Any, TypeVar

from django.db.models import QuerySet

from accounts import gaps, taxonomy
from accounts.models import Certificate, CodeLabel, CountryExperience, Organisation, Reference, SmeProfile
from accounts.taxonomy import bands, places, sectors
from accounts.taxonomy.terms import Term
from matching.engine.lexicon import Label
from matching.engine.records import Asked, Codes, Need, Place, Profile, Sales, Work
from matching.models import Attention
from opportunities.models import Criterion, Opportunity, Stage

logger = logging.getLogger(__name__)
Made = TypeVar("Made")
Row = TypeVar("Row", Reference, CountryExperience, Certificate)
Level = CountryExperience.Level
LANGUAGES = ("fr", "en")
BATCH = 2_000
STRENGTH = {Level.OCCASIONAL: 0.6, Level.REGULAR: 0.9, Level.LOCAL: 1.0}
MATURITY = {Level.NEVER: 0.0, Level.OCCASIONAL: 0.4, Level.REGULAR: 0.8, Level.LOCAL: 1.0}
MATURITY_OF_FOREIGN_REFERENCE = 0.6
STAGE_MATURITY = {Stage.WATCH: 0.2, Stage.PRE_SALE: 0.3, Stage.BID: 0.6, Stage.WON: 0.6, Stage.DELIVERY: 0.8}
FAMILIES = {
    Criterion.Kind.CERTIFICATION: "certifications",
    Criterion.Kind.LANGUAGE: "languages",
    Criterion.Kind.EXPERIENCE: "experience",
    Criterion.Kind.SECTOR: "sectors",
}
BANDS: Mapping[str, list[str]] = {"headcount": list(bands.HEADCOUNT), "volume": list(bands.VOLUME)}  # smallest first


def described(
    company: Organisation,
    profile: SmeProfile,
    references: Sequence[Reference],
    experiences: Sequence[CountryExperience],
    certificates: Sequence[Certificate],
    today: date,
    attention: Attention | None = None,
) -> Profile:
    """What the engine is told of a company, from rows in hand, saved or not."""
    works = tuple(map(reference_work, references))
    sales = tuple(
        Sales(places.ancestors(one.place), STRENGTH[Level(one.level)]) for one in experiences if one.level in STRENGTH
    )
    reached = [chain for work in works for chain in work.places] + [one.place for one in sales]
    return Profile(
        id=company.pk or 0,
        name=company.name,
        text=profile.products,
        codes=tuple((code, *implied_codes(code)) for code in declared_codes(company, profile)),
        works=works,
        sales=sales,
        wanted=tuple(places.ancestors(code) for code in profile.wanted_places),
        kinds=frozenset(profile.wanted_kinds),
        certifications=held(certificates, today),
        languages=frozenset(profile.languages) or None,
        experience=experience_of(reached, experiences),
        headcount=band("headcount", profile.headcount),
        volume=band("volume", profile.volume),
        maturity=maturity_of(references, experiences),
        proposed=attention.congestion if attention else 0,
        introduced=bool(attention and attention.introduced),
        freshness=freshness_of(profile.confirmed_at or profile.updated_at, today),
        complete=gaps.allows_fit(company, profile, references, experiences),
    )


def declared_codes(company: Organisation, profile: SmeProfile) -> list[str]:
    codes = [f"sector:{slug}" for slug in profile.sectors]
    codes += [f"hs:{code}" for code in profile.hs_codes]
    codes += [f"cpv:{code}" for code in profile.cpv_codes]
    return [*codes, f"naf:{company.naf}"] if company.naf else codes


@cache
def implied_codes(declared: str) -> Codes:
    """Divisions that a sector covers, or sectors (marked ~) of a division: generous, so worth little."""
    scheme, _, value = declared.partition(":")
    if scheme != "sector":
        return tuple(f"~sector:{slug}" for slug in sectors_of(scheme, value[:2]))
    if (sector := sectors.SECTORS.get(value)) is None:
        return ()
    covered = {"naf": sector.naf, "hs": sector.hs, "cpv": sector.cpv}
    divisions = [f"{name}:{division}" for name, found in covered.items() for division in found]
    return (f"~{declared}", *divisions)


@cache
def sectors_of(scheme: str, division: str) -> tuple[str, ...]:
    return tuple(slug for slug, sector in sectors.SECTORS.items() if division in getattr(sector, scheme))


def reference_work(reference: Reference) -> Work:
    return Work(
        key=reference.pk or 0,
        text=f"{reference.title} {reference.description}",
        codes=tuple(reference.codes),
        places=(places.ancestors(reference.place),) if reference.place else (),
    )


def experience_of(reached: Iterable[Place], experiences: Sequence[CountryExperience]) -> frozenset[str] | None:
    """Places worked in, with their ancestors; None when nothing was said."""
    known = frozenset(node for chain in reached for node in chain)
    return known if known or experiences else None


def held(certificates: Iterable[Certificate], today: date) -> frozenset[str] | None:
    """Certificates still valid; None when none was ever listed."""
    listed = list(certificates)
    if not listed:
        return None
    return frozenset(c.code for c in listed if c.expires_on is None or c.expires_on >= today)


def maturity_of(references: Iterable[Reference], experiences: Iterable[CountryExperience]) -> float | None:
    known = [MATURITY[Level(one.level)] for one in experiences]
    known += [MATURITY_OF_FOREIGN_REFERENCE for one in references if one.place and not one.place.startswith("FR")]
    return max(known, default=None)


def freshness_of(confirmed: datetime | None, today: date) -> float | None:
    """By whole years, so that a score does not drift from day to day."""
    if confirmed is None:
        return None
    years = (today - confirmed.date()).days // 365
    return max(0.0, 1.0 - max(0, years) / 2)


def need_of(opportunity: Opportunity, criteria: Sequence[Criterion]) -> Need:
    """What the engine is told of an opportunity."""
    codes = [f"sector:{slug}" for slug in opportunity.sectors]
    codes += [f"cpv:{code}" for code in opportunity.cpv_codes]
    codes += [f"hs:{code}" for code in opportunity.hs_codes]
    codes += [f"naf:{code}" for code in opportunity.naf_codes]
    size, volume = (least(name, criteria) for name in BANDS)
    return Need(
        id=opportunity.pk or 0,
        title=f"{opportunity.title} {opportunity.teaser}",
        body=" ".join([opportunity.description, *long_details(opportunity)]),
        codes=tuple(codes),
        places=tuple(places.ancestors(code) for code in opportunity.places),
        place_names=" ".join(taxonomy.label("place", code, lang) for code in opportunity.places for lang in LANGUAGES),
        kind=opportunity.kind,
        asked=tuple(Asked(FAMILIES[Criterion.Kind(c.kind)], c.code, c.must) for c in criteria if c.kind in FAMILIES),
        headcount=band("headcount", size.code) if size else None,
        headcount_must=bool(size and size.must),
        volume=band("volume", volume.code) if volume else None,
        volume_must=bool(volume and volume.must),
        maturity=0.0 if opportunity.first_exporters_welcome else stage_maturity(opportunity.stage),
    )


def band(name: str, code: str) -> int | None:
    """Its place among the bands of headcount or volume; None for one that is not known."""
    return BANDS[name].index(code) if code in BANDS[name] else None


def least(name: str, criteria: Iterable[Criterion]) -> Criterion | None:
    """The one criterion that asks for a band; the greatest where there are several."""
    known = [one for one in criteria if one.kind == name and one.code in BANDS[name]]
    return max(known, key=lambda one: BANDS[name].index(one.code), default=None)


def long_details(opportunity: Opportunity) -> list[str]:
    if not opportunity.kind:
        return []
    return [str(opportunity.details.get(f.name) or "") for f in opportunity.spec.fields if f.type == "long"]


def stage_maturity(stage: str) -> float | None:
    return STAGE_MATURITY[Stage(stage)] if stage else None


@lru_cache(maxsize=20_000)
def label(code: str) -> str:
    """The words for a code, in both languages; none for one that is only implied."""
    scheme, _, value = code.partition(":")
    if scheme.startswith("~"):
        return ""
    return " ".join(dict.fromkeys(taxonomy.label(scheme, value, language) for language in LANGUAGES))


def labels() -> Label:
    """`label`, with the words of the official nomenclatures that were loaded by now."""
    loaded = {
        f"{scheme}:{code}": " ".join(dict.fromkeys(filter(None, (label_fr, label_en))))
        for scheme, code, label_fr, label_en in CodeLabel.objects.values_list("scheme", "code", "label_fr", "label_en")
    }
    return lambda code: loaded.get(code) or label(code)


def bilingual() -> Iterator[tuple[str, str]]:
    """What the platform says in both languages: the labels of codes, places and sectors; (French, English)."""
    yield from CodeLabel.objects.exclude(label_fr="").exclude(label_en="").values_list("label_fr", "label_en")
    lists: list[Mapping[str, Term]] = [*taxonomy.codes.DIVISIONS.values(), places.PLACES, sectors.SECTORS]
    yield from ((term.label_fr, term.label_en) for terms in lists for term in terms.values())


def matched_profiles() -> QuerySet[SmeProfile]:
    """Profiles of the companies that take part."""
    return SmeProfile.objects.filter(organisation__in=Organisation.objects.taking_part())


def matched_needs() -> QuerySet[Opportunity]:
    """Opportunities that one may apply to today."""
    return Opportunity.objects.open()


def all_companies() -> list[int]:
    return list(matched_profiles().order_by("organisation").values_list("organisation", flat=True))


def need_revisions(opportunities: Collection[int] | None = None) -> dict[int, int]:
    found = matched_needs()
    if opportunities is not None:
        found = found.filter(pk__in=opportunities)
    return dict(found.values_list("pk", "revision"))


def readable(what: str, pk: int, make: Callable[..., Made], *args: Any) -> Made | None:
    """What is made of a row; None, and a line in the log, where it cannot be: one row must not stop the others."""
    try:
        return make(*args)
    except Exception:
        logger.exception("%s %s cannot be read: it is not scored until it changes", what, pk)
        return None


def load_profiles(companies: Iterable[int], today: date) -> Iterator[Profile]:
    """Those of these companies that take part, five queries a batch."""
    for batch in batches(companies):
        rows = list(matched_profiles().filter(organisation__in=batch).select_related("organisation"))
        references = by_profile(Reference.objects.filter(profile__in=rows))
        experiences = by_profile(CountryExperience.objects.filter(profile__in=rows))
        certificates = by_profile(Certificate.objects.filter(profile__in=rows))
        attention = {one.company_id: one for one in Attention.objects.filter(company__in=batch)}
        for row in sorted(rows, key=lambda row: row.organisation_id):
            its = (
                references[row.pk],
                experiences[row.pk],
                certificates[row.pk],
                today,
                attention.get(row.organisation_id),
            )
            if profile := readable("company", row.organisation_id, described, row.organisation, row, *its):
                yield profile


def by_profile(rows: "QuerySet[Row]") -> "defaultdict[int, list[Row]]":
    """The rows of each profile in their usual order: over thousands of profiles twice as fast as a prefetch."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.profile_id].append(row)
    return found


def load_needs(opportunities: Iterable[int]) -> Iterator[tuple[Need, int]]:
    """(need, revision) of the open opportunities, two queries a batch."""
    for batch in batches(opportunities):
        for row in matched_needs().filter(pk__in=batch).prefetch_related("criteria").order_by("pk"):
            if need := readable("opportunity", row.pk, need_of, row, list(row.criteria.all())):
                yield need, row.revision


def batches(ids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(sorted(ids))
    while batch := list(islice(left, BATCH)):
        yield batch

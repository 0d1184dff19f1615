"""Places: export zones, countries, French regions and départements are one notion, a code with ancestors.

`FR-60` (Oise) lies in `FR-R32` (Hauts-de-France), in `FR`, in the zone `Z-EUW`.
"""

from dataclasses import dataclass
from functools import cache

from accounts.taxonomy import terms
from accounts.taxonomy.terms import Choices, Term


@dataclass(frozen=True, slots=True)
class Place(Term):
    """A place and the smallest one that contains it (none for a zone)."""

    parent: str


def _read(name: str) -> dict[str, Place]:
    rows = terms.read_table(name)
    return {code: Place(code, label_fr, label_en, parent) for code, parent, label_fr, label_en in rows}


_WORLD, _FRANCE = _read("world.tsv"), _read("france.tsv")
ZONES = {code: place for code, place in _WORLD.items() if not place.parent}
COUNTRIES = {code: place for code, place in _WORLD.items() if place.parent}
REGIONS = {code: place for code, place in _FRANCE.items() if place.parent == "FR"}
DEPARTMENTS = {code: place for code, place in _FRANCE.items() if place.parent != "FR"}
PLACES = {**_WORLD, **_FRANCE}


@cache
def ancestors(code: str) -> tuple[str, ...]:
    """The place and what contains it, nearest first; a code we do not know stands alone."""
    steps = [code]
    while (place := PLACES.get(steps[-1])) and place.parent:
        steps.append(place.parent)
    return tuple(steps)


def label(code: str, language: str | None = None) -> str:
    """The place's name."""
    return terms.label(PLACES, code, language)


def countries_of(zone: str) -> tuple[str, ...]:
    """The countries of a zone."""
    return tuple(code for code, place in COUNTRIES.items() if place.parent == zone)


def department_of(postcode: str) -> str:
    """The département of a French postcode (`60200` → `FR-60`), empty when there is none."""
    digits = postcode.replace(" ", "")
    if digits.startswith("20"):
        code = "FR-2A" if digits[:3] in {"200", "201"} else "FR-2B"
    else:
        code = f"FR-{digits[:3] if digits.startswith('97') else digits[:2]}"
    return code if code in DEPARTMENTS else ""


def choices() -> Choices:
    """Countries, in the order of their names."""
    return terms.choices(COUNTRIES.values(), by_label=True)


def zone_choices() -> Choices:
    """The twelve export zones."""
    return terms.choices(ZONES.values())


def grouped_choices() -> list[tuple[str, Choices]]:
    """Countries under their zones, for a select with groups."""
    return [
        (zone.label(), terms.choices((COUNTRIES[code] for code in countries_of(zone.code)), by_label=True))
        for zone in ZONES.values()
    ]


def region_choices() -> Choices:
    """The eighteen French regions."""
    return terms.choices(REGIONS.values(), by_label=True)


def department_choices() -> Choices:
    """« 60 – Oise », in the order of the numbers."""
    return [(code, f"{code[3:]} – {DEPARTMENTS[code].label()}") for code in sorted(DEPARTMENTS)]

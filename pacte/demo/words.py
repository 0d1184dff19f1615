"""The vocabulary of the demonstration (trades, countries, towns, names) and the little grammar that joins it."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).parent / "data"

FIRST_NAMES, LAST_NAMES = (line.split() for line in (DATA / "names.txt").read_text(encoding="utf-8").splitlines())


@dataclass(frozen=True, slots=True)
class Need:
    """What a group looks for (`what`) and for which project (`goal`), in French and English."""

    what: str
    goal: str
    what_en: str
    goal_en: str


@dataclass(frozen=True, slots=True)
class Family:
    """Sentences that suit several trades."""

    members: tuple[str, ...]
    strengths: tuple[str, ...]
    deliveries: tuple[str, ...]
    clients_abroad: tuple[str, ...]
    clients_group: tuple[str, ...]
    clients_public: tuple[str, ...]
    clients_sme: tuple[str, ...]
    scope: tuple[str, ...]
    scope_en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """What a kind of company does, and what people buy from it."""

    code: str
    sectors: tuple[str, ...]
    naf: str
    hs: tuple[str, ...]
    cpv: tuple[str, ...]
    certs: tuple[str, ...]
    brands: tuple[str, ...]
    does: str
    items: tuple[str, ...]
    act: str
    jobs: tuple[str, ...]
    needs: tuple[Need, ...]
    family: Family


@dataclass(frozen=True, slots=True)
class Country:
    """Somewhere abroad: « au Maroc », “in Morocco”, its cities and its languages of business."""

    code: str
    where: str
    where_en: str
    cities: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """Somewhere in France; `of` as in « Hydrovalve de Picardie »."""

    postcode: str
    name: str
    of: str
    weight: int


@cache
def trades() -> dict[str, Trade]:
    """All trades by code, in the file's order."""
    works, *families = [Family(**_tuples(row)) for row in _toml("families").values()]
    found = {}
    for code, row in _toml("trades").items():
        needs = tuple(Need(need["what"], need["for"], need["en"], need["en_for"]) for need in row.pop("needs"))
        family = next((family for family in families if code in family.members), works)
        found[code] = Trade(code=code, needs=needs, family=family, **_tuples(row))
    return found


def _toml(name: str) -> dict[str, Any]:
    with (DATA / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


@cache
def countries() -> dict[str, Country]:
    """All countries by code."""
    rows = (
        Country(code, where, where_en, tuple(cities.split(";")), tuple(languages.split()))
        for code, where, where_en, cities, languages in _rows("countries")
    )
    return {country.code: country for country in rows}


@cache
def towns() -> tuple[Town, ...]:
    """All French towns."""
    return tuple(Town(postcode, name, of, int(weight)) for postcode, name, of, weight in _rows("towns"))


def _rows(name: str) -> Iterator[list[str]]:
    for line in (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def dice(*seed: object) -> Random:
    """Chance that falls the same way every time."""
    return Random(":".join(map(str, seed)))  # noqa: S311  # nothing secret hangs on it


def some(rng: Random, options: Sequence[str], count: int) -> list[str]:
    """That many of the options at most, each once, in any order."""
    return rng.sample(options, min(count, len(options)))


def sirens() -> Iterator[str]:
    """Numbers that pass the key's check and belong to nobody: no company's SIREN starts with two zeros."""
    for number in range(1000, 1_000_000):
        digits = f"00{number:06d}"
        total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(digits))
        yield f"{digits}{-total % 10}"


def enumeration(words: Iterable[str], last: str = "et") -> str:
    """« a, b et c »."""
    *firsts, end = words
    return f"{', '.join(firsts)} {last} {end}" if firsts else end


def of(words: str) -> str:
    """« de vannes », « d'équipements », « du Caire »."""
    if words.startswith("Le "):
        return f"du {words[3:]}"
    return f"d'{words}" if words[0].lower() in "aeiouyéèêîôœ" else f"de {words}"


def at(town: str) -> str:
    """« à Dakar », « au Caire »."""
    return f"au {town[3:]}" if town.startswith("Le ") else f"à {town}"


def sentence(words: str) -> str:
    """With a capital."""
    return words[:1].upper() + words[1:]


def fitting(limit: int, *candidates: str) -> str:
    """The first of the candidates that is short enough, else the last one, cut at a word."""
    for words in candidates:
        if len(words) <= limit:
            return words
    return candidates[-1][:limit].rsplit(" ", 1)[0] + "…"

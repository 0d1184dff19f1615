"""NAF (what a company does), HS (what goods) and CPV (what is bought): divisions, ancestors, codes as typed.

A code is stored as it is written in its own nomenclature (`28.13Z`, `841370`, `45311000`) and, where the three meet
in one column, with its scheme before it: `cpv:45311000`.
"""

import re
from dataclasses import dataclass
from functools import cache

from accounts.taxonomy import terms
from accounts.taxonomy.terms import Choices, Term

SCHEMES = ("naf", "hs", "cpv")
_SHAPES = {"naf": r"[A-U]|\d\d(?:\.\d{1,2}[A-Z]?)?", "hs": r"\d\d|\d{4}|\d{6}", "cpv": r"\d{8}"}


@dataclass(frozen=True, slots=True)
class Division(Term):
    """A division of a nomenclature; `parent` is the section for NAF, empty elsewhere."""

    parent: str


def _read() -> dict[str, dict[str, Division]]:
    found: dict[str, dict[str, Division]] = {scheme: {} for scheme in SCHEMES}
    for scheme, code, parent, label_fr, label_en in terms.read_table("codes.tsv"):
        found[scheme][code] = Division(code, label_fr, label_en, parent)
    return found


DIVISIONS = _read()
NAF, HS, CPV = DIVISIONS["naf"], DIVISIONS["hs"], DIVISIONS["cpv"]


@cache
def ancestors(scheme: str, code: str) -> tuple[str, ...]:
    """The code and what contains it, nearest first.

    CPV counts by its significant digits, trailing zeros covering the children: `45311000` gives `45311 4531 453 45`.
    `28.13Z` gives `28.13Z 28.13 28.1 28 C`; `841370` gives `841370 8413 84`.
    """
    if scheme == "cpv":
        digits = code.rstrip("0")
        return tuple(code[:length] for length in range(max(len(digits), 2), 1, -1))
    if scheme == "hs":
        return tuple(code[:length] for length in (6, 4, 2) if length <= len(code))
    steps = [code[:length] for length in (6, 5, 4, 2) if length <= len(code)] or [code]
    division = NAF.get(code[:2])
    return (*steps, division.parent) if division and division.parent else tuple(steps)


def parse(scheme: str, text: str) -> str:
    """The code a person meant (`2813Z`, `84.13.70`, `45310000-3`, `cpv 45`), as stored; or ValueError."""
    bare = re.sub(rf"^\s*{scheme}\s*:?", "", text, flags=re.IGNORECASE).upper()
    if scheme == "cpv":
        bare = bare.partition("-")[0]
    bare = re.sub(r"[\s.]", "", bare)
    if scheme == "cpv" and re.fullmatch(r"\d{2,8}", bare):
        bare = bare.ljust(8, "0")
    if scheme == "naf" and len(bare) > 2:
        bare = f"{bare[:2]}.{bare[2:]}"
    known = bare[:2] in DIVISIONS[scheme] and re.fullmatch(_SHAPES[scheme], bare)
    if not known or (scheme == "naf" and not _is_nace(bare)):
        raise ValueError(f"{text.strip()!r} is not a {scheme} code")
    return bare


def parse_list(scheme: str, text: str) -> tuple[list[str], list[str]]:
    """What people type in one field, between commas, semicolons or lines: the codes, then what is none."""
    good: list[str] = []
    bad: list[str] = []
    for word in filter(None, (word.strip() for word in re.split(r"[,;\n]", text))):
        try:
            good.append(parse(scheme, word))
        except ValueError:
            bad.append(word)
    return list(dict.fromkeys(good)), bad


def split(tagged: str) -> tuple[str, str]:
    """`cpv:45311000` in two: its scheme and its code; ValueError for a scheme that is not ours."""
    scheme, _colon, code = tagged.partition(":")
    if scheme not in SCHEMES:
        raise ValueError(f"{tagged!r} has no known scheme")
    return scheme, code


def label(scheme: str, code: str, language: str | None = None) -> str:
    """The word for the division (or NAF section) the code lies in."""
    known = DIVISIONS[scheme]
    return terms.label(known, code if code in known else code[:2], language)


def choices(scheme: str) -> Choices:
    """(division, « division – word »), in the order of the codes."""
    return [(term.code, f"{term.code} – {term.label()}") for term in DIVISIONS[scheme].values() if len(term.code) == 2]


def _is_nace(code: str) -> bool:
    """Whether the first four digits are a class of NACE rev. 2, on which the French NAF is built."""
    from stdnum.eu import nace  # a table of its own, read only when someone types a code

    return nace.is_valid(code[:5], revision="2.0")

"""What the engine is told of a company and of a need: plain values, codes already spelt out.

A code reads "scheme:value" ("cpv:45311000", "hs:8481", "naf:28.14Z", "sector:water"). A place comes with its
ancestors, itself first: ("FR-60", "FR-R32", "FR", "Z-EUW"). What is not known is empty or None.
"""

from dataclasses import dataclass

Place = tuple[str, ...]
Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """A reference: something done, somewhere. Without codes of its own it is taken for one in the company's trade."""

    key: int
    text: str = ""
    codes: Codes = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Sales:
    """Sales in a place, without a reference to show: how much they prove, 0 to 1."""

    place: Place
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a company says of itself."""

    id: int
    name: str = ""
    text: str = ""
    codes: tuple[Codes, ...] = ()  # each code declared, with those that it implies; its sectors are among them
    works: tuple[Work, ...] = ()
    sales: tuple[Sales, ...] = ()
    wanted: tuple[Place, ...] = ()
    kinds: frozenset[str] = frozenset()
    certifications: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    experience: frozenset[str] | None = None  # places, ancestors included
    headcount: int | None = None
    volume: int | None = None  # band of the largest contract that it may deliver
    maturity: float | None = None
    freshness: float | None = None
    proposed: int = 0  # how often it was proposed lately, 0 (hardly) to 4 (very often)
    introduced: bool = False  # whether it ever was
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked: family "certifications", "languages", "experience" or "sectors", and its code."""

    family: str
    code: str
    must: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """What an opportunity asks for."""

    id: int
    title: str = ""
    body: str = ""
    codes: Codes = ()
    places: tuple[Place, ...] = ()
    place_names: str = ""  # words that count as places, hence not as text
    kind: str = ""
    asked: tuple[Asked, ...] = ()
    headcount: int | None = None
    headcount_must: bool = False
    volume: int | None = None
    volume_must: bool = False
    maturity: float | None = None  # export experience that its stage calls for, 0 to 1

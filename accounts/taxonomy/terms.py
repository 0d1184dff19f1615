"""What every list of this taxonomy is made of: a code with a French and an English word."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import get_language

Choices = list[tuple[str, str]]
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a list."""

    code: str
    label_fr: str
    label_en: str

    def label(self, language: str | None = None) -> str:
        """The word in that language, the active one when none is named; French wins over languages we lack."""
        return self.label_en if spoken(language) == "en" else self.label_fr


def spoken(language: str | None = None) -> str:
    """The language to answer in: `en` or `fr`."""
    return "en" if (language or get_language() or "fr").startswith("en") else "fr"


def folded(text: str) -> str:
    """Lower case without accents: the order in which people expect a list, and what they type."""
    bare = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


def label(terms: Mapping[str, Term], code: str, language: str | None = None) -> str:
    """The word for a code; a code we do not know stays itself, so that old rows can always be shown."""
    return terms[code].label(language) if code in terms else code


def choices(terms: Iterable[Term], *, by_label: bool = False) -> Choices:
    """(code, word) in the active language, in the list's own order or in that of the words."""
    pairs = [(term.code, term.label()) for term in terms]
    return sorted(pairs, key=lambda pair: folded(pair[1])) if by_label else pairs


def read_table(name: str) -> Iterator[list[str]]:
    """The rows of one of our packaged tables; its first lines name source, date and licence."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")

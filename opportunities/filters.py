"""What a list's address says, what it selects, and what each further filter would give."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from operator import and_
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.taxonomy import places, sectors
from accounts.taxonomy.terms import folded
from opportunities.catalogue import DEADLINES, UNDATED, Catalogue
from opportunities.kinds import Kind
from opportunities.search import LONGEST, Found, bits_union, search

MOST_COUNTRIES = 12  # until a zone is chosen

DEADLINE_LABELS: dict[str, str | Promise] = {
    "7j": _("dans les 7 jours"),
    "30j": _("dans 8 à 30 jours"),
    "90j": _("dans 31 à 90 jours"),
    "plus": _("plus tard"),
    UNDATED: _("sans date limite"),
}
LANGUAGE_LABELS: dict[str, str | Promise] = {"fr": _("français"), "en": _("anglais")}
# parameter → heading, in the order of the page and of the address
FACETS: dict[str, str | Promise] = {
    "type": _("Type d'opération"),
    "zone": _("Zone du monde"),
    "pays": _("Pays"),
    "secteur": _("Secteur"),
    "echeance": _("Fin des candidatures"),
    "groupe": _("Secteur du groupe"),
    "langue": _("Langue de l'annonce"),
    "primo": _("Première exportation"),
}
FEATURES = {
    "type": "kind",
    "zone": "place",
    "pays": "place",
    "secteur": "sector",
    "langue": "language",
    "primo": "first",
}
VALUES: Mapping[str, Collection[str]] = {
    "type": Kind.values,
    "zone": places.ZONES,
    "pays": places.COUNTRIES,
    "secteur": sectors.SECTORS,
    "groupe": sectors.SECTORS,
    "echeance": [*DEADLINES, UNDATED],
    "langue": LANGUAGE_LABELS,
    "primo": ["1"],
}
SORTS: dict[str, str | Promise] = {
    "pertinence": _("pertinence"),
    "adequation": _("adéquation avec votre profil"),
    "recentes": _("plus récentes"),
    "echeance": _("fin des candidatures"),
}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    count: str
    empty: bool
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    options: list[Option]

    @property
    def chosen(self) -> bool:
        return any(option.selected for option in self.options)


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    url: str
    count: int  # results without this filter
    alone: bool = False  # or with it alone


@dataclass(frozen=True, slots=True)
class Criteria:
    """The state of a list, as its address has it."""

    q: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "recentes"
    page: int = 1

    @classmethod
    def read(cls, data: QueryDict, *, fit: bool) -> Self:
        """Whatever is not understood is left out. `fit`: whether sorting by fit means anything here."""
        q = " ".join(data.get("q", "").replace("\x00", "").split())[:LONGEST]
        chosen = {name: values for name in FACETS if (values := _known(name, data.getlist(name)))}
        page = data.get("page", "")
        sort = data.get("tri", "")
        return cls(
            q,
            chosen,
            sort if sort in _sorts(q, fit=fit) else _default_sort(q),
            max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def query(self) -> str:
        """The shortest query string with this meaning, always in the same order."""
        pairs = self._filters()
        if self.chosen_sort:
            pairs.append(("tri", self.chosen_sort))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return urlencode(pairs)

    def filters(self) -> str:
        """The part of it that says what is selected, in whatever order and page."""
        return urlencode(self._filters())

    def _filters(self) -> list[tuple[str, str]]:
        words = [("q", self.q)] if self.q else []
        return words + [(name, value) for name in FACETS for value in self.chosen.get(name, ())]

    def without(self, name: str, value: str) -> Self:
        left = tuple(other for other in self.chosen.get(name, ()) if other != value)
        return replace(self, chosen={**self.chosen, name: left}, page=1)

    @property
    def chosen_sort(self) -> str:
        """Empty for the usual order: so that the first words typed bring relevance, not yesterday's choice."""
        return "" if self.sort == _default_sort(self.q) else self.sort

    def sorts(self, *, fit: bool) -> list[tuple[str, str | Promise]]:
        """(value of the parameter, words)."""
        usual = _default_sort(self.q)
        return [("" if name == usual else name, SORTS[name]) for name in _sorts(self.q, fit=fit)]

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.chosen)


def _sorts(q: str, *, fit: bool) -> list[str]:
    left_out = {name for name, there in [("pertinence", q), ("adequation", fit)] if not there}
    return [name for name in SORTS if name not in left_out]


def _default_sort(q: str) -> str:
    return "pertinence" if q else "recentes"


def _known(name: str, values: list[str]) -> tuple[str, ...]:
    wanted = set(values)
    return tuple(value for value in VALUES[name] if value in wanted)


def label(name: str, value: str) -> str:
    """The words for one value of a facet, in the active language."""
    return _label(name, value, get_language() or "fr")


@lru_cache(maxsize=2048)
def _label(name: str, value: str, language: str) -> str:
    if name in {"zone", "pays"}:
        return places.label(value, language)
    if name in {"secteur", "groupe"}:
        return sectors.label(value, language)
    words: Mapping[str, Mapping[str, str | Promise]] = {
        "type": dict(Kind.choices),
        "echeance": DEADLINE_LABELS,
        "langue": LANGUAGE_LABELS,
        "primo": {"1": _("Ouverte aux primo-exportateurs")},
    }
    text = str(words[name][value])
    return text[:1].upper() + text[1:]


class Selection:
    """The criteria applied to the catalogue: what is selected, and the counts of everything else.

    `hidden`: bits of what this reader does not want to see, in no list and no count.
    """

    def __init__(self, catalogue: Catalogue, criteria: Criteria, *, hidden: int = 0) -> None:
        self.catalogue = catalogue
        self.criteria = criteria
        self.hidden = hidden
        self.found: Found | None = search(catalogue, criteria.q) if criteria.q else None
        shown = catalogue.open & ~hidden
        self.base = self.found.bits & shown if self.found else shown
        self.by_facet = {
            name: bits_union(self._having(name, value) for value in values)
            for name, values in criteria.chosen.items()
            if values
        }
        self.bits = reduce(and_, self.by_facet.values(), self.base)

    def _having(self, name: str, value: str) -> int:
        if name == "echeance":
            return self.catalogue.by_deadline.get(value, 0)
        if name == "groupe":
            return self.catalogue.by_group_sector.get(value, 0)
        return self.catalogue.having(FEATURES[name], value)

    def _but(self, name: str) -> int:
        """What all other filters select."""
        return reduce(and_, (bits for other, bits in self.by_facet.items() if other != name), self.base)

    def levels(self) -> list[int]:
        """The selected by falling relevance."""
        levels = self.found.levels if self.found else [self.base]
        return [here for level in levels if (here := level & self.bits)]

    def facets(self) -> list[Facet]:
        """Each value with the number that choosing it alone in its facet would give."""
        return [
            Facet(name, str(heading), options) for name, heading in FACETS.items() if (options := self._options(name))
        ]

    def _options(self, name: str) -> list[Option]:
        others = self._but(name)
        chosen = self.criteria.chosen.get(name, ())
        counted = [(value, (others & self._having(name, value)).bit_count()) for value in VALUES[name]]
        if name in {"pays", "secteur", "groupe"}:
            counted = [(value, count) for value, count in counted if count or value in chosen]
        if name == "pays":
            counted = self._countries(counted, chosen)
        options = [
            Option(value, label(name, value), str(count), not count, value in chosen) for value, count in counted
        ]
        if name in {"pays", "secteur", "groupe"}:
            options.sort(key=lambda option: folded(option.label))
        return options

    def _countries(self, counted: list[tuple[str, int]], chosen: tuple[str, ...]) -> list[tuple[str, int]]:
        """Those asked for, with all others of the zones asked for, or else the most frequent."""
        zones = self.criteria.chosen.get("zone", ())
        if zones:
            return [pair for pair in counted if pair[0] in chosen or places.COUNTRIES[pair[0]].parent in zones]
        frequent = sorted(counted, key=lambda pair: pair[1], reverse=True)[:MOST_COUNTRIES]
        return [pair for pair in counted if pair in frequent or pair[0] in chosen]

    def chips(self) -> list[Chip]:
        """The filters in force, each with the address and the number of results without it."""
        return [
            Chip(
                label(name, value), f"?{(without := self.criteria.without(name, value)).query()}", self._count(without)
            )
            for name, values in self.criteria.chosen.items()
            for value in values
        ]

    def ways_out(self) -> list[Chip]:
        """Of a search that gives nothing: what each would give without one filter or word, else with it alone."""
        one_less = [*self.chips(), *self._without_facets(), *self._without_words()]
        return [chip for chip in one_less if chip.count] or [chip for chip in self._alone() if chip.count]

    def _without_facets(self) -> list[Chip]:
        """Each facet that has several values without any of them: one less would still ask for the others."""
        several = [name for name, values in self.criteria.chosen.items() if len(values) > 1]
        left = {name: {**self.criteria.chosen, name: ()} for name in several}
        return [self._chip(str(FACETS[name]), replace(self.criteria, chosen=left[name], page=1)) for name in several]

    def _without_words(self) -> list[Chip]:
        """Each word of the query left out, the others and the filters kept."""
        found = self.found
        wanted = [term.text for term in found.terms if not term.unwanted] if found else []
        if len(wanted) < 2 and not self.criteria.chosen:
            return []
        lists = [(text, " ".join(other for other in wanted if other != text)) for text in dict.fromkeys(wanted)]
        return [self._chip(text, replace(self.criteria, q=left, page=1)) for text, left in lists]

    def _alone(self) -> list[Chip]:
        """Each filter by itself, and the words without any filter."""
        unfiltered = replace(self.criteria, chosen={}, page=1)
        words = [self._chip(unfiltered.q, unfiltered, alone=True)] if unfiltered.q else []
        return words + [
            self._chip(label(name, value), Criteria(chosen={name: (value,)}), alone=True)
            for name, values in self.criteria.chosen.items()
            for value in values
        ]

    def _chip(self, text: str, criteria: Criteria, *, alone: bool = False) -> Chip:
        count = Selection(self.catalogue, criteria, hidden=self.hidden).bits.bit_count()
        return Chip(text, f"?{criteria.query()}", count, alone)

    def _count(self, criteria: Criteria) -> int:
        its = (
            bits_union(self._having(name, value) for value in values)
            for name, values in criteria.chosen.items()
            if values
        )
        return reduce(and_, its, self.base).bit_count()

"""Full text in French over what is open: accents folded, stems compared, typos forgiven, the best placed words first.

PostgreSQL makes the lexemes (configuration `fr`), of the texts and of the query alike (`wording.py`); the catalogue
holds which opportunity has which, and where.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery

from opportunities import spelling
from opportunities.catalogue import PLACED, Catalogue, bits_of
from opportunities.models import Opportunity
from opportunities.wording import AKIN, EXACT, HEARSAY, LONGEST, REMOTE, Term, Way, root, terms

__all__ = ["LONGEST", "Found", "bits_union", "search"]

FEW = 3  # under so many results, look for a better spelling
FACTOR = {EXACT: 4, AKIN: 2, HEARSAY: 1}  # what a place is worth, by how near the word is to the one typed
NAMED = PLACED["d"]  # what a country or a sector that is meant is worth, as its name would be


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: `levels` are bits of the catalogue, the most relevant first."""

    levels: tuple[int, ...]
    asked: str
    corrected: str = ""  # what was searched in the place of what was asked, since that gives nothing
    suggested: str = ""  # what gives more than the few that were found
    terms: tuple[Term, ...] = ()

    @property
    def bits(self) -> int:
        return bits_union(self.levels)

    @property
    def lexemes(self) -> tuple[str, ...]:
        """Every lexeme that may have brought an entry here, to be shown in it."""
        wanted = [term for term in self.terms if not term.unwanted]
        return tuple(dict.fromkeys(lexeme for term in wanted for way in term.ways for lexeme in way.lexemes))


def bits_union(parts: Iterable[int]) -> int:
    union = 0
    for bits in parts:
        union |= bits
    return union


def search(catalogue: Catalogue, asked: str) -> Found | None:
    """What is open and has every word; None when the query has no word to look for."""
    its = terms(asked)
    if not any(not term.unwanted for term in its):
        return None
    found = _found(catalogue, asked, its)
    count = found.bits.bit_count()
    if count >= FEW:
        return found
    for better in spelling.better(catalogue, asked):
        other = _found(catalogue, asked, terms(better))
        if other.bits.bit_count() > count:
            if count:
                return Found(found.levels, asked, suggested=better, terms=found.terms)
            return Found(other.levels, asked, corrected=better, terms=other.terms)
    return found


def _found(catalogue: Catalogue, asked: str, its: list[Term]) -> Found:
    """Entries with every term that is not soft, by falling sum of the points of where each is best placed."""
    its = [_with_family(catalogue, term) for term in its]
    levels: dict[int, int] = {0: catalogue.open}
    for term in its:
        if term.phrase or term.unwanted:
            levels = _narrowed(catalogue, levels, term)
        else:
            levels = _scored(levels, _placed(catalogue, term), soft=term.soft)
    ordered = tuple(levels[points] for points in sorted(levels, reverse=True) if levels[points])
    return Found(ordered, asked, terms=tuple(its))


def _with_family(catalogue: Catalogue, term: Term) -> Term:
    """With the other words of its family that the catalogue holds; the far ways only where all others are shut."""
    near = [way for way in term.ways if way.rank != REMOTE]
    own = {way.lexemes[0] for way in near if way.rank == EXACT and len(way.lexemes) == 1}
    families = catalogue.index.families(root)
    kin = sorted({other for lexeme in own for other in families.get(root(lexeme), ())} - own)
    near += [Way((lexeme,), rank=AKIN) for lexeme in kin]
    if not term.unwanted and not any(catalogue.open & _having(catalogue, way) for way in near):
        near = list(term.ways)
    return Term(term.text, tuple(near), term.phrase, term.unwanted, term.soft)


def _having(catalogue: Catalogue, way: Way) -> int:
    return bits_union(bits for _points, bits in _way(catalogue, way))


def _way(catalogue: Catalogue, way: Way) -> list[tuple[int, int]]:
    """(points, entries that have all of it there or better), the most points first."""
    if not way.lexemes and way.feature:
        return [(NAMED * FACTOR[EXACT] if way.rank == AKIN else 1, catalogue.having(*way.feature))]
    within = catalogue.having(*way.feature) if way.feature else -1
    reached = [0] * len(way.lexemes)
    found = []
    for weight, points in PLACED.items():
        reached = [bits | catalogue.having(weight, lexeme) for bits, lexeme in zip(reached, way.lexemes, strict=True)]
        every = within
        for bits in reached:
            every &= bits
        found.append((points * FACTOR[way.rank], every))
    return found


def _placed(catalogue: Catalogue, term: Term) -> list[tuple[int, int]]:
    """(points, entries that have the term for so many), the most first."""
    by_points: dict[int, int] = defaultdict(int)
    for way in term.ways:
        for points, bits in _way(catalogue, way):
            by_points[points] |= bits
    return sorted(by_points.items(), reverse=True)


def _scored(levels: dict[int, int], placed: list[tuple[int, int]], *, soft: bool) -> dict[int, int]:
    after: dict[int, int] = defaultdict(int)
    for points, bits in levels.items():
        left = bits
        for more, having in placed:
            if here := left & having:
                after[points + (1 if soft else more)] |= here
                left ^= here
        if soft and left:
            after[points] |= left
    return after


def _narrowed(catalogue: Catalogue, levels: dict[int, int], term: Term) -> dict[int, int]:
    """Without an unwanted word; or with an exact phrase, which PostgreSQL alone can tell."""
    if term.phrase:
        candidates = catalogue.pks(bits_union(levels.values()), catalogue.newest)
        phrase = SearchQuery(term.phrase, config="fr", search_type="phrase")
        having = Opportunity.objects.filter(pk__in=candidates, search_vector=phrase).values_list("pk", flat=True)
        its = bits_of(catalogue.slots(having))
    else:
        its = bits_union(_having(catalogue, way) for way in term.ways if way.rank == EXACT)
    return {points: bits & ~its if term.unwanted else bits & its for points, bits in levels.items()}

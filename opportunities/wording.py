"""What a query means: its words as PostgreSQL's lexemes, their families, synonyms, usual names of places."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection

from accounts.taxonomy import codes, sectors, thesaurus
from accounts.taxonomy.terms import folded

LONGEST = 200  # characters of a query
MOST_WORDS = 12
LONGEST_NAME = 5  # words of an entry of the thesaurus
EXACT, AKIN, HEARSAY, REMOTE = range(4)  # how near a way is to what was typed

# French's stop list, which comes after unaccent, lets some of these through; English texts are here too.
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a afin ai an and as at au aussi aux avec by c ce ces cet cette chez d dans de des du elle en entre est et
        etre eux for from ils in is il j je l la le les leur leurs lors lui m ma mais me mes mon n nos notre nous of on
        or ou par pas plus pour qu que qui s sa sans se ses si son sont sous sur t the to un une vers via vos votre
        vous with y""",
    )
)
# Said of any opportunity here: they help to rank, and exclude nothing beside a word that tells more.
SOFT_WORDS = (
    "opportunité offre cherche recherche chercher trouver besoin projet pme eti sme entreprise société company "
    "français french export exporter exportation international étranger abroad opportunity opportunities looking find "
    "need project client partenaire partner marché market industriel groupe lot spécialiste filière secteur sector "
    "solution service services produit product pays country"
)
_TOKEN = re.compile(r'(-?)"([^"]+)"|(\S+)')
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)", re.IGNORECASE)
_DOTTED = re.compile(r"\b(?:\w\.){2,}")
_PARTS = re.compile(r"[-'/]+")
# Taken off a lexeme, the first that leaves a root long enough: électricien, électricité → electr
ENDINGS = ("icien", "icit", "eur", "air", "iel", "iqu", "ter", "er", "it", "is", "ag", "i")
SHORTEST_ROOT = 5

Feature = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One way for an entry to have a term: all these lexemes, or this value of a facet."""

    lexemes: tuple[str, ...] = ()
    feature: Feature | None = None
    rank: int = EXACT


@dataclass(frozen=True, slots=True)
class Term:
    """What a query asks for once, in any of its `ways`; or an exact `phrase`. `text` as it was typed."""

    text: str
    ways: tuple[Way, ...] = ()
    phrase: str = ""
    unwanted: bool = False
    soft: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    lexemes: tuple[str, ...]
    other: tuple[str, ...]  # of its other number
    phrase: bool = False
    unwanted: bool = False


def terms(asked: str) -> list[Term]:
    """The query's terms: at most one call to PostgreSQL. Phrases last: few rows are left to look into."""
    units = _units(asked)
    found: list[Term] = []
    place = 0
    while place < len(units):
        size, term = _named(units[place:])
        found += [term] if term else _plain(units[place])
        place += size
    if any(not term.soft and not term.unwanted for term in found):
        return sorted(found, key=lambda term: bool(term.phrase))
    return sorted((_firm(term) for term in found), key=lambda term: bool(term.phrase))


def _firm(term: Term) -> Term:
    return Term(term.text, term.ways, term.phrase, term.unwanted)


def tokens(asked: str) -> list[tuple[bool, bool, str]]:
    """(unwanted, phrase, text) for each word that means something."""
    plain = _ELIDED.sub("", asked[:LONGEST].replace("’", "'").replace("\x00", ""))
    plain = _DOTTED.sub(lambda dotted: dotted[0].replace(".", ""), plain)
    found: list[tuple[bool, bool, str]] = []
    for minus, phrase, word in _TOKEN.findall(plain):
        text = phrase or word.strip('"')
        unwanted = bool(minus) or (not phrase and text.startswith("-") and len(text) > 1)
        text = text.lstrip("-")
        if " " in phrase:
            found.append((unwanted, True, text))
        else:
            found += [(unwanted, False, part) for part in _PARTS.split(text) if _means(part)]
    return found[:MOST_WORDS]


def _means(word: str) -> bool:
    return bool(word) and folded(word) not in FUNCTION_WORDS


def _units(asked: str) -> list[_Unit]:
    its = tokens(asked)
    stems = lexemes(_texts(its))
    return [
        _Unit(text, own, other, phrase, unwanted)
        for (unwanted, phrase, text), own, other in zip(its, stems, stems[len(its) :], strict=False)
        if own or phrase
    ]


def _texts(its: Iterable[tuple[bool, bool, str]]) -> list[str]:
    """Those to stem, then each of them in its other number."""
    words = [text for _, _, text in its]
    return [*words, *map(_other_number, words)]


def learn(queries: Iterable[str]) -> None:
    """Stem the words of all these queries in one call, for whoever asks them next."""
    lexemes([text for asked in queries for text in _texts(tokens(asked))])


def _plain(unit: _Unit) -> list[Term]:
    """A word of no thesaurus; a phrase asks for its words too, which leaves fewer rows to look into."""
    if unit.phrase:
        words = [] if unit.unwanted else [Term(unit.text, (Way((lexeme,)),)) for lexeme in unit.lexemes]
        return [*words, Term(unit.text, phrase=unit.text, unwanted=unit.unwanted)]
    if unit.unwanted and len(unit.lexemes) > 1:
        return []
    return [_word(unit)]


def _word(unit: _Unit) -> Term:
    ways = [Way(unit.lexemes)]
    if len(unit.lexemes) == 1:
        ways += [Way(unit.other)] if unit.other and unit.other != unit.lexemes else []
        ways += [Way(feature=feature, rank=REMOTE) for feature in known().divisions.get(unit.lexemes[0], ())]
    return Term(unit.text, tuple(ways), unwanted=unit.unwanted, soft=unit.lexemes[0] in known().soft)


def _named(units: Sequence[_Unit]) -> tuple[int, Term | None]:
    """The longest name at the beginning that the thesaurus knows; how many words it takes."""
    most = next((n for n, unit in enumerate(units) if unit.phrase or unit.unwanted), len(units))
    for size in range(min(most, LONGEST_NAME), 0, -1):
        key = tuple(lexeme for unit in units[:size] for lexeme in unit.lexemes)
        if ways := known().named.get(key):
            text = " ".join(unit.text for unit in units[:size])
            own = _word(units[0]).ways if size == 1 else (Way(key),)
            if there := [way.feature for way in ways if way.feature]:  # « Émirats arabes » does not name Arabia
                own = (*(Way(key, feature) for feature in there), Way(key, rank=HEARSAY))
            return size, Term(text, (*own, *ways), soft=size == 1 and units[0].lexemes[0] in known().soft)
    return 1, None


def _other_number(word: str) -> str:
    """The plural of « matériau », the singular of « tuyaux »: the stemmer does not bring them together."""
    if word.lower().endswith("aux"):
        return word[:-1]
    return f"{word}x" if word.lower().endswith("au") else word


def root(lexeme: str) -> str:
    """What the words of a family share: électricien, électricité, électrique."""
    for ending in ENDINGS:
        if lexeme.endswith(ending) and len(lexeme) - len(ending) >= SHORTEST_ROOT:
            return lexeme[: -len(ending)]
    return lexeme


_stems: dict[str, tuple[str, ...]] = {}  # this process's: the same words are asked again and again
MOST_STEMS = 20_000


def lexemes(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Of each text, as the columns of search hold them: one call to PostgreSQL, if any of them is new here."""
    stems = {text: its for text in texts if (its := _stems.get(text)) is not None}
    if new := [text for text in dict.fromkeys(texts) if text not in stems]:
        stems |= (fresh := _stemmed(new))
        if len(_stems) + len(fresh) > MOST_STEMS:
            _stems.clear()
        _stems.update(fresh)
    return [stems[text] for text in texts]


def _stemmed(texts: list[str]) -> dict[str, tuple[str, ...]]:
    sql = """SELECT text, tsvector_to_array(to_tsvector('fr', text)) FROM unnest(%s::text[]) AS asked (text)"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [texts])
        return {text: tuple(its) for text, its in cursor.fetchall()}


def forget() -> None:
    """Know no word any more (tests that count queries)."""
    _stems.clear()


@dataclass(frozen=True, slots=True)
class Known:
    """The thesaurus in lexemes."""

    named: dict[tuple[str, ...], tuple[Way, ...]]
    divisions: dict[str, tuple[Feature, ...]]  # of a word of a nomenclature's label: the sectors of that division
    soft: frozenset[str]
    words: tuple[str, ...]  # as they are written, for spelling


@cache
def known() -> Known:
    """Made at the first search of a process, in one query."""
    names, groups, labels = thesaurus.usual_names(), thesaurus.meanings(), list(_labels())
    texts = [name for its in names.values() for name in its]
    texts += [word for meaning in groups for word in (*meaning.words, *meaning.also)]
    keys = _keys([*texts, *(label for label, _ in labels), *SOFT_WORDS.split()])
    ways: dict[tuple[str, ...], dict[Way, None]] = {}
    for code, its in names.items():
        for key in {keys[name] for name in its} - {(), ("eau",)}:  # « EAU » is a country too, but who types it so?
            ways.setdefault(key, {})[Way(feature=("place", code), rank=AKIN)] = None
    for meaning in groups:
        words = [keys[word] for word in meaning.words]
        for key in words:
            others = [other for other in (*words, *(keys[word] for word in meaning.also)) if other not in {key, ()}]
            ways.setdefault(key, {}).update(dict.fromkeys(Way(other, rank=AKIN) for other in others))
    divisions: dict[str, dict[Feature, None]] = {}
    for label, slugs in labels:
        for lexeme in keys[label]:
            divisions.setdefault(lexeme, {}).update(dict.fromkeys(("sector", slug) for slug in slugs))
    return Known(
        {key: tuple(its) for key, its in ways.items() if key},
        {lexeme: tuple(its) for lexeme, its in divisions.items() if len(its) <= FEW_SECTORS},
        frozenset(lexeme for word in SOFT_WORDS.split() for lexeme in keys[word]),
        tuple(texts),
    )


FEW_SECTORS = 6  # a word of more sectors than that (« fabrication ») tells none


def _labels() -> Iterator[tuple[str, list[str]]]:
    """Labels of divisions, with the sectors they lie in."""
    for scheme, divisions in codes.DIVISIONS.items():
        for code, division in divisions.items():
            slugs = [slug for slug, sector in sectors.SECTORS.items() if code in getattr(sector, scheme)]
            yield division.label_fr, slugs
            yield division.label_en, slugs


def _keys(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """{text: its lexemes in the order of its words}."""
    its = list(dict.fromkeys(texts))
    words = [[text for _, _, text in tokens(text)] for text in its]
    stems = iter(lexemes([word for one in words for word in one]))
    return {text: tuple(lexeme for _ in one for lexeme in next(stems)) for text, one in zip(its, words, strict=True)}

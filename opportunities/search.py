"""Full text in French over what is open: accents folded, stems compared, typos forgiven, the best placed words first.

PostgreSQL makes the lexemes (configuration `fr`), of the texts and of the query alike; the catalogue holds which
opportunity has which, and where.
"""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from accounts.taxonomy import places, sectors
from accounts.taxonomy.terms import folded
from opportunities.catalogue import PLACED, Catalogue, bits_of
from opportunities.models import LANGS, Opportunity

LONGEST = 200  # characters of a query
MOST_WORDS = 12
FEW = 3  # under so many results, look for a better spelling
LIKE = 0.75  # how close (difflib) a word must be to stand for another

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
_TOKEN = re.compile(r'(-?)"([^"]+)"|(\S+)')
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: `levels` are bits of the catalogue, the most relevant first."""

    levels: tuple[int, ...]
    asked: str
    corrected: str = ""  # what was searched in the place of what was asked, since that gives nothing
    suggested: str = ""  # what gives more than the few that were found

    @property
    def bits(self) -> int:
        return bits_union(self.levels)


@dataclass(frozen=True, slots=True)
class _Term:
    """One word (`alternatives` are lexemes), or an exact `phrase`."""

    alternatives: tuple[str, ...]
    phrase: str = ""
    unwanted: bool = False


def bits_union(parts: Iterable[int]) -> int:
    union = 0
    for bits in parts:
        union |= bits
    return union


def search(catalogue: Catalogue, asked: str) -> Found | None:
    """What is open and has every word; None when the query has no word to look for."""
    terms = _terms(asked)
    if not any(not term.unwanted for term in terms):
        return None
    levels = _levels(catalogue, terms)
    count = bits_union(levels).bit_count()
    if count >= FEW:
        return Found(levels, asked)
    better = _spelt(catalogue, asked)
    if better == asked:
        return Found(levels, asked)
    others = _levels(catalogue, _terms(better))
    if bits_union(others).bit_count() <= count:
        return Found(levels, asked)
    return Found(levels, asked, suggested=better) if count else Found(others, asked, corrected=better)


def _tokens(asked: str) -> list[tuple[bool, bool, str]]:
    """(unwanted, phrase, text) for each word that means something."""
    plain = _ELIDED.sub("", asked[:LONGEST].replace("’", "'").replace("\x00", ""))
    tokens = []
    for minus, phrase, word in _TOKEN.findall(plain):
        text = phrase or word.strip('"')
        unwanted = bool(minus) or (not phrase and text.startswith("-") and len(text) > 1)
        text = text.lstrip("-")
        if phrase or (text and folded(text) not in FUNCTION_WORDS):
            tokens.append((unwanted, " " in phrase, text))
    return tokens[:MOST_WORDS]


def _terms(asked: str) -> list[_Term]:
    """The query as lexemes: one call to PostgreSQL, whatever its length."""
    tokens = _tokens(asked)
    texts = [text for _, _, text in tokens] + [_other_number(text) for _, _, text in tokens]
    lexemes = _lexemes(texts) if tokens else []
    terms = []
    for (unwanted, phrase, text), own, others in zip(tokens, lexemes, lexemes[len(tokens) :], strict=False):
        if len(own) == 1:
            terms.append(_Term(tuple(dict.fromkeys(own + others[:1])), unwanted=unwanted))
        elif not unwanted:
            terms += [_Term((lexeme,)) for lexeme in own]
        if phrase:
            terms.append(_Term((), phrase=text, unwanted=unwanted))
    return sorted(terms, key=lambda term: bool(term.phrase))  # phrases last: few rows are left to look into


def _other_number(word: str) -> str:
    """The plural of « matériau », the singular of « tuyaux »: the stemmer does not bring them together."""
    if word.lower().endswith("aux"):
        return word[:-1]
    return f"{word}x" if word.lower().endswith("au") else word


def _lexemes(texts: list[str]) -> list[list[str]]:
    sql = """SELECT tsvector_to_array(to_tsvector('fr', text))
             FROM unnest(%s::text[]) WITH ORDINALITY AS asked (text, place) ORDER BY place"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [texts])
        return [row[0] for row in cursor.fetchall()]


def _levels(catalogue: Catalogue, terms: list[_Term]) -> tuple[int, ...]:
    """Entries with every term, by falling sum of the points of where each is best placed."""
    levels: dict[int, int] = {0: catalogue.open}
    for term in terms:
        if term.phrase or term.unwanted:
            levels = _narrowed(catalogue, levels, term)
        else:
            levels = _scored(levels, _placed(catalogue, term))
    return tuple(levels[points] for points in sorted(levels, reverse=True) if levels[points])


def _placed(catalogue: Catalogue, term: _Term) -> list[tuple[int, int]]:
    """(points, entries that have the term there), the best place first."""
    return [
        (points, bits_union(catalogue.having(weight, lexeme) for lexeme in term.alternatives))
        for weight, points in PLACED.items()
    ]


def _scored(levels: dict[int, int], placed: list[tuple[int, int]]) -> dict[int, int]:
    after: dict[int, int] = defaultdict(int)
    for points, bits in levels.items():
        left = bits
        for more, having in placed:
            if here := left & having:
                after[points + more] |= here
                left ^= here
    return after


def _narrowed(catalogue: Catalogue, levels: dict[int, int], term: _Term) -> dict[int, int]:
    """Without an unwanted word; or with an exact phrase, which PostgreSQL alone can tell."""
    if term.phrase:
        candidates = catalogue.pks(bits_union(levels.values()), catalogue.newest)
        phrase = SearchQuery(term.phrase, config="fr", search_type="phrase")
        having = Opportunity.objects.filter(pk__in=candidates, search_vector=phrase).values_list("pk", flat=True)
        its = bits_of(catalogue.slots(having))
    else:
        its = bits_union(having for _, having in _placed(catalogue, term))
    return {points: bits & ~its if term.unwanted else bits & its for points, bits in levels.items()}


def _spelt(catalogue: Catalogue, asked: str) -> str:
    """The query; each word that no title, teaser, sector or country holds gives way to the closest that one holds."""
    vocabulary = _vocabulary(catalogue)

    def nearest(word: Any) -> str:
        typed = folded(word[0])
        if typed in vocabulary or typed in FUNCTION_WORDS:
            return word[0]
        near = [known for known in vocabulary if abs(len(known) - len(typed)) <= 2 and known[:1] == typed[:1]]
        close = difflib.get_close_matches(typed, near, n=1, cutoff=LIKE)
        return vocabulary[close[0]] if close else word[0]

    return _WORD.sub(nearest, asked[:LONGEST])


def _vocabulary(catalogue: Catalogue) -> dict[str, str]:
    """Words of what is published, folded, each with its commonest spelling; made at the first need."""
    if catalogue.index.vocabulary is None:
        texts = Opportunity.objects.published().values_list("title", "teaser")
        labels = [sectors.label(code, lang) for code in catalogue.values("sector") for lang in LANGS]
        labels += [places.label(code, lang) for code in catalogue.values("place") for lang in LANGS]
        words = Counter(
            word.lower()
            for text in [*(part for row in texts for part in row), *labels]
            for word in _WORD.findall(text)
        )
        catalogue.index.vocabulary = {folded(word): word for word, _ in reversed(words.most_common())}
    return catalogue.index.vocabulary

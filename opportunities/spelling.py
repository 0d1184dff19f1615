"""« Vouliez-vous dire »: each word brought to one that exists; words joined or parted where that mends them."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from accounts.taxonomy import places, sectors
from accounts.taxonomy.terms import folded
from opportunities.catalogue import Catalogue
from opportunities.models import LANGS, Opportunity
from opportunities.wording import FUNCTION_WORDS, LONGEST, known

LIKE = 0.75  # how close (difflib) a word must be to stand for another
SHORTEST_PART = 4  # letters of a word that was stuck to another
_WORD = re.compile(r"[^\W\d_]{4,}")


def better(catalogue: Catalogue, asked: str) -> Iterator[str]:
    """Other ways to write the query, the likeliest first; none when every word is known."""
    vocabulary = words(catalogue)
    typed = asked[:LONGEST]
    for candidate in (_joined(vocabulary, typed), _parted(vocabulary, typed)):
        if candidate != typed:
            yield candidate
    nearest = _WORD.sub(lambda word: _nearest(vocabulary, word[0]), typed)
    if nearest != typed:
        yield nearest


def words(catalogue: Catalogue) -> dict[str, str]:
    """Words of what is published, folded, each with its commonest spelling."""
    if catalogue.index.vocabulary is None:
        texts = Opportunity.objects.published().values_list("title", "teaser")
        labels = [sectors.label(code, lang) for code in catalogue.values("sector") for lang in LANGS]
        labels += [places.label(code, lang) for code in catalogue.values("place") for lang in LANGS]
        counted = Counter(
            word.lower()
            for text in [*(part for row in texts for part in row), *labels]
            for word in _WORD.findall(text)
        )
        catalogue.index.vocabulary = {folded(word): word for word, _ in reversed(counted.most_common())}
    return catalogue.index.vocabulary


def _nearest(vocabulary: dict[str, str], word: str) -> str:
    typed = folded(word)
    if typed in vocabulary or typed in FUNCTION_WORDS or typed in _names():
        return word
    for some in (vocabulary, _names()):  # what is published first
        near = [other for other in some if abs(len(other) - len(typed)) <= 2 and other[:1] == typed[:1]]
        if close := difflib.get_close_matches(typed, near, n=1, cutoff=LIKE):
            return some[close[0]]
    return word


@cache
def _names() -> dict[str, str]:
    """Words of the thesaurus."""
    return {folded(word): word for name in known().words for word in _WORD.findall(name.lower())}


def _joined(vocabulary: dict[str, str], asked: str) -> str:
    """« photo voltaïque » → « photovoltaïque »."""
    found: list[str] = []
    for word in asked.split():
        whole = folded(found[-1] + word) if found else ""
        apart = found and (folded(found[-1]) not in vocabulary or folded(word) not in vocabulary)
        if apart and whole in vocabulary:
            found[-1] = vocabulary[whole]
        else:
            found.append(word)
    return " ".join(found)


def _parted(vocabulary: dict[str, str], asked: str) -> str:
    """« vannepapillon » → « vanne papillon »."""

    def parted(word: str) -> str:
        plain = folded(word)
        if plain in vocabulary or len(plain) != len(word):
            return word
        cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
        pairs = [(plain[:cut], plain[cut:]) for cut in cuts]
        known_ones = [pair for pair in pairs if all(part in vocabulary for part in pair)]
        return " ".join(vocabulary[part] for part in known_ones[0]) if known_ones else word

    return _WORD.sub(lambda word: parted(word[0]), asked)

"""Other words for the same: usual names of places, synonyms of the trades, as people type them in both languages."""

from dataclasses import dataclass

from accounts.taxonomy import places, terms


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whoever types one of `words` means them all, and `also`; whoever types one of `also` does not mean `words`."""

    words: tuple[str, ...]
    also: tuple[str, ...] = ()


def usual_names() -> dict[str, tuple[str, ...]]:
    """{code: every name of the place, its labels first}."""
    usual = {code: _split(names) for code, names in terms.read_table("usual_names.tsv")}
    return {
        code: tuple(dict.fromkeys([place.label_fr, place.label_en, *usual.get(code, ())]))
        for code, place in places.PLACES.items()
    }


def meanings() -> list[Meaning]:
    """The lines of synonyms.tsv."""
    lines = [line.partition(">") for (line,) in terms.read_table("synonyms.tsv")]
    return [Meaning(_split(words), _split(also)) for words, _arrow, also in lines]


def _split(words: str) -> tuple[str, ...]:
    return tuple(word for part in words.split(";") if (word := part.strip()))

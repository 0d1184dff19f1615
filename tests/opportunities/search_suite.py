"""The search suite: what people type (queries.txt) and whether what must come first does."""

from dataclasses import dataclass
from pathlib import Path

from accounts.taxonomy.terms import folded
from opportunities import catalogue
from opportunities.models import Opportunity
from opportunities.search import search

QUERIES = Path(__file__).parent / "queries.txt"
FIRST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    query: str
    parts: tuple[tuple[str, ...], ...]

    def is_met_by(self, title: str) -> bool:
        plain = folded(title).replace("’", "'")
        return all(any(one in plain for one in part) for part in self.parts)


def asked() -> list[Asked]:
    lines = [line for line in QUERIES.read_text(encoding="utf-8").splitlines() if "=>" in line and line[0] != "#"]
    pairs = [line.split(" => ") for line in lines]
    return [Asked(query, tuple(tuple(part.split("|")) for part in parts.split(" + "))) for query, parts in pairs]


def titles(query: str) -> list[str]:
    """Of the first ones."""
    known = catalogue.current()
    found = search(known, query)
    levels = found.levels if found else [known.open]
    pks = [pk for level in levels for pk in known.pks(level & known.open, known.newest)][:FIRST]
    named = dict(Opportunity.objects.filter(pk__in=pks).values_list("pk", "title"))
    return [named[pk] for pk in pks]


def missed() -> dict[str, list[str]]:
    """{query: the titles it gives} of those that do not give what they must."""
    given = {one.query: (one, titles(one.query)) for one in asked()}
    return {query: its for query, (one, its) in given.items() if not any(map(one.is_met_by, its))}

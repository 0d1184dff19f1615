"""How common each word is among companies: frozen with a version, so that both directions reckon alike."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from matching.engine.lexicon import Label
from matching.engine.records import Profile
from matching.engine.text import terms


def profile_terms(profile: Profile, label: Label) -> list[str]:
    """All words of a company: its own, its references', its name's, and its codes' labels."""
    own = next(iter(zip(*profile.codes, strict=False)), ())  # of each group the code declared, not what it implies
    parts = [profile.text, profile.name, *map(label, own)]
    for work in profile.works:
        parts += [work.text, *map(label, work.codes)]
    return [term for part in parts if part for term in terms(part)]


@dataclass(frozen=True, slots=True)
class Statistics:
    version: str
    companies: int
    frequency: dict[str, int]
    profile_length: float
    reference_length: float

    @classmethod
    def of(cls, profiles: Iterable[Profile], label: Label, version: str) -> Self:
        frequency: Counter[str] = Counter()
        lengths, references = [], []
        for profile in profiles:
            found = profile_terms(profile, label)
            if found:
                frequency.update(set(found))
                lengths.append(len(found))
            references += [len(terms(work.text)) for work in profile.works]
        return cls(version, len(lengths), dict(frequency), mean(lengths), mean(references))

    def rarity(self, term: str) -> float:
        """BM25's inverse document frequency."""
        seen = self.frequency.get(term, 0)
        return math.log(1 + (max(self.companies, seen) - seen + 0.5) / (seen + 0.5))

    def to_json(self) -> dict[str, Any]:
        return {
            "companies": self.companies,
            "frequency": self.frequency,
            "profile_length": self.profile_length,
            "reference_length": self.reference_length,
        }

    @classmethod
    def from_json(cls, version: str, data: dict[str, Any]) -> Self:
        return cls(version=version, **data)


def mean(values: list[int]) -> float:
    return max(1.0, sum(values) / len(values)) if values else 1.0

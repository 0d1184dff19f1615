"""Weights: published, versioned, never edited. A change is a new version."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Weights:
    version: str
    weights: Mapping[str, float]
    strong: float  # a band starts at this score
    good: float


HAND_1 = Weights(
    version="hand-1",
    weights=MappingProxyType(
        {
            # fixed on real awards
            "text": 1.0,
            "reference": 1.0,
            "codes": 0.3,
            "near": 0.4,
            "code_place": 0.8,
            "place": 0.35,
            "reach": 0.25,
            # by hand, until decisions have been collected
            "wanted": 0.4,
            "kind": 0.3,
            "experience": 0.4,
            "certifications": 0.4,
            "languages": 0.3,
            "headcount": 0.2,
            "maturity": 0.3,
            "freshness": 0.1,
        }
    ),
    strong=60.0,
    good=42.0,
)
ACTIVE = HAND_1

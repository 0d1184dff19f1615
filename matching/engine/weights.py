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
    trade: float  # and, above "possible", at this share of what the criteria of trade can bring


HAND_4 = Weights(
    version="hand-4",
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
            "wanted": 0.3,
            "kind": 0.25,
            "experience": 0.3,
            "certifications": 0.35,
            "languages": 0.25,
            "sectors": 0.3,
            "headcount": 0.15,
            "volume": 0.15,
            "maturity": 0.2,
            "freshness": 0.1,
            # fairness: bounded, and visible like any other
            "exposure": 0.16,  # nine companies in a hundred more are shown, for .003 nDCG on real awards
            "newcomer": 0.0,
        }
    ),
    strong=45.0,
    good=30.0,
    trade=0.2,
)
ACTIVE = HAND_4

"""What a need's answers refer to, so that an answer can be kept as a few numbers: see `matching/answers.py`."""

from typing import Any

from matching.engine.criteria import CRITERIA
from matching.engine.needs import BANDED, Vectors
from matching.engine.pairs import NeedAlone
from matching.engine.score import POINT, worths
from matching.engine.weights import Weights

Legend = dict[str, Any]
NODES = {"code": "codes", "place": "places", "wish": "wishes"}  # a fact that numbers one of the need's nodes


def legend(vectors: Vectors, weights: Weights) -> Legend:
    """All that the numbers of a match of this need stand for; the same need and weights give the same."""
    most = [float(one[0]) for one in worths(NeedAlone(vectors), weights)]
    asked = [(criterion, round(POINT * worth)) for criterion, worth in zip(CRITERIA, most, strict=True) if worth]
    return {
        "criteria": [[criterion.code, worth, list(criterion.facts)] for criterion, worth in asked],
        "words": {
            name: [vectors.spellings[term] for term in getattr(vectors, name)] for name in ("text", "reference")
        },
        "nodes": {fact: list(getattr(vectors, name)) for fact, name in NODES.items()},
        "asked": {family: list(codes) for family, codes in vectors.asked.items() if codes},
        "must": {family: list(codes) for family, codes in vectors.must.items() if codes}
        | {name: True for name in BANDED if vectors.figures[f"{name}_must"]},
    }

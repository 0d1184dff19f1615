"""Records as named numbers: every name of a vector is met by the same name in a vector of the other side."""

import heapq
import math
from collections import Counter
from dataclasses import dataclass

from matching.engine import nodes
from matching.engine.records import Need, Profile, Work
from matching.engine.statistics import Statistics
from matching.engine.text import terms, words

Vector = dict[str, float]
FAMILIES = ("certifications", "languages", "experience")
COMPANY_NAMES = ("text", "codes", "wanted", "kinds", *FAMILIES)
WORK_NAMES = ("reference", "codes", "places")
NEED_NAMES = ("text", "reference", "codes", "places", "wanted", "kinds", *FAMILIES, *(f"{f}_must" for f in FAMILIES))
SATURATION, LENGTH_SHARE = 1.2, 0.2  # BM25's k1 and b: a long profile is evidence, not noise
KEPT_TERMS = 24
FULL_TERMS = 12  # having this many of a need's rarest words, one and a half times each, is a full answer
FULL_SHARE = 1.5
BODY_WEIGHT = 0.3
MANY_PLACES = 20
UNKNOWN = math.nan


@dataclass(frozen=True, slots=True)
class WorkVectors:
    key: str
    vectors: dict[str, Vector]
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class CompanyVectors:
    id: int
    vectors: dict[str, Vector]
    works: tuple[WorkVectors, ...]
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class NeedVectors:
    id: int
    vectors: dict[str, Vector]
    figures: dict[str, float]
    spellings: dict[str, str]  # how the need writes its terms, for people to read


def company_vectors(profile: Profile, statistics: Statistics) -> CompanyVectors:
    own = terms(profile.text)
    references = [work for work in profile.works if work.is_reference]
    evidence = own + [term for work in references for term in terms(work.text)]
    vectors = {
        "text": saturated(evidence + terms(profile.name), statistics.profile_length),
        "codes": dict.fromkeys(nodes.code_nodes(profile.codes), 1.0),
        "wanted": dict.fromkeys(nodes.places_of_wish(profile.wanted), 1.0),
        "kinds": dict.fromkeys(profile.kinds, 1.0),
        **{family: dict.fromkeys(getattr(profile, family) or (), 1.0) for family in FAMILIES},
    }
    reached = {chain[0] for work in profile.works for chain in work.places if chain}
    figures = {
        "headcount": or_unknown(profile.headcount),
        "maturity": or_unknown(profile.maturity),
        "freshness": or_unknown(profile.freshness),
        "reach": min(1.0, math.log1p(len(reached)) / math.log1p(MANY_PLACES)) if reached else UNKNOWN,
        "has_text": float(bool(evidence)),
        "has_reference": float(bool(references)),
        "has_codes": float(bool(profile.codes) or any(work.codes for work in profile.works)),
        "has_wanted": float(bool(profile.wanted)),
        "has_kinds": float(bool(profile.kinds)),
        "complete": float(profile.complete),
        **{f"knows_{family}": float(getattr(profile, family) is not None) for family in FAMILIES},
    }
    works = tuple(work_vectors(work, statistics) for work in profile.works)
    return CompanyVectors(profile.id, vectors, works, figures)


def work_vectors(work: Work, statistics: Statistics) -> WorkVectors:
    vectors = {
        "reference": saturated(terms(f"{work.text} {work.labels}"), statistics.reference_length)
        if work.is_reference
        else {},
        "codes": dict.fromkeys(nodes.code_nodes(work.codes), 1.0),
        "places": dict.fromkeys(nodes.places_of_work(work.places), 1.0),
    }
    figures = {
        "strength": work.strength,
        "is_reference": float(work.is_reference),
        "inherits": float(not work.codes),
    }
    return WorkVectors(work.key, vectors, figures)


def need_vectors(need: Need, statistics: Statistics) -> NeedVectors:
    title = Counter(dict.fromkeys(terms(need.title), 1.0))
    body = Counter(dict.fromkeys(terms(need.body), BODY_WEIGHT))
    own = title | body
    for term in terms(need.place_names):
        own.pop(term, None)
    vectors = {
        "text": weighed(own, statistics),
        "reference": weighed(own | Counter(dict.fromkeys(terms(need.labels), 1.0)), statistics),
        "codes": dict(nodes.code_nodes(need.codes)),
        "places": nodes.place_nodes(need.places),
        "wanted": nodes.wanted_nodes(need.places),
        "kinds": {need.kind: 1.0} if need.kind else {},
    }
    for family in FAMILIES:
        asked = [thing for thing in need.asked if thing.family == family]
        vectors[family] = {thing.code: 1.0 for thing in asked}
        vectors[f"{family}_must"] = {thing.code: 1.0 for thing in asked if thing.must}
    figures = {
        "headcount": or_unknown(need.headcount),
        "headcount_must": float(need.headcount_must),
        "maturity": or_unknown(need.maturity),
        **{f"asks_{name}": float(len(vector)) for name, vector in vectors.items()},
    }
    written = {
        root: word.lower() for text in (need.labels, need.body, need.title) for root, word in reversed(words(text))
    }
    spellings = {term: written[term] for term in vectors["reference"].keys() | vectors["text"].keys()}
    return NeedVectors(need.id, vectors, figures, spellings)


def saturated(found: list[str], mean_length: float) -> Vector:
    """BM25's share of a document: the first mention of a word counts most."""
    norm = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * len(found) / mean_length)
    return {term: count * (SATURATION + 1) / (count + norm) for term, count in Counter(found).items()}


def weighed(found: Counter[str], statistics: Statistics) -> Vector:
    """The rarest words of a need, weighed so that a full answer is worth about 1."""
    weights = {term: count * statistics.rarity(term) for term, count in found.items()}
    kept = heapq.nsmallest(KEPT_TERMS, weights.items(), key=lambda item: (-item[1], item[0]))
    full = FULL_SHARE * sum(weight for _, weight in kept[:FULL_TERMS])
    return {term: weight / full for term, weight in kept if weight > 0}


def or_unknown(value: float | None) -> float:
    return UNKNOWN if value is None else float(value)

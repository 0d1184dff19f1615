"""How good a ranking is: pure figures on lists, with the noise they carry. No Django, no arrays."""

import math
import random
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

DRAWS = 1000
SEED = 7


class Figure(NamedTuple):
    """A mean, and where it lies nineteen times out of twenty."""

    mean: float
    low: float
    high: float
    size: int


def ndcg(ranked: Sequence[str], relevant: Collection[str], depth: int = 10) -> float:
    """How near the top the relevant ones are: 1 when they come first."""
    gain = sum(1 / math.log2(place + 2) for place, key in enumerate(ranked[:depth]) if key in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(depth, len(relevant))))
    return gain / ideal if ideal else 0.0


def recall(ranked: Sequence[str], relevant: Collection[str], depth: int = 50) -> float:
    """The share of the relevant ones among the first."""
    return len(set(relevant) & set(ranked[:depth])) / len(relevant) if relevant else 0.0


def figure(values: Sequence[float]) -> Figure:
    """Their mean with a bootstrap interval: always the same for the same values."""
    if not values:
        return Figure(0.0, 0.0, 0.0, 0)
    draw = random.Random(SEED)  # noqa: S311 - nothing secret
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(DRAWS))
    mean = sum(values) / len(values)
    return Figure(mean, means[int(0.025 * DRAWS)], means[int(0.975 * DRAWS)], len(values))


def by_track(
    rankings: Mapping[str, Sequence[str]], winners: Mapping[str, Mapping[str, Collection[str]]]
) -> dict[str, dict[str, Figure]]:
    """{track: {metric: figure}} of rankings {query: keys} against winners {track: {query: keys}}."""
    found = {}
    for track, wanted in winners.items():
        pairs = [(rankings.get(query, ()), relevant) for query, relevant in sorted(wanted.items())]
        found[track] = {
            "ndcg@10": figure([ndcg(ranked, relevant) for ranked, relevant in pairs]),
            "recall@50": figure([recall(ranked, relevant) for ranked, relevant in pairs]),
        }
    return found


def auc(better: Sequence[float], worse: Sequence[float]) -> float | None:
    """How often one of the first scores above one of the second, ties for half; None without pairs."""
    if not better or not worse:
        return None
    wins = sum((one > other) + (one == other) / 2 for one in better for other in worse)
    return wins / (len(better) * len(worse))


def is_loss(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether the second, value by value, are worse than the first beyond noise."""
    return figure([new - old for old, new in zip(before, after, strict=True)]).high < 0

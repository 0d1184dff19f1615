"""What the benchmark measures: in milliseconds, seconds or megabytes, and as ratios."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from accounts.models import Organisation
from matching import engine, features
from matching.engine.text import terms
from matching.market import Market

TOP = 500


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def milliseconds(work: Callable[[int], object], over: Iterable[int]) -> list[float]:
    return [1_000 * timed(lambda one=one: work(one)) for one in over]  # type: ignore[misc]


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share))


def resident_mb() -> float:
    """What this process holds in memory."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def copy_speed() -> float:
    """Bytes a second that one core copies, the best of a few: read and written count once."""
    source = np.ones(1 << 27, np.uint8)
    target = np.empty_like(source)
    return float(len(source) / min(timed(lambda: np.copyto(target, source)) for _ in range(5)))


def bytes_touched(present: Market, plan: engine.Plan) -> int:
    """What scoring one need has to read at least: postings of its words, columns of references and companies."""
    total = 0
    for columns, _alive in present.companies.blocks:
        works = columns.works
        for held, words in (
            (columns.lists["text"], plan.question.words["text"]),
            (works.words, plan.question.words["reference"]),
        ):
            for number in words:
                where = held.of_name(number)
                total += (where.stop - where.start) * (held.rows.itemsize + 1)
        total += works.codes.nbytes + works.places.nbytes
        total += sum(held.starts.nbytes + held.names.nbytes for held in columns.named.values())
        total += sum(traits.of.nbytes for traits in columns.traits)
    return total


def naive(need: int, companies: int) -> float:
    """Seconds a company, by a plain loop over rows: what one would write first."""
    opportunity = features.matched_needs().get(pk=need)
    words = set(terms(opportunity.title))
    codes = {code[:2] for code in [*opportunity.cpv_codes, *opportunity.hs_codes]}
    found = []
    start = time.perf_counter()
    for company in Organisation.objects.smes().active().select_related("sme_profile")[:companies]:
        profile = company.sme_profile
        said = set(terms(profile.products))
        for reference in profile.references.all():
            said |= set(terms(f"{reference.title} {reference.description}"))
        score = len(words & said) / max(1, len(words))
        score += bool(codes & {code[:2] for code in [*profile.cpv_codes, *profile.hs_codes]})
        score += bool(set(opportunity.places) & set(profile.wanted_places))
        score += sum(one.place in opportunity.places for one in profile.experiences.all())
        score += sum(1 for _ in profile.certificates.all()) > 0
        found.append((score, company.pk))
    sorted(found, reverse=True)[:TOP]
    return (time.perf_counter() - start) / max(1, len(found))

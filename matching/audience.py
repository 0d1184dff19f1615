"""How many companies an opportunity would reach, counted while it is being written: the worker counts, pages ask."""

from collections.abc import Mapping, Sequence
from typing import Any

from celery.exceptions import TimeoutError as TookTooLong
from django.utils.functional import lazy
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from matching import tasks
from opportunities import facts
from opportunities.models import Criterion, Opportunity

PATIENCE = 3  # seconds that a page waits
FIELDS = (
    "title", "teaser", "description", "kind", "stage", "sectors", "places", "cpv_codes", "hs_codes", "naf_codes",
    "details", "first_exporters_welcome",
)  # fmt: skip


def count_audience(opportunity: Opportunity, criteria: Sequence[Criterion]) -> dict[str, Any] | None:
    """Who would be reached, saved or not: None when the worker does not answer in time, or cannot count.

    {"companies": 1200, "eligible": 340, "strong": 12,
     "excluded": [{"kind": "certification", "code": "iso-9001", "companies": 45}],
     "having": [the same, for each wish]}
    """
    asked = [{"kind": one.kind, "code": one.code, "must": one.must} for one in criteria]
    fields = {name: getattr(opportunity, name) for name in FIELDS}
    try:
        found = tasks.count_audience.apply_async((fields, asked), expires=PATIENCE)
        # no task asks this; Celery's guard against one that waits is of the process, and stays up when two overlap
        answer = found.get(timeout=PATIENCE, propagate=False, disable_sync_subtasks=False)
    except (TookTooLong, OperationalError, RedisError, OSError):
        return None
    return answer if isinstance(answer, dict) else None


def reached(opportunity: Opportunity) -> dict[str, Any] | None:
    """What its group is told of it as it is published (`settings.AUDIENCE`), in the language of who reads.

    None when nobody has counted in time. Do not ask under a lock: the answer may take as long as PATIENCE.
    """
    found = count_audience(opportunity, list(opportunity.criteria.all()))
    if found is None:
        return None
    costly = sorted(found["excluded"], key=lambda one: -one["companies"])
    return {
        "eligible": found["eligible"],
        "sentence": lazy(sentence, str)(found),
        "excluded": [
            (lazy(facts.asked, str)(one["kind"], one["code"]), one["companies"]) for one in costly if one["companies"]
        ],
    }


def sentence(found: Mapping[str, Any]) -> str:
    """The count in words."""
    eligible, strong = found["eligible"], found["strong"]
    text = ngettext("≈ %(count)s PME compatible", "≈ %(count)s PME compatibles", eligible) % {"count": eligible}
    if strong:
        text += ", " + ngettext(
            "dont %(count)s très proche du besoin", "dont %(count)s très proches du besoin", strong
        ) % {"count": strong}
    return text


def count(fields: Mapping[str, Any], asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The worker's side of it."""
    from matching import engine, features, refresh

    opportunity = Opportunity(**fields)
    criteria = [Criterion(**one) for one in asked]
    with refresh.as_committed() as present:
        need = features.need_of(opportunity, criteria)
        found = present.audience(engine.need_vectors(need, present.statistics, present.lexicon))
    return {
        "companies": found.companies,
        "eligible": found.eligible,
        "strong": found.strong,
        "excluded": by_criterion(found.excluded),
        "having": by_criterion(found.having),
    }


def by_criterion(counts: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    from matching import features

    kinds = {family: str(kind) for kind, family in features.FAMILIES.items()}
    return [
        {"kind": kinds.get(family, family), "code": code, "companies": number}
        for (family, code), number in counts.items()
    ]

"""Opportunities that may be one and the same: alike titles, in the same country, of the same group or another."""

from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, FloatField, Q, Value, When

from opportunities import history
from opportunities.models import Opportunity, OpportunityQuerySet

State = Opportunity.State
ALIKE, ALIKE_OF_GROUP = 0.55, 0.35  # of trigrams; a group's own need fewer
MOST = 5


def likely(opportunity: Opportunity) -> OpportunityQuerySet:
    """Those that look like it, the likeliest first, each with `alike` from 0 to 1."""
    alike = TrigramSimilarity("title", opportunity.title)
    own = Q(owner=opportunity.owner_id)
    enough = Case(When(own, then=Value(ALIKE_OF_GROUP)), default=Value(ALIKE), output_field=FloatField())
    there = Q(places__overlap=opportunity.places) if opportunity.places else Q()
    others = Opportunity.objects.exclude(pk=opportunity.pk).exclude(state__in=[State.DRAFT, State.WITHDRAWN])
    rows: Any = others.filter(there).annotate(alike=alike, enough=enough).filter(alike__gte=F("enough"))
    found: OpportunityQuerySet = rows.select_related("owner").order_by("-alike", "-pk")[:MOST]
    return found


def rows(one: Opportunity, other: Opportunity) -> list[history.Change]:
    """What both say, field by field; what neither says is left out."""
    first, second = (history.picture(its, _criteria(its)) for its in (one, other))
    names = [name for name in {**first, **second} if first.get(name) or second.get(name)]
    return history.worded(one, {name: [first.get(name), second.get(name)] for name in names})


def _criteria(opportunity: Opportunity) -> dict[tuple[str, str], bool]:
    return {(kind, code): must for kind, code, must in opportunity.criteria.values_list("kind", "code", "must")}

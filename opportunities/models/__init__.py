"""What groups publish, what was asked about it and what they want to change in it."""

from opportunities.models.opportunity import (
    LANGS,
    Comment,
    Criterion,
    Opportunity,
    OpportunityMove,
    OpportunityQuerySet,
    RejectReason,
    Stage,
    State,
)

__all__ = [
    "LANGS",
    "Comment",
    "Criterion",
    "Opportunity",
    "OpportunityMove",
    "OpportunityQuerySet",
    "RejectReason",
    "Stage",
    "State",
]

"""Who fits what, and what came of it."""

from matching.models.application import (
    Application,
    ApplicationMove,
    ApplicationQuerySet,
    ApplicationState,
    DeclineReason,
)
from matching.models.index import Corpus, Name, Packed
from matching.models.introduction import Introduction, IntroductionMove
from matching.models.match import Band, Legend, Match, MatchQuerySet, Scored

__all__ = [
    "Application",
    "ApplicationMove",
    "ApplicationQuerySet",
    "ApplicationState",
    "Band",
    "Corpus",
    "DeclineReason",
    "Introduction",
    "IntroductionMove",
    "Legend",
    "Match",
    "MatchQuerySet",
    "Name",
    "Packed",
    "Scored",
]

"""Who fits what, and what came of it."""

from matching.models.application import (
    Application,
    ApplicationMove,
    ApplicationQuerySet,
    ApplicationState,
    DeclineReason,
)
from matching.models.introduction import Introduction, IntroductionMove
from matching.models.match import Band, Corpus, Match, MatchQuerySet, Scored
from matching.models.weights import SimulationReport, WeightsMove, WeightsVersion

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
    "Match",
    "MatchQuerySet",
    "Scored",
    "SimulationReport",
    "WeightsMove",
    "WeightsVersion",
]

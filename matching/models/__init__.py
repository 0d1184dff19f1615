"""Who fits what, and what came of it."""

from matching.models.application import (
    Application,
    ApplicationMove,
    ApplicationQuerySet,
    ApplicationState,
    DeclineReason,
)
from matching.models.decisions import Action, Attention, DismissReason, Exposure, Side, Standing
from matching.models.followup import Call, Message, Reminder
from matching.models.index import Corpus, Name, Packed
from matching.models.introduction import Introduction, IntroductionMove
from matching.models.match import Band, Legend, Match, MatchQuerySet, Scored
from matching.models.weights import SimulationReport, WeightsMove, WeightsVersion

__all__ = [
    "Action",
    "Application",
    "ApplicationMove",
    "ApplicationQuerySet",
    "ApplicationState",
    "Attention",
    "Band",
    "Call",
    "Corpus",
    "DeclineReason",
    "DismissReason",
    "Exposure",
    "Introduction",
    "IntroductionMove",
    "Legend",
    "Match",
    "MatchQuerySet",
    "Message",
    "Name",
    "Packed",
    "Reminder",
    "Scored",
    "Side",
    "SimulationReport",
    "Standing",
    "WeightsMove",
    "WeightsVersion",
]

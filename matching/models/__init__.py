"""Who fits what, and what came of it."""

from matching.models.alerts import (
    AlertSettings,
    Floor,
    Follow,
    Frequency,
    Notification,
    Recipient,
    SavedSearch,
    Usefulness,
)
from matching.models.application import (
    PROMISE,
    Application,
    ApplicationMove,
    ApplicationQuerySet,
    ApplicationState,
    DeclineReason,
    InContact,
    promised_before,
)
from matching.models.beside import Keeping, Sponsor
from matching.models.decisions import Action, Attention, DismissReason, Exposure, Side, Standing
from matching.models.followup import Call, Export, Lift, Message, Nudge, Reminder
from matching.models.index import Corpus, Name, Packed
from matching.models.introduction import Introduction, IntroductionMove, Said
from matching.models.match import Band, Legend, Match, MatchQuerySet, Scored
from matching.models.opening import FileOpening
from matching.models.outcome import Asking, Declaration, Without
from matching.models.partner import Partner, PartnerMove, PartnerSearch
from matching.models.portage import (
    PortageAnswer,
    PortageAnswerMove,
    PortageIntroduction,
    PortageIntroductionMove,
    PortageMessage,
    PortageRequest,
    PortageRequestMove,
)
from matching.models.proposal import Proposal
from matching.models.quiet import QuietPost
from matching.models.rating import ANSWERS, OPEN_FOR, Rating
from matching.models.visit import Visit
from matching.models.weights import SimulationReport, WeightsMove, WeightsVersion

__all__ = [
    "ANSWERS",
    "OPEN_FOR",
    "PROMISE",
    "Action",
    "AlertSettings",
    "Application",
    "ApplicationMove",
    "ApplicationQuerySet",
    "ApplicationState",
    "Asking",
    "Attention",
    "Band",
    "Call",
    "Corpus",
    "Declaration",
    "DeclineReason",
    "DismissReason",
    "Export",
    "Exposure",
    "FileOpening",
    "Floor",
    "Follow",
    "Frequency",
    "InContact",
    "Introduction",
    "IntroductionMove",
    "Keeping",
    "Legend",
    "Lift",
    "Match",
    "MatchQuerySet",
    "Message",
    "Name",
    "Notification",
    "Nudge",
    "Packed",
    "Partner",
    "PartnerMove",
    "PartnerSearch",
    "PortageAnswer",
    "PortageAnswerMove",
    "PortageIntroduction",
    "PortageIntroductionMove",
    "PortageMessage",
    "PortageRequest",
    "PortageRequestMove",
    "Proposal",
    "QuietPost",
    "Rating",
    "Recipient",
    "Reminder",
    "Said",
    "SavedSearch",
    "Scored",
    "Side",
    "SimulationReport",
    "Sponsor",
    "Standing",
    "Usefulness",
    "Visit",
    "WeightsMove",
    "WeightsVersion",
    "Without",
    "promised_before",
]

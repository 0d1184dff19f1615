"""The engine: who fits what, and why. Pure: arrays in, arrays and parts out; no Django, no database, no clock."""

from matching.engine.audience import Audience, audience
from matching.engine.bridge import Bridge
from matching.engine.companies import BLOCK, Companies, lay_out
from matching.engine.criteria import OFTEN
from matching.engine.facing import OneCompany, SomeCompanies
from matching.engine.kin import Kin
from matching.engine.lexicon import Label, Lexicon
from matching.engine.needs import Needs, Vectors, need_vectors
from matching.engine.packed import LISTS, Company, pack
from matching.engine.pairs import OneNeed, Question
from matching.engine.records import Asked, Need, Place, Profile, Sales, Work
from matching.engine.score import (
    BEHIND,
    ENGINE_VERSION,
    Block,
    Plan,
    Rough,
    Scores,
    Sought,
    best_of,
    exact,
    facing_needs,
    rough,
)
from matching.engine.statistics import Statistics
from matching.engine.weights import ACTIVE, Weights

__all__ = [
    "ACTIVE",
    "BEHIND",
    "BLOCK",
    "ENGINE_VERSION",
    "LISTS",
    "OFTEN",
    "Asked",
    "Audience",
    "Block",
    "Bridge",
    "Companies",
    "Company",
    "Kin",
    "Label",
    "Lexicon",
    "Need",
    "Needs",
    "OneCompany",
    "OneNeed",
    "Place",
    "Plan",
    "Profile",
    "Question",
    "Rough",
    "Sales",
    "Scores",
    "SomeCompanies",
    "Sought",
    "Statistics",
    "Vectors",
    "Weights",
    "Work",
    "audience",
    "best_of",
    "exact",
    "facing_needs",
    "lay_out",
    "need_vectors",
    "pack",
    "rough",
]

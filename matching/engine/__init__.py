"""The engine: who fits what, and why. Pure: arrays in, arrays and parts out; no Django, no database, no clock."""

from matching.engine.index import Companies, Needs
from matching.engine.pairs import OneCompany, OneNeed
from matching.engine.records import Asked, Need, Place, Profile, Work
from matching.engine.score import ENGINE_VERSION, Scores, score
from matching.engine.statistics import Statistics
from matching.engine.vectors import company_vectors, need_vectors
from matching.engine.weights import ACTIVE, Weights

__all__ = [
    "ACTIVE",
    "ENGINE_VERSION",
    "Asked",
    "Companies",
    "Need",
    "Needs",
    "OneCompany",
    "OneNeed",
    "Place",
    "Profile",
    "Scores",
    "Statistics",
    "Weights",
    "Work",
    "company_vectors",
    "need_vectors",
    "score",
]

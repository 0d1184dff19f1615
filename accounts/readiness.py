"""The export self-test: twelve questions answered by yes or no, four levels, and for each the help that suits it.

The result is the company's own: no group sees it, no score reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Readiness, ReadinessHelp, User

QUESTIONS: Mapping[str, str | Promise] = {
    "decided": _("La direction a-t-elle décidé de vendre hors de France dans les deux ans ?"),
    "person": _("Quelqu'un, dans l'entreprise, a-t-il du temps réservé à l'export ?"),
    "language": _("Cette personne négocie-t-elle dans une autre langue que le français ?"),
    "sold": _("Avez-vous déjà vendu à un client hors de France ?"),
    "market": _("Avez-vous choisi un ou deux pays, et savez-vous pourquoi ceux-là ?"),
    "offer": _("Votre offre est-elle décrite dans une autre langue (site, brochure, fiches) ?"),
    "standards": _("Connaissez-vous les normes et certifications que vos pays visés exigent ?"),
    "customs": _("Savez-vous quel code douanier et quelle règle d'Incoterms utiliser ?"),
    "price": _("Avez-vous un prix à l'export, transport et droits compris ?"),
    "capacity": _("Pouvez-vous produire ou servir un tiers de plus sans investir d'abord ?"),
    "cash": _("Votre trésorerie supporte-t-elle un client qui paie à quatre-vingt-dix jours ?"),
    "risk": _("Savez-vous comment couvrir un impayé ou une monnaie étrangère ?"),
}
LEVELS: Mapping[int, tuple[str | Promise, str | Promise]] = {  # by the yeses that each begins at
    0: (_("À préparer"), _("L'export est encore une idée : quelques bases d'abord, et l'on vous y aide.")),
    4: (_("Prêt à essayer"), _("De quoi tenter un premier pays, de préférence accompagné par un grand groupe.")),
    7: (_("Prêt à partir"), _("L'essentiel est là : ce qui manque se règle en chemin.")),
    10: (_("Exportateur"), _("Vous savez faire : visez les projets où votre expérience compte le plus.")),
}
ANSWERS = [("yes", _("Oui")), ("no", _("Non"))]


@dataclass(frozen=True, slots=True)
class Result:
    """What the answers come to: the yeses, the level's place from 1, its words, what to work on, who helps."""

    yes: int
    level: int
    title: str | Promise
    text: str | Promise
    missing: list[str | Promise]
    help: list[ReadinessHelp]


class ReadinessForm(forms.Form):
    """A yes or a no to each question."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, question in QUESTIONS.items():
            self.fields[name] = forms.ChoiceField(label=question, choices=ANSWERS, widget=forms.RadioSelect)  # type: ignore[arg-type]  # a lazy text


def level_of(yes: int) -> int:
    """1 to 4."""
    return sum(1 for least in LEVELS if yes >= least)


def result(company: Organisation) -> Result | None:
    """Its latest; None before the first."""
    kept = Readiness.objects.filter(organisation=company).first()
    if kept is None:
        return None
    yes = sum(kept.answers.get(name) == "yes" for name in QUESTIONS)
    level = level_of(yes)
    title, text = LEVELS[list(LEVELS)[level - 1]]
    missing = [question for name, question in QUESTIONS.items() if kept.answers.get(name) != "yes"]
    return Result(yes, level, title, text, missing, list(ReadinessHelp.objects.filter(level=level)))


@transaction.atomic
def keep(company: Organisation, answers: Mapping[str, str], *, by: User) -> None:
    """Instead of those kept before; nothing of them enters the profile or its history."""
    Readiness.objects.update_or_create(
        organisation=company, defaults={"answers": {name: answers[name] for name in QUESTIONS}, "by": by}
    )

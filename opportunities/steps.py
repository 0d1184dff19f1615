"""The way from a kind to an opportunity sent: steps of the form, each with its sections."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opportunities.checks import Problems
from opportunities.leaks import FILES
from opportunities.models import Opportunity

OWN = "details_"  # before the names of the fields of a kind
QUESTION = "question_"  # before the numbers of the questions


@dataclass(frozen=True, slots=True)
class Section:
    """Some fields under a legend; the fields of the kind and the questions are named by the form itself."""

    legend: str | Promise
    fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A step as templates/opportunities/steps.html shows it."""

    label: str | Promise
    url: str
    is_current: bool
    is_done: bool


SECTIONS: Mapping[str, Section] = {
    "besoin": Section(_("Le besoin"), ["title", "teaser", "description", "benefits", "language"]),
    "precisions": Section(_("Précisions"), ["stage"]),
    "secteurs": Section(_("Pays et secteurs"), ["places", "sectors", "cpv_codes", "hs_codes", "naf_codes"]),
    "criteres": Section(
        _("Ce que vous demandez à la PME"),
        ["certifications_must", "certifications_wish", "languages_must", "languages_wish", "sectors_must",
         "sectors_wish", "experience", "headcount", "headcount_must", "volume", "volume_must",
         "first_exporters_welcome"],
    ),
    "questions": Section(_("Vos questions aux candidates")),
    "confidentialite": Section(_("Confidentialité"), ["confidential", "alias"]),
    "montant": Section(_("Montant"), ["amount", "amount_shared", "amount_reason"]),
    "dates": Section(_("Calendrier"), ["apply_by", "answer_by", "capacity"]),
    "suite": Section(_("Après une candidature"), ["next_step", "decided_by"]),
    "contacts": Section(_("Vos deux contacts"), ["contact_name", "contact_email", "deputy_name", "deputy_email"]),
}  # fmt: skip
STEPS: Mapping[str, tuple[str | Promise, Sequence[str]]] = {
    "besoin": (_("Le besoin"), ["besoin", "precisions", "secteurs"]),
    "criteres": (_("Les critères"), ["criteres", "questions"]),
    "confidentialite": (_("Confidentialité et montant"), ["confidentialite", "montant"]),
    "contacts": (_("Dates et contacts"), ["dates", "suite", "contacts"]),
}
NAMES = list(STEPS)
AIMS: Mapping[str, str | Promise] = {  # of steps whose legends do not say it all
    "criteres": _(
        "Rien n'est obligatoire. Exigez peu : ce qui est exigé écarte des entreprises, ce qui est souhaité les classe."
    ),
    "confidentialite": _("Ce que les PME apprendront de vous, et ce que notre équipe seule lit."),
}
# What is spoken of as a whole, and the section it fills
WHOLE: Mapping[str, str] = {
    "": "besoin",
    "details": "precisions",
    "criteria": "criteres",
    "questions": "questions",
    "contacts": "contacts",
    FILES: "confidentialite",
}


def step_of(field: str) -> str:
    """The step where a field is filled in; the first for the fields of a kind."""
    anchors = {name: anchor for anchor, section in SECTIONS.items() for name in section.fields} | dict(WHOLE)
    anchor = "questions" if field.startswith(QUESTION.rstrip("_")) else anchors.get(field, "precisions")
    return next(name for name, (_label, its) in STEPS.items() if anchor in its)


def in_order(names: Iterable[str]) -> list[str]:
    """Names of fields as the form comes to them; those of a kind where its own section stands."""
    anchors = [anchor for _label, its in STEPS.values() for anchor in its]
    known = [name for anchor in anchors for name in (anchor, *SECTIONS[anchor].fields)]
    return sorted(names, key=lambda name: known.index(name if name in known else "precisions"))


def aim(opportunity: Opportunity, step: str | None) -> str | Promise:
    """What a step is for, if its legends do not say it all; the first, and the form on one page, explain the kind."""
    return opportunity.spec.explanation if step in {None, NAMES[0]} else AIMS.get(step or "", "")


def after(step: str) -> str | None:
    """The next step of the form; None after the last, where the preview comes."""
    return dict(pairwise(NAMES)).get(step)


def before(step: str) -> str | None:
    return dict(pairwise(NAMES[::-1])).get(step)


def url(opportunity: Opportunity, step: str | None) -> str:
    """The address of a step; of the preview without one."""
    if step is None:
        return reverse("opportunities:preview", args=[opportunity.pk])
    return reverse("opportunities:edit_step", args=[opportunity.pk, step])


def unfinished(problems: Problems) -> str | None:
    """The first step where something is left to do; None when only the preview is."""
    left = {step_of(name.removeprefix("details.")) for name in problems}
    return next((name for name in NAMES if name in left), None)


def ladder(opportunity: Opportunity, current: str, problems: Problems) -> list[Place]:
    """All steps, from the kind to the preview; those of a row not saved yet lead nowhere."""
    saved = opportunity.pk is not None
    left = {step_of(name.removeprefix("details.")) for name in problems}
    kind = reverse("opportunities:change_kind", args=[opportunity.pk]) if saved else reverse("opportunities:create")
    places = [Place(_("Le type"), kind, current == "type", current != "type")]
    places += [
        Place(label, url(opportunity, name) if saved else "", name == current, saved and name not in left)
        for name, (label, _anchors) in STEPS.items()
    ]
    last = url(opportunity, None) if saved else ""
    return [*places, Place(_("Relire et soumettre"), last, current == "apercu", False)]

"""The one form of an opportunity. A draft needs a title and nothing more; `checks` says what submission needs."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.fields import CodesField, DayInput, boxes, folded, place_choices
from accounts.models import User
from accounts.taxonomy import bands, certifications, languages, sectors
from opportunities.checks import Problems
from opportunities.fields import of_kind
from opportunities.models import Criterion, Opportunity
from pacte.states import listed

OWN = "details_"  # before the names of the fields of a kind
Wanted = dict[tuple[str, str], bool]  # {(kind of criterion, code): must}
SUBMISSION_NEEDS = [
    "teaser", "description", "places", "sectors", "answer_by",
    "contact_name", "contact_email", "deputy_name", "deputy_email",
]  # fmt: skip


def headcount_choices() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("peu importe")), *bands.headcount_choices()[1:]]


class OpportunityForm(forms.ModelForm):
    """Bind it to an `Opportunity(owner, created_by, kind)`; then `save`, and keep the criteria with `wanted()`."""

    use_required_attribute = False  # a draft may be half filled
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    places = folded(label=gettext_lazy("Pays"), choices=place_choices)
    sectors = boxes(label=gettext_lazy("Secteurs"), choices=sectors.choices)
    cpv_codes = CodesField(
        scheme="cpv", label=gettext_lazy("Codes CPV"), required=False,
        help_text=gettext_lazy("Pour un marché public. Par exemple : 45310000, 42120000."),
    )  # fmt: skip
    hs_codes = CodesField(
        scheme="hs", label=gettext_lazy("Codes douaniers (SH)"), required=False,
        help_text=gettext_lazy("Pour des marchandises. Par exemple : 84, 8413."),
    )  # fmt: skip
    naf_codes = CodesField(
        scheme="naf", label=gettext_lazy("Codes NAF"), required=False,
        help_text=gettext_lazy("L'activité des entreprises cherchées. Par exemple : 28.13Z."),
    )  # fmt: skip
    certifications_must = folded(
        label=gettext_lazy("Certifications exigées"), choices=certifications.choices,
        help_text=gettext_lazy("Éliminatoires : une entreprise qui ne les a pas est écartée. Peu suffisent."),
    )  # fmt: skip
    certifications_wish = folded(label=gettext_lazy("Certifications souhaitées"), choices=certifications.choices)
    languages_must = folded(label=gettext_lazy("Langues exigées"), choices=languages.choices)
    languages_wish = folded(label=gettext_lazy("Langues souhaitées"), choices=languages.choices)
    experience = forms.BooleanField(label=gettext_lazy("Une expérience de ces pays est souhaitée"), required=False)
    headcount = forms.ChoiceField(
        label=gettext_lazy("Effectif minimal"), choices=headcount_choices, required=False,
        help_text=gettext_lazy("Souhaité : une entreprise plus petite n'est pas écartée."),
    )  # fmt: skip

    capacity = forms.IntegerField(
        label=gettext_lazy("Nombre de mises en relation souhaitées"), min_value=1, max_value=99, initial=6,
        help_text=gettext_lazy("Nous proposons l'opportunité en conséquence."),
    )  # fmt: skip

    class Meta:
        model = Opportunity
        fields = [
            "title", "teaser", "description", "benefits", "language", "stage", "places", "sectors", "cpv_codes",
            "hs_codes", "naf_codes", "first_exporters_welcome", "apply_by", "answer_by", "capacity", "contact_name",
            "contact_email", "deputy_name", "deputy_email", "confidential", "alias",
        ]  # fmt: skip
        labels = {
            "contact_name": gettext_lazy("Nom du contact principal"),
            "deputy_name": gettext_lazy("Nom du suppléant"),
            "confidential": gettext_lazy("Garder le nom du groupe confidentiel jusqu'à la mise en relation"),
            "alias": gettext_lazy("Nom affiché à la place"),
            "first_exporters_welcome": gettext_lazy("Ouverte aux entreprises qui n'ont jamais exporté"),
            "answer_by": gettext_lazy("Réponse promise aux candidates avant le"),
        }
        help_texts = {
            "title": gettext_lazy("Ce que vous cherchez, et où : « Vannes pour une station de pompage au Maroc »."),
            "teaser": gettext_lazy("La phrase que les PME liront dans la liste."),
            "description": gettext_lazy("Contexte, besoin, calendrier. Listes (-) et **gras** sont possibles."),
            "benefits": gettext_lazy("Une première référence, un accès à un client, un accueil sur place…"),
            "apply_by": gettext_lazy("Ce jour compris, heure de Paris. Laissez vide s'il n'y a pas de date limite."),
            "answer_by": gettext_lazy("Les PME la voient : c'est votre engagement."),
            "alias": gettext_lazy("Par exemple « Groupe du secteur de l'énergie »."),
        }  # fmt: skip
        widgets = {
            "description": forms.Textarea(attrs={"rows": 10}),
            "benefits": forms.Textarea(attrs={"rows": 3}),
            "apply_by": DayInput,
            "answer_by": DayInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance: Opportunity = kwargs["instance"]
        kwargs["initial"] = {**initial(instance), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.own = {field.name: f"{OWN}{field.name}" for field in instance.spec.fields}
        for field in instance.spec.fields:
            self.fields[self.own[field.name]] = of_kind(field)
        if instance.spec.asks_stage:
            self.fields["stage"].choices = [("", "–"), *Opportunity.Stage.choices]  # type: ignore[attr-defined]
        else:
            del self.fields["stage"]
        needed = [self.own[field.name] for field in instance.spec.fields if field.required]
        self.needed = [name for name in [*SUBMISSION_NEEDS, *needed] if name in self.fields]
        self._mark_needed(True)

    def full_clean(self) -> None:
        """What submission needs is marked as such, and let through empty: this may be a draft."""
        self._mark_needed(False)
        super().full_clean()
        self._mark_needed(True)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        own = {name: answers.get(key) for name, key in self.own.items()}
        self.instance.details = {name: _plain(value) for name, value in own.items() if value not in (None, "", [])}
        last, answer = answers.get("apply_by"), answers.get("answer_by")
        if last and answer and answer < last:
            self.add_error("answer_by", _("La réponse ne peut pas être promise avant la fin des candidatures."))
        if answers.get("confidential") and not answers.get("alias") and "alias" not in self.errors:
            self.add_error("alias", _("Sous quel nom apparaîtra votre groupe ?"))
        return answers

    def wanted(self) -> Wanted:
        """The criteria as filled in."""
        answers = self.cleaned_data
        found: Wanted = {}
        for kind, name in [("certification", "certifications"), ("language", "languages")]:
            found |= {(kind, code): False for code in answers.get(f"{name}_wish") or []}
            found |= {(kind, code): True for code in answers.get(f"{name}_must") or []}
        if answers.get("experience"):
            found |= {("experience", code): False for code in answers.get("places") or []}
        if answers.get("headcount"):
            found["headcount", answers["headcount"]] = False
        return found

    def show(self, problems: Problems) -> None:
        """Put what submission still needs beside the fields, bound or not."""
        self.errors  # noqa: B018  # a form that is not bound has its (empty) errors made here
        self.cleaned_data = getattr(self, "cleaned_data", {})
        for name, texts in problems.items():
            field = name.replace("details.", OWN)
            if field in self.fields and field not in self.errors:
                self.add_error(field, texts)

    def sections(self) -> Iterator[tuple[str, str, list[forms.BoundField]]]:
        """(anchor, legend, fields), in the order of the page."""
        for anchor, legend, names in self._sections():
            yield anchor, legend, [self[name] for name in names if name in self.fields]

    def _sections(self) -> Iterable[tuple[str, str, list[str]]]:
        return [
            ("besoin", _("Le besoin"), ["title", "teaser", "description", "benefits", "language"]),
            ("precisions", _("Précisions"), [*self.own.values(), "stage"]),
            ("secteurs", _("Pays et secteurs"), ["places", "sectors", "cpv_codes", "hs_codes", "naf_codes"]),
            ("criteres", _("Ce que vous demandez à la PME"), [
                "certifications_must", "certifications_wish", "languages_must", "languages_wish", "experience",
                "headcount", "first_exporters_welcome",
            ]),
            ("dates", _("Calendrier"), ["apply_by", "answer_by", "capacity"]),
            ("contacts", _("Vos deux contacts"), ["contact_name", "contact_email", "deputy_name", "deputy_email"]),
            ("confidentialite", _("Confidentialité"), ["confidential", "alias"]),
        ]  # fmt: skip

    def _mark_needed(self, needed: bool) -> None:
        for name in self.needed:
            self.fields[name].required = needed


def initial(opportunity: Opportunity) -> dict[str, Any]:
    """What the form shows beside the model's own fields."""
    criteria = list(opportunity.criteria.all()) if opportunity.pk else []
    values: dict[str, Any] = {
        f"{name}_{level}": [one.code for one in criteria if one.kind == kind and one.must == (level == "must")]
        for kind, name in [("certification", "certifications"), ("language", "languages")]
        for level in ("must", "wish")
    }
    values["experience"] = any(one.kind == Criterion.Kind.EXPERIENCE for one in criteria)
    values["headcount"] = next((one.code for one in criteria if one.kind == Criterion.Kind.HEADCOUNT), "")
    values |= {f"{OWN}{name}": value for name, value in opportunity.details.items()}
    return values | {"revision": opportunity.revision, "token": opportunity.token}


def for_new(user: User, kind: str) -> tuple[Opportunity, dict[str, Any]]:
    """A blank opportunity of that kind, and what we can fill in for whoever posts it."""
    owner = user.organisation
    profile = getattr(owner, "group_profile", None)
    known = {
        "token": uuid.uuid4(),
        "language": user.language,
        "contact_name": user.get_full_name(),
        "contact_email": user.email,
        "alias": profile.alias if profile else "",
    }
    return Opportunity(owner=owner, created_by=user, kind=kind), known


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


class ClosingForm(forms.Form):
    """Why a group ends the applications before their date."""

    REASONS = [
        ("filled", gettext_lazy("Nous avons trouvé")),
        ("given_up", gettext_lazy("Le projet ne se fait pas, ou plus tard")),
        ("enough", gettext_lazy("Nous avons reçu assez de candidatures")),
    ]
    outcome = forms.ChoiceField(label=gettext_lazy("Pourquoi ?"), choices=REASONS, widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("Précision"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def reason(self) -> str:
        return listed(dict(self.REASONS)[self.cleaned_data["outcome"]], self.cleaned_data["text"])

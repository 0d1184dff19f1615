"""The one form of an opportunity. A draft needs a title and nothing more; `checks` says what submission needs."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.fields import CodesField, DayInput, folded, place_choices
from accounts.models import Membership, User
from accounts.taxonomy import bands, certifications, languages, sectors
from accounts.taxonomy.terms import Choices
from opportunities import checks, contacts, history, questions, steps
from opportunities.amounts import Amount
from opportunities.fields import of_kind
from opportunities.leaks import FILES
from opportunities.models import Criterion, Opportunity
from opportunities.steps import OWN, QUESTION

HIDDEN = {"token", "revision", "seen"}
ELSEWHERE = {"questions": f"{QUESTION}1", FILES: "confidential"}  # where what is wrong with them is told
Wanted = dict[tuple[str, str], bool]  # {(kind of criterion, code): must}
SUBMISSION_NEEDS = [
    "teaser", "description", "places", "sectors", "answer_by",
    "contact_name", "contact_email", "deputy_name", "deputy_email",
]  # fmt: skip


LEVELS = [
    ("", gettext_lazy("peu importe")),
    ("wish", gettext_lazy("souhaitée")),
    ("must", gettext_lazy("exigée : les autres entreprises sont écartées")),
]


NAMED = [("certification", "certifications"), ("language", "languages"), ("sector", "sectors")]


def sector_choices() -> Choices:
    """In one list: in the form's body `sectors` is its field, whose choices go by families."""
    return sectors.choices()


def headcount_choices() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("peu importe")), *bands.headcount_choices()[1:]]


def volume_choices() -> list[tuple[str, Any]]:
    return [("", gettext_lazy("peu importe")), *bands.volume_choices()[1:]]


class OpportunityForm(forms.ModelForm):
    """Bind it to an `Opportunity(owner, created_by, kind)`; then `save`, and keep the criteria with `wanted()`."""

    use_required_attribute = False  # a draft may be half filled
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # what its fields were when it was opened
    places = folded(label=gettext_lazy("Pays"), choices=place_choices)
    sectors = folded(label=gettext_lazy("Secteurs"), choices=sectors.grouped_choices)
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
    certifications_must = folded(label=gettext_lazy("Certifications exigées"), choices=certifications.choices)
    certifications_wish = folded(label=gettext_lazy("Certifications souhaitées"), choices=certifications.choices)
    languages_must = folded(label=gettext_lazy("Langues exigées"), choices=languages.choices)
    languages_wish = folded(label=gettext_lazy("Langues souhaitées"), choices=languages.choices)
    sectors_must = folded(
        label=gettext_lazy("Secteurs exigés"), choices=sector_choices,
        help_text=gettext_lazy("Un seul de ceux-ci suffit."),
    )  # fmt: skip
    sectors_wish = folded(
        label=gettext_lazy("Secteurs souhaités"), choices=sector_choices,
        help_text=gettext_lazy("En plus de ceux du besoin."),
    )  # fmt: skip
    experience = forms.ChoiceField(label=gettext_lazy("Expérience de ces pays"), choices=LEVELS, required=False)
    headcount = forms.ChoiceField(label=gettext_lazy("Effectif minimal"), choices=headcount_choices, required=False)
    headcount_must = forms.BooleanField(label=gettext_lazy("Cet effectif est éliminatoire"), required=False)
    volume = forms.ChoiceField(
        label=gettext_lazy("Montant livrable minimal"), choices=volume_choices, required=False,
        help_text=gettext_lazy("Le contrat qu'elle peut livrer seule."),
    )  # fmt: skip
    volume_must = forms.BooleanField(label=gettext_lazy("Ce montant est éliminatoire"), required=False)

    capacity = forms.IntegerField(
        label=gettext_lazy("Nombre de mises en relation souhaitées"), min_value=1, max_value=99, initial=6
    )

    class Meta:
        model = Opportunity
        fields = [
            "title", "teaser", "description", "benefits", "language", "stage", "places", "sectors", "cpv_codes",
            "hs_codes", "naf_codes", "first_exporters_welcome", "apply_by", "answer_by", "capacity", "next_step",
            "decided_by", "contact_name", "contact_email", "deputy_name", "deputy_email", "confidential", "alias",
            "amount", "amount_shared", "amount_reason",
        ]  # fmt: skip
        labels = {
            "contact_name": gettext_lazy("Nom du contact principal"),
            "deputy_name": gettext_lazy("Nom du suppléant"),
            "confidential": gettext_lazy("Garder le nom du groupe confidentiel jusqu'à la mise en relation"),
            "alias": gettext_lazy("Nom affiché à la place"),
            "first_exporters_welcome": gettext_lazy("Ouverte aux entreprises qui n'ont jamais exporté"),
            "answer_by": gettext_lazy("Réponse promise aux candidates avant le"),
            "next_step": gettext_lazy("Prochaine étape après une candidature"),
            "decided_by": gettext_lazy("Qui décide"),
            "amount": gettext_lazy("Montant en jeu pour la PME"),
            "amount_shared": gettext_lazy("Montrer ce montant aux PME"),
        }
        help_texts = {
            "title": gettext_lazy("Ce que vous cherchez, et où : « Vannes pour une station de pompage au Maroc »."),
            "teaser": gettext_lazy("La phrase que les PME liront dans la liste."),
            "description": gettext_lazy("Contexte, besoin, calendrier. Listes (-) et **gras** sont possibles."),
            "benefits": gettext_lazy("Une première référence, un accès à un client, un accueil sur place…"),
            "apply_by": gettext_lazy("Ce jour compris. Vide : sans date limite."),
            "answer_by": gettext_lazy("Les PME la voient : c'est votre engagement."),
            "next_step": gettext_lazy("Par exemple : « Un appel de trente minutes »."),
            "decided_by": gettext_lazy("Une fonction, pas un nom : « La direction des achats »."),
            "alias": gettext_lazy("Par exemple « Groupe du secteur de l'énergie »."),
            "amount": gettext_lazy("Une tranche suffit. Sans votre accord ci-dessous, notre équipe seule la voit."),
            "amount_reason": gettext_lazy(
                "S'il n'est pas communiqué. Pour notre équipe : un appel d'offres en cours, par exemple."
            ),
        }  # fmt: skip
        widgets = {
            "description": forms.Textarea(attrs={"rows": 10}),
            "benefits": forms.Textarea(attrs={"rows": 3}),
            "apply_by": DayInput,
            "answer_by": DayInput,
        }

    def __init__(self, *args: Any, step: str | None = None, **kwargs: Any) -> None:
        """With a `step`, its fields alone: the others stay as they are stored."""
        instance: Opportunity = kwargs["instance"]
        self.step = step
        self.stored = criteria_of(instance)
        kwargs["initial"] = {**initial(instance, self.stored), **kwargs.get("initial", {})}
        picture = history.picture(instance, self.stored)
        super().__init__(*args, **kwargs)
        self.own = {field.name: f"{OWN}{field.name}" for field in instance.spec.fields}
        for field in instance.spec.fields:
            self.fields[self.own[field.name]] = of_kind(field)
        if instance.spec.asks_stage:
            self.fields["stage"].choices = [("", "–"), *Opportunity.Stage.choices]  # type: ignore[attr-defined]
        else:
            del self.fields["stage"]
        if instance.spec.asks_amount:
            self.fields["amount"].choices = [("", "–"), *Amount.choices]  # type: ignore[attr-defined]
        else:
            for name in steps.SECTIONS["montant"].fields:
                del self.fields[name]
        self.fields |= question_fields()
        self._keep_step()
        self.mark = self.initial["seen"] = history.mark(picture, self._covered())
        needed = [self.own[field.name] for field in instance.spec.fields if field.required]
        self.needed = [name for name in [*SUBMISSION_NEEDS, "amount", *needed] if name in self.fields]
        self._mark_needed(True)

    def _keep_step(self) -> None:
        kept = {name for _anchor, _legend, names in self._sections() for name in names}
        for name in [name for name in self.fields if name not in kept | HIDDEN]:
            del self.fields[name]

    def _covered(self) -> set[str]:
        """The names, in a picture of the row, of what this form may change."""
        own = {f"details.{name}" for name, key in self.own.items() if key in self.fields}
        asked = {"criteria"} if "experience" in self.fields else set()
        return {*self.fields, *own, *asked, *({"questions"} if f"{QUESTION}1" in self.fields else ())}

    def full_clean(self) -> None:
        """What submission needs is marked as such, and let through empty: this may be a draft."""
        self._mark_needed(False)
        super().full_clean()
        self._mark_needed(True)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if own := {name: answers.get(key) for name, key in self.own.items() if key in self.fields}:
            self.instance.details = {name: _plain(value) for name, value in own.items() if value not in (None, "", [])}
        if f"{QUESTION}1" in self.fields:
            self.instance.questions = questions.of(self._asked(answers))
        if wrong := checks.of_promise(answers.get("apply_by"), answers.get("answer_by")):
            self.add_error("answer_by", wrong)
        if answers.get("confidential") and not answers.get("alias") and "alias" not in self.errors:
            self.add_error("alias", _("Sous quel nom apparaîtra votre groupe ?"))
        if answers.get("amount_shared") and answers.get("amount") in {"", Amount.UNDISCLOSED.value}:
            self.add_error("amount_shared", _("Choisissez d'abord le montant à montrer."))
        return answers

    @staticmethod
    def _asked(answers: dict[str, Any]) -> list[tuple[str, bool]]:
        numbers = range(1, questions.MOST + 1)
        return [(answers.get(f"{QUESTION}{n}") or "", bool(answers.get(f"{QUESTION}{n}_required"))) for n in numbers]

    def wanted(self) -> Wanted:
        """The criteria as filled in; as stored where this step does not ask for them."""
        answers = self.cleaned_data
        places = answers.get("places") if "places" in self.fields else self.instance.places
        if "experience" not in self.fields:
            level = initial(self.instance, self.stored)["experience"]
            return {key: must for key, must in self.stored.items() if key[0] != "experience"} | _of(places, level)
        found: Wanted = {}
        for kind, name in NAMED:
            found |= {(kind, code): False for code in answers.get(f"{name}_wish") or []}
            found |= {(kind, code): True for code in answers.get(f"{name}_must") or []}
        for name in map(str, Criterion.BANDED):
            if answers.get(name):
                found[name, answers[name]] = bool(answers.get(f"{name}_must"))
        return found | _of(places, answers.get("experience"))

    def show(self, problems: checks.Problems) -> None:
        """Put what submission still needs beside the fields, bound or not."""
        self.errors  # noqa: B018  # a form that is not bound has its (empty) errors made here
        self.cleaned_data = getattr(self, "cleaned_data", {})
        for name, texts in problems.items():
            field = ELSEWHERE.get(name, name.replace("details.", OWN))
            if field in self.fields and field not in self.errors:
                self.add_error(field, texts)

    def sections(self) -> Iterator[tuple[str, str | Promise, list[forms.BoundField]]]:
        """(anchor, legend, fields), in the order of the page."""
        for anchor, legend, names in self._sections():
            yield anchor, legend, [self[name] for name in names if name in self.fields]

    def _sections(self) -> Iterator[tuple[str, str | Promise, list[str]]]:
        anchors = steps.STEPS[self.step][1] if self.step else steps.SECTIONS
        for anchor in anchors:
            section = steps.SECTIONS[anchor]
            if anchor == "montant" and not self.instance.spec.asks_amount:
                continue
            first = {"precisions": self.own.values(), "questions": question_fields()}.get(anchor, ())
            yield anchor, section.legend, [*first, *section.fields]

    def _mark_needed(self, needed: bool) -> None:
        for name in self.needed:
            self.fields[name].required = needed


def question_fields() -> dict[str, forms.Field]:
    """Room for each question, and whether it must be answered."""
    found: dict[str, forms.Field] = {}
    for number in range(1, questions.MOST + 1):
        text = forms.TextInput(attrs={"list": "questions-library"})
        label = _("Question %(number)s") % {"number": number}
        found[f"{QUESTION}{number}"] = forms.CharField(
            label=label, required=False, max_length=questions.LONGEST, widget=text
        )
        found[f"{QUESTION}{number}_required"] = forms.BooleanField(
            label=_("Réponse obligatoire à la question %(number)s") % {"number": number}, required=False
        )
    return found


def criteria_of(opportunity: Opportunity) -> Wanted:
    """{(kind, code): must} as stored."""
    return {(one.kind, one.code): one.must for one in opportunity.criteria.all()} if opportunity.pk else {}


def initial(opportunity: Opportunity, stored: Wanted) -> dict[str, Any]:
    """What the form shows beside the model's own fields."""
    values: dict[str, Any] = {
        f"{name}_{level}": [code for (one, code), must in stored.items() if one == kind and must == (level == "must")]
        for kind, name in NAMED
        for level in ("must", "wish")
    }
    levels = {must for (kind, _code), must in stored.items() if kind == Criterion.Kind.EXPERIENCE}
    values["experience"] = "must" if True in levels else "wish" if levels else ""
    for name in map(str, Criterion.BANDED):
        least = {code: must for (kind, code), must in stored.items() if kind == name}
        values[name], values[f"{name}_must"] = next(iter(least.items()), ("", False))
    values |= {f"{OWN}{name}": value for name, value in opportunity.details.items()}
    for number, question in enumerate(opportunity.questions, start=1):
        values[f"{QUESTION}{number}"] = question["text"]
        values[f"{QUESTION}{number}_required"] = question["required"]
    return values | {"revision": opportunity.revision, "token": opportunity.token}


def for_new(user: User, kind: str) -> tuple[Opportunity, dict[str, Any]]:
    """A blank opportunity of that kind, with what we can fill in for whoever posts it: what they wrote last time of
    what hardly changes, or the only colleague they have."""
    owner = user.organisation
    profile = getattr(owner, "group_profile", None)
    blank = Opportunity(
        owner=owner,
        created_by=user,
        kind=kind,
        contact_name=user.get_full_name(),
        contact_email=user.email,
        alias=profile.alias if profile else "",
        **_usual(user),
    )
    return blank, {"token": uuid.uuid4(), "language": user.language}


def _usual(user: User) -> dict[str, Any]:
    """Who stands in for this person, what comes after an application and who decides, as in their latest."""
    owner = user.organisation
    mine = Opportunity.objects.filter(owner=owner, created_by=user).exclude(deputy_email__in=["", user.email])
    latest = mine.order_by("-pk").first()
    if latest is None:
        writes = Membership.objects.active().filter(organisation=owner, user__is_active=True).exclude(role="reader")
        others = [one.user for one in writes.exclude(user=user).select_related("user")[:2]]
        only = others[0] if len(others) == 1 else None
        return {"deputy_name": only.get_full_name(), "deputy_email": only.email} if only else {}
    found = {"next_step": latest.next_step, "decided_by": latest.decided_by}
    if contacts.crews([latest.owner_id]).left(latest, latest.deputy_email):
        return found
    return found | {"deputy_name": latest.deputy_name, "deputy_email": latest.deputy_email}


def _of(places: list[str] | None, level: str | None) -> Wanted:
    return {("experience", code): level == "must" for code in places or []} if level else {}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


class TokenForm(forms.Form):
    """An action that, sent twice, is done once."""

    token = forms.UUIDField()

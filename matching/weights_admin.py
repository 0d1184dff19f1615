"""The weights in the admin: copied, edited, simulated, signed into force, taken back."""

from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from matching import meanings, simulate, weights
from matching.models import Band, SimulationReport, WeightsVersion
from opportunities.models import Opportunity
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin

State = WeightsVersion.State
CHECKS = {
    "positive": _("Aucun poids n'est négatif"),
    "step": _("Une version apprise ne change aucun poids de plus d'un quart"),
    "decided": _("Il y a des décisions passées à comparer"),
    "decisions": _("Pas de perte au-delà du bruit sur les décisions passées"),
    "coverage": _("Au moins autant d'entreprises parmi les dix premières"),
    "concentration": _("Les entreprises les plus montrées ne le sont pas davantage"),
}


class WeightsForm(forms.ModelForm):
    """A number a criterion, each with what it means."""

    class Meta:
        model = WeightsVersion
        fields = ("strong", "good", "trade", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name.startswith("weight_"):
                field.initial = self.instance.weights.get(name.removeprefix("weight_"), 0.0)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        found = {name.removeprefix("weight_"): value for name, value in cleaned.items() if name.startswith("weight_")}
        self.instance.weights = {**self.instance.weights, **found}
        if not any(self.instance.weights.values()):
            raise forms.ValidationError(_("Au moins un critère doit peser."))
        return cleaned


FIELDS = {
    f"weight_{criterion}": forms.FloatField(
        label=meaning.label,  # type: ignore[arg-type]  # a lazy text
        help_text=meaning.sentence,  # type: ignore[arg-type]
        min_value=0,
        max_value=10,
    )
    for criterion, meaning in meanings.MEANINGS.items()
}
DraftForm = type(forms.ModelForm)(  # type: ignore[misc]  # its fields are those of the criteria
    "DraftForm", (WeightsForm,), {**FIELDS, "__module__": __name__}
)


class BenchForm(forms.Form):
    """A folder that the worker's machine has, too."""

    bench = forms.CharField(
        label=_("Dossier du banc d'essai"),
        required=False,
        max_length=300,
        help_text=_("Facultatif : le chemin, sur le serveur, d'un dossier avec suppliers.jsonl, queries.jsonl et "
                    "qrels.tsv. Ses mesures paraissent dans le rapport."),
    )  # fmt: skip

    def clean_bench(self) -> str:
        path: str = self.cleaned_data["bench"].strip()
        if path and not all(
            (Path(path) / name).is_file() for name in ("suppliers.jsonl", "queries.jsonl", "qrels.tsv")
        ):
            raise forms.ValidationError(_("Ce dossier n'est pas un banc d'essai : il y manque un des trois fichiers."))
        return path


class Signature(forms.Form):
    signature = forms.CharField(label=_("Signature"), max_length=120, help_text=_("Vos prénom et nom."))
    reason = forms.CharField(
        label=_("Motif"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        help_text=_("Nécessaire si le rapport a des réserves. Il est gardé dans l'historique."),
    )


@admin.register(WeightsVersion)
class WeightsVersionAdmin(TransitionAdmin):
    list_display = ("version", "state", "origin", "parent", "created_at", "activated_at", "activated_by")
    list_filter = ("state", "origin")
    list_select_related = ("parent", "activated_by")
    transitions = (
        Transition(
            "copy",
            _("Copier"),
            frozenset(State.values),
            lambda obj, user, answers: weights.copy(obj, by=user),
            explanation=_("Un brouillon naît avec les mêmes nombres ; il paraît dans la liste."),
        ),
        Transition(
            "simulate",
            _("Simuler"),
            frozenset({State.DRAFT}),
            lambda obj, user, answers: simulate.ask(obj, by=user, **answers),
            BenchForm,
            explanation=_("Le rapport se calcule en quelques minutes ; il paraît dans les rapports de simulation."),
        ),
        Transition(
            "activate",
            _("Mettre en vigueur"),
            frozenset({State.DRAFT}),
            lambda obj, user, answers: weights.activate(obj, by=user, **answers),
            Signature,
            explanation=_("Tous les scores sont recalculés. Vous signez le rapport de simulation, que vous avez lu."),
            grave=True,
        ),
        Transition(
            "roll-back",
            _("Revenir à la version précédente"),
            frozenset({State.ACTIVE}),
            lambda obj, user, answers: weights.roll_back(obj, by=user),
            explanation=_("Tous les scores sont recalculés avec la version qui était en vigueur avant celle-ci."),
            grave=True,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None and obj.is_draft:
            kwargs["form"] = DraftForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        numbers = ["strong", "good", "trade", "note"]
        return [*FIELDS, *numbers] if obj is not None and obj.is_draft else ["figures", *numbers]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is not None and obj.is_draft else self.get_fields(request, obj)

    @admin.display(description=_("poids"))
    def figures(self, version: WeightsVersion) -> str:
        return "\n".join(f"{meanings.of(code).label} : {weight:g}" for code, weight in version.weights.items())

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        names = ("weights", "strong", "good", "trade", "note")
        weights.edit(obj, by=request.user, **{name: getattr(obj, name) for name in names})


def shown(report: SimulationReport) -> dict[str, Any]:
    """A report's findings in words."""
    data, labels = report.data, dict(Band.choices)
    titles = Opportunity.objects.in_bulk([row["opportunity"] for row in data["changes"]])
    bands = [(*(labels[name] for name in change.split()), count) for change, count in data["bands"].items()]
    return {
        "changes": [
            {**row, "criterion": meanings.of(row["criterion"]).label, "opportunity": titles.get(row["opportunity"])}
            for row in data["changes"]
        ],
        "bands": sorted(bands, key=lambda row: -row[-1]),
        "unseen": [meanings.of(code).label for code in data.get("unseen", [])],
        "bench": data.get("bench", []),
    }


@admin.register(SimulationReport)
class SimulationReportAdmin(ReadOnlyAdmin):
    list_display = ("version", "against", "progress", "created_at", "finished_at", "signed_by")
    list_select_related = ("version", "against", "signed_by")
    exclude = ("data", "numbers")
    change_form_template = "admin/simulation_report.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        report = self.get_object(request, object_id)
        checks = [] if report is None else report.data.get("gate", [])
        told = [(CHECKS.get(check["check"], check["check"]), check["passed"]) for check in checks]
        extra = {**(extra_context or {}), "checks": told}
        if report is not None and report.is_done:
            extra |= shown(report)
        return super().change_view(request, object_id, form_url, extra)

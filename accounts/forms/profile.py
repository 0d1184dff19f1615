"""The four sections of an SME's profile; every field may stay empty."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import CodesField, DayInput, boxes, folded, or_none, place_choices
from accounts.models import CountryExperience, Organisation, Reference, SmeProfile
from accounts.taxonomy import bands, certifications, codes, languages, places, sectors
from accounts.taxonomy.kinds import Kind

MOST_SECTORS, MOST_PLACES, MOST_ROWS = 6, 5, 60
EARLIEST = 1950


class SectionForm(forms.ModelForm):
    """One section: `write` saves its own fields and no other's, and `changes` tells of them."""

    own: tuple[str, ...] = ()  # what belongs to the organisation itself

    class Meta:
        model = SmeProfile
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        company: Organisation = kwargs["instance"].organisation
        kwargs["initial"] = {name: getattr(company, name) for name in self.own} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.company = company

    def changes(self) -> dict[str, list[Any]]:
        """{field: [before, after]} of what is no longer the same."""
        pairs = {name: [self.initial[name], self.cleaned_data[name]] for name in self.fields}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def write(self) -> None:
        kept = [name for name in self._meta.fields or () if name in self.fields]
        self.instance.confirmed_at = timezone.now()
        self.instance.save(update_fields=[*kept, "confirmed_at"])
        if self.own:
            for name in self.own:
                setattr(self.company, name, self.cleaned_data[name])
            self.company.save(update_fields=self.own)


class ActivityForm(SectionForm):
    own = ("naf", "website")
    sectors = folded(
        label=_("Vos secteurs"), choices=sectors.grouped_choices,
        help_text=_("Six au plus : ceux où vous avez de vraies références."),
    )  # fmt: skip
    naf = CodesField(
        scheme="naf",
        label=_("Code NAF"),
        required=False,
        help_text=_("Votre activité principale, par exemple 28.13Z."),
    )
    hs_codes = CodesField(
        scheme="hs", label=_("Chapitres douaniers (SH)"), required=False,
        help_text=_("Ceux de vos marchandises, séparés par des virgules. Par exemple : 84, 8413."),
    )  # fmt: skip
    cpv_codes = CodesField(
        scheme="cpv", label=_("Codes CPV"), required=False,
        help_text=_("Ceux des marchés publics auxquels vous répondez. Par exemple : 45310000, 42120000."),
    )  # fmt: skip
    website = forms.URLField(
        label=_("Site internet"),
        required=False,
        max_length=200,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"autocomplete": "url"}),
    )

    class Meta(SectionForm.Meta):
        fields = ("sectors", "products", "hs_codes", "cpv_codes")
        labels = {"products": _("Vos produits et services")}
        help_texts = {
            "products": _(
                "Avec les mots de vos clients : matières, procédés, usages, normes. C'est ce que la recherche lit."
            )
        }
        widgets = {"products": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.company.registry_status == Organisation.Registry.FOUND and self.company.naf:
            self.fields["naf"].disabled = True
            self.fields["naf"].help_text = _("Il vient du registre des entreprises.")

    def clean_sectors(self) -> list[str]:
        if len(self.cleaned_data["sectors"]) > MOST_SECTORS:
            raise forms.ValidationError(
                _("Choisissez six secteurs au plus : ceux qui vous décrivent le mieux."), code="too_many"
            )
        return self.cleaned_data["sectors"]

    def clean_naf(self) -> str:
        found = self.cleaned_data["naf"]
        if len(found) > 1:
            raise forms.ValidationError(_("Un seul code : celui de votre activité principale."), code="too_many")
        return found[0] if found else ""


class ExportForm(SectionForm):
    export_share = forms.ChoiceField(
        label=_("Part de vos ventes à l'étranger"), choices=or_none(bands.export_share_choices), required=False
    )

    class Meta(SectionForm.Meta):
        fields = ("export_share",)


class CapacitiesForm(SectionForm):
    languages = boxes(
        label=_("Langues de travail"), choices=languages.choices,
        help_text=_("Celles dans lesquelles vous pouvez négocier et écrire une offre."),
    )  # fmt: skip
    headcount = forms.ChoiceField(label=_("Effectif"), choices=or_none(bands.headcount_choices), required=False)
    turnover = forms.ChoiceField(
        label=_("Chiffre d'affaires annuel"), choices=or_none(bands.turnover_choices), required=False
    )

    volume = forms.ChoiceField(
        label=_("Quel montant de contrat pouvez-vous livrer ?"), choices=or_none(bands.volume_choices), required=False,
        help_text=_("Le plus gros que vous tenez seule, délais compris. Sans réponse, rien ne vous écarte."),
    )  # fmt: skip

    class Meta(SectionForm.Meta):
        fields = ("languages", "headcount", "turnover", "volume")


class ProjectsForm(SectionForm):
    wanted_kinds = boxes(
        label=_("Ce que vous cherchez"),
        choices=Kind.choices,
        help_text=_(
            "Co-export : une offre commune avec un groupe. Portage : il vous ouvre la voie dans un pays où il est. "
            "Hébergement : il accueille dans ses bureaux là-bas un salarié ou un VIE de chez vous."
        ),
    )
    horizon = forms.ChoiceField(
        label=_("Quand voulez-vous vous lancer ?"), choices=[("", "–"), *SmeProfile.Horizon.choices], required=False
    )

    class Meta(SectionForm.Meta):
        fields = ("wanted_kinds", "horizon")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = self.instance.wanted_places
        for rank in range(MOST_PLACES):
            self.fields[f"place_{rank + 1}"] = forms.ChoiceField(
                label=_("Choix n° %d") % (rank + 1),
                choices=lambda: [("", "–"), *place_choices()],
                required=False,
                initial=wanted[rank] if rank < len(wanted) else "",
            )

    @property
    def ranked(self) -> list[forms.BoundField]:
        return [self[f"place_{rank + 1}"] for rank in range(MOST_PLACES)]

    def changes(self) -> dict[str, list[Any]]:
        ranked = [self.cleaned_data[field.name] for field in self.ranked]
        before, after = self.instance.wanted_places, list(dict.fromkeys(filter(None, ranked)))
        others = {name: [self.initial[name], self.cleaned_data[name]] for name in self._meta.fields or ()}
        pairs = {"wanted_places": [before, after], **others}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def write(self) -> None:
        self.instance.wanted_places = self.changes().get("wanted_places", [None, self.instance.wanted_places])[1]
        self.instance.save(update_fields=["wanted_places"])
        super().write()


class Row(forms.Form):
    """One line of a list: left empty it is no line."""

    key: str
    missing: Any

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (
            not data.get(self.key)
            and self.key not in self.errors
            and any(data.get(name) for name in self.fields if name != "DELETE")
        ):
            self.add_error(self.key, self.missing)
        return data


class ExperienceRow(Row):
    key, missing = "place", _("De quel pays s'agit-il ?")
    place = forms.ChoiceField(label=_("Pays"), choices=lambda: [("", "–"), *places.grouped_choices()], required=False)
    level = forms.ChoiceField(
        label=_("Votre expérience"), choices=[("", "–"), *CountryExperience.Level.choices], required=False
    )
    last_year = forms.IntegerField(label=_("Dernière année"), min_value=EARLIEST, required=False)

    def clean_last_year(self) -> int | None:
        return not_ahead(self.cleaned_data["last_year"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("place") and not data.get("level") and "level" not in self.errors:
            self.add_error("level", _("Quelle expérience en avez-vous ?"))
        return data


class CertificateRow(Row):
    key, missing = "code", _("De quelle certification s'agit-il ?")
    code = forms.ChoiceField(label=_("Certification"), choices=or_none(certifications.choices), required=False)
    expires_on = forms.DateField(label=_("Valable jusqu'au"), widget=DayInput, required=False)


class Rows(forms.BaseFormSet):
    """Lines that name each thing once. Those cleared or marked « Retirer » are gone once saved."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Retirer")

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            key = form.key
            name = form.cleaned_data.get(key) if form.is_valid() and not form.cleaned_data.get("DELETE") else ""
            if name and name in seen:
                form.add_error(key, _("Déjà indiqué plus haut."))
            seen.add(name)

    def lines(self) -> list[dict[str, Any]]:
        """What remains, in order."""
        sent = [form.cleaned_data for form in self.forms]
        return [
            {name: value for name, value in data.items() if name != "DELETE"}
            for data in sent
            if not data.get("DELETE") and any(data.values())
        ]


def rows_of(row: type[Row]) -> type[Rows]:
    return forms.formset_factory(
        row,
        formset=Rows,
        extra=3,
        can_delete=True,
        can_delete_extra=False,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS + 20,
    )  # type: ignore[return-value]


ExperienceRows, CertificateRows = rows_of(ExperienceRow), rows_of(CertificateRow)


class ReferenceForm(forms.ModelForm):
    """A job done. Its CPV codes are typed; codes of other nomenclatures, if any, stay."""

    place = forms.ChoiceField(label=_("Où"), choices=lambda: [("", "–"), *places.grouped_choices()], required=False)
    year = forms.IntegerField(label=_("Année"), min_value=EARLIEST, required=False)
    cpv = CodesField(
        scheme="cpv", label=_("Codes CPV"), required=False,
        help_text=_("S'il s'agissait d'un marché public. Par exemple : 45310000."),
    )  # fmt: skip

    class Meta:
        model = Reference
        fields = ("title", "description", "place", "year", "client_kind", "client_name", "shareable")
        labels = {
            "title": _("Ce que vous avez fait"),
            "description": _("Détails"),
            "client_name": _("Nom du client"),
            "shareable": _("Cette référence peut être montrée aux groupes"),
        }
        help_texts = {
            "title": _("Une phrase : « Fourniture de vannes pour une usine d'eau potable »."),
            "description": _("Le besoin, votre part, les quantités, les difficultés : tout ce qui la rend parlante."),
            "client_name": _("Laissez vide s'il est confidentiel."),
            "shareable": _("Sinon, elle sert au calcul de l'adéquation et personne ne la lit."),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        tagged = [codes.split(code) for code in kwargs["instance"].codes]
        kwargs["initial"] = {"cpv": [code for scheme, code in tagged if scheme == "cpv"]} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["client_kind"].choices = [("", "–"), *Reference.ClientKind.choices]  # type: ignore[attr-defined]

    def clean_year(self) -> int | None:
        return not_ahead(self.cleaned_data["year"])

    def save(self, commit: bool = True) -> Reference:
        others = [code for code in self.instance.codes if not code.startswith("cpv:")]
        self.instance.codes = [*(f"cpv:{code}" for code in self.cleaned_data["cpv"]), *others]
        return super().save(commit)


def not_ahead(year: int | None) -> int | None:
    if year and year > timezone.localdate().year:
        raise forms.ValidationError(_("Cette année n'est pas encore venue."), code="ahead")
    return year

"""From a text to the profile: the lines its reader ticked, and no other."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import brochures, reading, taxonomy
from accounts import profile as profiles
from accounts.forms.profile import MOST_PLACES, MOST_ROWS
from accounts.models import Certificate, CountryExperience, Organisation, Reference, SmeProfile, User
from accounts.reading import Proposal

PRODUCTS = 4000
TITLES: dict[str, str | Promise] = {
    "certification": gettext_lazy("Certifications"),
    "language": gettext_lazy("Langues de travail"),
    "place": gettext_lazy("Les pays que vous connaissez"),
    "target": gettext_lazy("Les pays que vous visez"),
    "cpv": gettext_lazy("Codes CPV"),
    "hs": gettext_lazy("Chapitres douaniers (SH)"),
    "product": gettext_lazy("Vos produits et services"),
    "reference": gettext_lazy("Vos références"),
}
FIELDS = {"language": "languages", "target": "wanted_places", "cpv": "cpv_codes", "hs": "hs_codes"}
SCHEMES = {"target": "place"}  # where a code has its words, unless it is its kind


class TextForm(forms.Form):
    """A text, or a PDF that becomes one."""

    text = forms.CharField(
        label=gettext_lazy("Votre texte"),
        required=False,
        max_length=reading.LONGEST,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("Copiez une page de votre site ou de votre plaquette. Rien n'est gardé de ce texte."),
    )
    file = forms.FileField(
        label=gettext_lazy("Ou votre plaquette en PDF"), required=False, max_length=120,
        widget=forms.FileInput(attrs={"accept": ".pdf"}),
        help_text=gettext_lazy("10 Mo et 60 pages au plus, sans mot de passe. Le fichier n'est pas gardé."),
    )  # fmt: skip

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        if file:
            self.cleaned_data["text"] = brochures.text_of(file)
        return file

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not found.get("text", "").strip():
            told = _("Collez un texte, ou choisissez un PDF : nous y cherchons ce que votre profil peut dire.")
            self.add_error("text", told)
        return found

    def read(self) -> "TextForm":
        """The same with the text alone, as the next step takes it."""
        form = TextForm({"text": self.cleaned_data["text"]})
        form.full_clean()
        return form


class ProposalsForm(forms.Form):
    """One box a proposal, none ticked, each with the sentence it comes from."""

    accepted = forms.MultipleChoiceField(
        label=gettext_lazy("Ce que votre texte dit"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Cochez au moins une ligne, ou revenez à votre profil.")},
    )

    def __init__(self, *args: Any, proposals: Iterable[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposals = {one.key: one for one in proposals}
        kinds = dict.fromkeys(one.kind for one in self.proposals.values())
        self.fields["accepted"].choices = [  # type: ignore[attr-defined]
            (TITLES[kind], [(one.key, told(one)) for one in self.proposals.values() if one.kind == kind])
            for kind in kinds
        ]

    def chosen(self) -> list[Proposal]:
        return [self.proposals[key] for key in self.cleaned_data["accepted"]]


def told(one: Proposal) -> str:
    """What would be kept, then the sentence, unless that says no more."""
    if one.kind == "product":
        return one.sentence
    if one.kind == "reference" and one.sentence.endswith(f" : {one.code}"):
        return one.code
    word = one.code if one.kind == "reference" else taxonomy.label(SCHEMES.get(one.kind, one.kind), one.code)
    if one.kind in {"cpv", "hs"}:
        word = f"{one.code} – {word}"
    if one.level:
        word = f"{word} ({CountryExperience.Level(one.level).label})"
    return _("%(what)s : « %(sentence)s »") % {"what": word, "sentence": one.sentence}


def new(profile: SmeProfile, proposals: Iterable[Proposal]) -> list[Proposal]:
    """Without what the profile says already."""
    has = {
        "certification": set(profile.certificates.values_list("code", flat=True)),
        "place": set(profile.experiences.values_list("place", flat=True)),
        "reference": set(profile.references.values_list("title", flat=True)),
        **{kind: set(getattr(profile, field)) for kind, field in FIELDS.items()},
    }
    said = [one for one in proposals if one.kind == "product" and one.code in profile.products]
    return [one for one in proposals if one.code not in has.get(one.kind, ()) and one not in said]


@transaction.atomic
def accept(company: Organisation, chosen: Iterable[Proposal], *, by: User) -> int:
    """Keep these, under the lock of the profile; how many were new and had room."""
    profile = SmeProfile.objects.select_for_update().get(organisation=company)
    changes: dict[str, list[Any]] = {}
    kept = 0
    for one in new(profile, chosen):
        name = _keep(profile, one)
        if name:
            kept += 1
            changes.setdefault(name, ["", []])[1].append(one.code)
    profile.save(update_fields=["products", *FIELDS.values()])
    profiles.note(company, changes, by=by)
    return kept


def _keep(profile: SmeProfile, one: Proposal) -> str:
    """The name of what changed; nothing where there is no room."""
    if one.kind == "target" and len(profile.wanted_places) >= MOST_PLACES:
        return ""
    if one.kind in FIELDS:
        getattr(profile, FIELDS[one.kind]).append(one.code)
        return FIELDS[one.kind]
    if one.kind == "product":
        longer = f"{profile.products}\n{one.code}".strip()
        if len(longer) > PRODUCTS:
            return ""
        profile.products = longer
        return "products"
    rows: Any = {
        "certification": profile.certificates, "place": profile.experiences, "reference": profile.references
    }[one.kind]  # fmt: skip
    if rows.count() >= MOST_ROWS:
        return ""
    if one.kind == "certification":
        Certificate.objects.create(profile=profile, code=one.code)
        return "certificates"
    if one.kind == "place":
        CountryExperience.objects.create(profile=profile, place=one.code, level=one.level)
        return "experiences"
    Reference.objects.create(profile=profile, title=one.code, shareable=False)  # a client's name: theirs to share
    return "references"

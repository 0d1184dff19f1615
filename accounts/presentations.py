"""A company's presentation: put instead of the one before, taken away, found for who may read it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Presentation, User
from pacte import files, pdf

MOST_PAGES = 60
UNREADABLE: Mapping[str, Any] = {
    "locked": _("Ce PDF est protégé par un mot de passe : enregistrez-le sans."),
    "long": _("Ce PDF compte plus de %(most)s pages."),
    "broken": _("Nous n'arrivons pas à lire ce PDF : enregistrez-le de nouveau, ou imprimez-le en PDF."),
}


class PresentationForm(forms.Form):
    """One PDF that anyone can open."""

    file = forms.FileField(
        label=_("Votre présentation"), max_length=120, widget=forms.FileInput(attrs={"accept": ".pdf"}),
        help_text=_("Un PDF de 10 Mo et 60 pages au plus, sans mot de passe."),
        error_messages={"required": _("Choisissez un fichier.")},
    )  # fmt: skip

    content = b""

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        self.content = pdf_of(file)
        try:
            pdf.check(self.content, pages=MOST_PAGES)
        except pdf.UnreadableError as error:
            raise forms.ValidationError(UNREADABLE[error.why], code=error.why, params={"most": MOST_PAGES}) from error
        return file


def pdf_of(file: UploadedFile) -> bytes:
    """Its bytes, when they are a PDF's."""
    content, found = files.taken(file)
    if found != "pdf":
        raise forms.ValidationError(_("Ce fichier n'est pas un PDF."), code="type")
    return content


def put(company: Organisation, form: PresentationForm, *, by: User) -> Presentation:
    """Instead of the one before, if any; out of reach until it has been looked at."""
    with transaction.atomic():
        before = _taken_away(company)
        kept = Presentation.objects.create(
            company=company,
            name=files.named(form.cleaned_data["file"], "pdf"),
            type="pdf",
            size=len(form.content),
            content=form.content,
            state=files.first_state(),
            added_by=by,
        )
        company.record(by=by, changes={"presentation_file": [before, kept.name]})
    return kept


def remove(company: Organisation, *, by: User) -> None:
    """A second click finds nothing, and says nothing."""
    with transaction.atomic():
        if before := _taken_away(company):
            company.record(by=by, changes={"presentation_file": [before, ""]})


def _taken_away(company: Organisation) -> str:
    """The name of the one there was. The company is locked: two who send at once follow one another."""
    Organisation.objects.select_for_update().get(pk=company.pk)
    before = Presentation.objects.listed().filter(company=company).first()
    if before is None:
        return ""
    Presentation.objects.filter(pk=before.pk).delete()
    return before.name


def of(companies: Iterable[int | None]) -> Mapping[int, Presentation]:
    """Those that may be opened, by company; one query, without their content."""
    rows = Presentation.objects.clean().listed().filter(company__in=[pk for pk in companies if pk])
    return {one.company_id: one for one in rows}

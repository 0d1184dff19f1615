from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import advisers
from pacte import tables

LONGEST = 100_000  # eighteen lines take three thousand


class AdvisersForm(forms.Form):
    """A CSV, as a file or pasted; `reading` says what it would do once the form is valid."""

    file = forms.FileField(label=_("Fichier CSV"), required=False)
    text = forms.CharField(
        label=_("ou son contenu"), required=False, max_length=LONGEST, strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "cols": 100}),
    )  # fmt: skip

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file is None:
            return ""
        if file.size > LONGEST:
            raise forms.ValidationError(_("Ce fichier est trop grand pour une ligne par région."))
        content: bytes = file.read()
        try:
            tables.check(str(file.name), content, takes=("csv",))
            return tables.decoded(content)
        except tables.UnreadableError as error:
            raise forms.ValidationError(tables.told(error.problem)) from error

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if self.errors:
            return answers
        text = answers.get("file") or answers.get("text", "")
        if not text.strip():
            raise forms.ValidationError(_("Choisissez un fichier, ou collez son contenu."))
        answers["text"] = text
        self.reading = advisers.read(text)
        if self.reading.errors:
            raise forms.ValidationError(self.reading.errors)
        return answers

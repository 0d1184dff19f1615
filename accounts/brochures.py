"""What a company's own PDF says, as the text that `reading` reads; the file is kept nowhere."""

import re

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts import presentations, reading
from pacte import pdf

CUT = re.compile(r"([\w,]-?)\n(\w)")
SHORTEST = 20  # characters; less is a drawing with a number on it


def text_of(file: UploadedFile) -> str:
    """Its text, or in words why there is none."""
    content = presentations.pdf_of(file)
    try:
        said = pdf.text(content, pages=presentations.MOST_PAGES, longest=reading.LONGEST)
    except pdf.UnreadableError as error:
        told = presentations.UNREADABLE[error.why]
        raise forms.ValidationError(told, code=error.why, params={"most": presentations.MOST_PAGES}) from error
    if len(said.strip()) < SHORTEST:
        raise forms.ValidationError(_("Ce PDF ne contient pas de texte, seulement des images."), code="image")
    return CUT.sub(_mended, said)[: reading.LONGEST]


def _mended(cut: re.Match[str]) -> str:
    """A page's width ends a line, not a sentence: what goes on in small letters goes on."""
    before, after = cut[1], cut[2]
    if not after.islower():
        return cut[0]
    return before[:-1] + after if before.endswith("-") else f"{before} {after}"

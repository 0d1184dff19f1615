"""Files that people send: known by their bytes rather than by their names, looked at before anyone opens them."""

import io
import logging
import re
import zipfile
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pacte import clamd, zips

logger = logging.getLogger(__name__)
HEAVIEST = 10 * 1024 * 1024
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
HEADS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
ENDINGS = {"jpeg": "jpg"}  # others that people give them
PARTS = 5_000  # in an office file: a presentation of five hundred pages has some
PAGE = re.compile(rb"<script[\s/>]|<!doctype\s{1,9}html|<html[\s>]", re.IGNORECASE)
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class ScanState(models.TextChoices):
    WAITING = "waiting", gettext_lazy("en cours d'analyse")
    CLEAN = "clean", gettext_lazy("disponible")
    INFECTED = "infected", gettext_lazy("refusé par l'antivirus")


class Stored(models.Model):
    """A file that lies in the database, so that any machine serves it and one backup holds all."""

    State = ScanState
    name = models.CharField(gettext_lazy("nom du fichier"), max_length=120)
    type = models.CharField(gettext_lazy("type"), max_length=10)
    size = models.PositiveIntegerField(gettext_lazy("taille"))
    content = models.BinaryField()
    state = models.CharField(gettext_lazy("état"), max_length=10, choices=ScanState, default=ScanState.WAITING)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=gettext_lazy("ajouté par")
    )
    added_at = models.DateTimeField(gettext_lazy("ajouté le"), auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


def type_of(content: bytes) -> str:
    """What the bytes are; nothing when we do not take it: macros, and all that is not in the list."""
    for head, found in HEADS.items():
        if content.startswith(head):
            return found
    if not content.startswith(b"PK\x03\x04"):
        return ""
    try:
        names = zips.opened(content).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return ""
    if "[Content_Types].xml" not in names or any("vbaproject" in name.lower() for name in names):
        return ""
    kinds = [its for folder, its in FOLDERS.items() if any(name.startswith(folder) for name in names)]
    return kinds[0] if len(kinds) == 1 else ""


def taken(file: UploadedFile) -> tuple[bytes, str]:
    """What was sent and its type, or why we do not take it."""
    if (file.size or 0) > HEAVIEST:
        raise ValidationError(_("Ce fichier pèse plus de %s.") % filesizeformat(HEAVIEST), code="heavy")
    content = file.read()
    found = type_of(content)
    if not found:
        told = _("Nous ne prenons pas ce type de fichier, mais : %(types)s.")
        raise ValidationError(told, code="type", params={"types": ", ".join(f".{one}" for one in TYPES)})
    ending = PurePosixPath(str(file.name)).suffix.lower().removeprefix(".")
    if ending and ENDINGS.get(ending, ending) != found:
        told = _("Le nom de ce fichier finit par « .%(ending)s », mais son contenu est du type %(found)s.")
        raise ValidationError(told, code="ending", params={"ending": ending[:12], "found": found.upper()})
    _harmless(content, found)
    return content, found


def _harmless(content: bytes, type_: str) -> None:
    """ValidationError for a file that is also another one, or that would unpack to too much."""
    hides = ValidationError(
        _("Ce fichier en cache un autre (page web, archive…), ou il est abîmé : enregistrez-le de nouveau."),
        code="hides",
    )
    if PAGE.search(content) or (type_ != "pdf" and b"%PDF-" in content[:1024]):
        raise hides
    if type_ not in FOLDERS.values():
        if zipfile.is_zipfile(io.BytesIO(content)):
            raise hides
        return
    archive = zips.opened(content)
    if zips.is_heavy(archive, PARTS):
        told = _("Ce fichier, une fois décompressé, pèse plus de %s.") % filesizeformat(zips.UNZIPPED)
        raise ValidationError(told, code="heavy")
    if not (zips.is_whole(content, archive) and zips.is_true(archive)):
        raise hides


def named(file: UploadedFile, type_: str) -> str:
    """As it was, with the ending that its bytes deserve."""
    stem = PurePosixPath(str(file.name)).stem
    return f"{''.join(one for one in stem if one.isprintable())[:100]}.{type_}"


def first_state() -> ScanState:
    """Out of reach until it has been looked at; where nothing looks, at once within reach."""
    return ScanState.WAITING if settings.CLAMD else ScanState.CLEAN


def handed(name: str, type_: str, content: bytes) -> HttpResponse:
    """To be saved, never shown as a page of ours, nor kept on the way."""
    response = HttpResponse(content, content_type=TYPES[type_], headers=SAFE)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def scan_due(model: type[Stored]) -> None:
    """Have those that wait looked at; no transaction is open meanwhile."""
    if not settings.CLAMD:
        return
    rows: Any = model._default_manager.filter(state=ScanState.WAITING)
    for pk, content in rows.values_list("pk", "content").iterator(1):
        try:
            verdict = ScanState.CLEAN if clamd.is_clean(bytes(content)) else ScanState.INFECTED
        except OSError:
            logger.exception("The antivirus gives no answer: %s %s waits", model.__name__, pk)
            return
        gone = {"content": b""} if verdict == ScanState.INFECTED else {}
        model._default_manager.filter(pk=pk, state=ScanState.WAITING).update(state=verdict, **gone)

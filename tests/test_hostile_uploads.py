"""Files that mean harm, sent as a group's attachment, a company's presentation or brochure: refused in plain words,
nothing of them kept, memory bounded."""

import io
import tracemalloc
import zipfile
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Presentation
from opportunities.models import Attachment
from pacte import files, zips
from tests.factories import OpportunityFactory, group_user, sme_user
from tests.heavy import MEGA, Body
from tests.pdfs import pdf

WHOLE = pdf("Nous fabriquons des vannes.")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0" * 20
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 20
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HIDES, TYPE, ENDING, HEAVY = (
    "en cache un autre",
    "Nous ne prenons pas ce type",
    "Le nom de ce fichier finit par",
    "pèse plus",
)


def packed(*names, content=b"x", method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("[Content_Types].xml", b"x")
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def bomb(name):
    """Some kilobytes that say they unpack to more than a hundred megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"x")
        with archive.open(name, "w") as part:
            for _ in range(101):
                part.write(bytes(MEGA))
    return out.getvalue()


def liar(name):
    """The same kilobytes, which say that they unpack to one."""
    content = bytearray(bomb(name))
    size = (101 * MEGA).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (1).to_bytes(4, "little")
    return bytes(content)


HOSTILE = {
    "a PDF that is also a page": ("plan.pdf", WHOLE + b"<script>alert(1)</script>", HIDES),
    "a PDF that is a page first": ("plan.pdf", b"%PDF-1.7\n<!DOCTYPE  html><HTML>" + WHOLE, HIDES),
    "a PDF that is also an archive": ("plan.pdf", lambda: WHOLE + packed("word/document.xml"), HIDES),
    "an image that is also an archive": ("plan.png", lambda: PNG + packed("evil.jar"), HIDES),
    "a photograph that is also an archive": ("plan.jpg", lambda: JPG + packed("evil.jar"), HIDES),
    "an image that is also a page": ("plan.png", PNG + b"<html><body onload=alert(1)>", HIDES),
    "an image that is also a PDF": ("plan.jpeg", JPG + WHOLE, HIDES),
    "a document that is also a page": ("plan.docx", lambda: packed("word/document.xml") + b"<script>", HIDES),
    "a document that is also a PDF": ("plan.docx", lambda: packed("word/document.xml") + WHOLE, HIDES),
    "a document that is also a workbook": ("plan.docx", lambda: packed("word/document.xml", "xl/workbook.xml"), TYPE),
    "macros": ("plan.docx", lambda: packed("word/document.xml", "word/vbaProject.bin"), TYPE),
    "a bomb in a document": ("plan.docx", lambda: bomb("word/document.xml"), "une fois décompressé"),
    "a bomb in a workbook": ("plan.xlsx", lambda: bomb("xl/workbook.xml"), "une fois décompressé"),
    "a bomb that hides its size": ("plan.docx", lambda: liar("word/document.xml"), HIDES),
    "a bomb of parts": ("plan.pptx", lambda: packed(*(f"ppt/{n}" for n in range(6000))), "une fois décompressé"),
    "a list of parts without end": ("plan.pptx", lambda: packed(*(f"ppt/{n:060}" for n in range(12_000))), TYPE),
    "a bomb of another method": (
        "plan.xlsx", lambda: packed("xl/workbook.xml", content=bytes(50 * MEGA), method=zipfile.ZIP_BZIP2), HIDES,
    ),
    "a picture with a script": ("logo.svg", SVG, TYPE),
    "a picture with a script, said to be another": ("logo.png", SVG, TYPE),
    "a program": ("plan.exe", b"MZ\x90\0", TYPE),
    "a PDF under a program's name": ("plan.exe", WHOLE, ENDING),
    "a PDF under two names": ("plan.pdf.exe", WHOLE, ENDING),
    "a document under a PDF's name": ("plan.pdf", lambda: packed("word/document.xml"), ENDING),
    "ten megabytes and one byte": ("plan.pdf", WHOLE + bytes(files.HEAVIEST + 1 - len(WHOLE)), HEAVY),
    "nothing": ("plan.pdf", b"", "vide"),
}  # fmt: skip


def sender(client, where):
    """The page's address, for someone signed in who may use it."""
    if where == "attachments":
        author = group_user()
        opportunity = OpportunityFactory(owner=author.organisation, created_by=author)
        client.force_login(author)
        return reverse("opportunities:files", args=[opportunity.pk])
    client.force_login(sme_user())
    return reverse("accounts:presentation") if where == "presentation" else "/profil/importer/"


PAGES = pytest.mark.parametrize("where", ["attachments", "presentation", "brochure"])


@PAGES
@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_in_words_beside_its_field_and_nothing_is_kept(client, where, what):
    url = sender(client, where)
    name, content, told = HOSTILE[what]
    content = content() if callable(content) else content
    tracemalloc.start()

    answer = client.post(url, {"file": SimpleUploadedFile(name, content)})

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told in unescape(answer.context["form"].errors["file"][0]).replace("\xa0", " ")
    assert told in unescape(answer.text).replace("\xa0", " ")
    assert not Attachment.objects.exists()
    assert not Presentation.objects.exists()
    assert most < 40 * MEGA + 3 * len(content)


@PAGES
def test_two_hundred_megabytes_pass_by_without_filling_the_memory(client, where):
    url, body = sender(client, where), Body("plan.pdf", b"%PDF-1.7\n")

    answer, most = body.sent(client, url)

    assert body.given == body.length
    assert "pèse plus de 10" in answer.context["form"].errors["file"][0].replace("\xa0", " ")
    assert not Attachment.objects.exists()
    assert not Presentation.objects.exists()
    assert most < 15 * MEGA


@pytest.mark.parametrize("name", ["../../etc/plan.pdf", "..\\..\\plan.pdf", "/etc/x/plan.pdf", "p\x00l\nan.pdf"])
@pytest.mark.parametrize("where", ["attachments", "presentation"])
def test_a_name_with_a_path_is_cleaned_and_the_page_shows_the_cleaned_name(client, where, name):
    url = sender(client, where)

    client.post(url, {"file": SimpleUploadedFile(name, WHOLE)})

    kept = {"attachments": Attachment, "presentation": Presentation}[where].objects.get()
    assert kept.name == "plan.pdf"
    shown = client.get(url)
    assert "plan.pdf" in shown.text
    assert ".." not in shown.context["request"].path + kept.name
    assert "etc" not in kept.name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Plan.PDF", WHOLE), ("photo.jpeg", JPG), ("photo.JPG", JPG), ("plan.png", PNG), ("plan", WHOLE),
        ("plan.docx", packed("word/document.xml", "word/embeddings/table.xlsx")),
        ("a.b.xlsx", packed("xl/workbook.xml")),
    ],
)  # fmt: skip
def test_what_people_really_send_is_taken(client, name, content):
    url = sender(client, "attachments")

    client.post(url, {"file": SimpleUploadedFile(name, content)})

    assert Attachment.objects.get().size == len(content)


def test_a_table_of_contents_that_is_read_is_short():
    assert len(packed(*(f"ppt/{n:060}" for n in range(12_000)))) < files.HEAVIEST
    with pytest.raises(zipfile.BadZipFile):
        zips.opened(packed(*(f"ppt/{n:060}" for n in range(12_000))))

"""Files that mean harm, or are damaged: refused in plain words, nothing of them kept, memory bounded."""

import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.urls import reverse

from accounts.models import Organisation, OrganisationImport, OrganisationRow
from opportunities.models import NoticeImport
from pacte import files, sheets, tables, zips
from pacte.imports_admin import UploadForm
from pacte.tables import UnreadableError
from tests.factories import OrganisationFactory, sign_in_staff
from tests.heavy import MEGA, Body

GOOD = "SIREN;Raison sociale\n000000109;DÉMO Vannes\n".encode()


def workbook(**parts):
    """A workbook, with parts put in or in place of its own."""
    good = zipfile.ZipFile(io.BytesIO(sheets.written("xlsx", ["SIREN", "Nom"], [["000000109", "DÉMO"]])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name in good.namelist():
            book.writestr(name, parts.pop(name, None) or good.read(name))
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def bomb():
    return workbook(**{"xl/worksheets/sheet1.xml": b"<a>" + b" " * (zips.UNZIPPED + 1)})


def wide():
    """A cell in the last column there is."""
    cells = '<c r="XFD1" t="inlineStr"><is><t>SIREN</t></is></c>'
    cells = '<c r="A1" t="inlineStr"><is><t>SIREN</t></is></c><c r="BI1" t="inlineStr"><is><t>x</t></is></c>' + cells
    return workbook(**{"xl/worksheets/sheet1.xml": sheet(f'<row r="1">{cells}</row>')})


def sheet(rows, before=""):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "]>"  # fmt: skip
LAUGHING = '<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>'

HOSTILE = {
    "empty": ("pme.csv", b"", "vide"),
    "blank": ("pme.csv", b" \n\n ", "vide"),
    "ten megabytes and one byte": ("pme.csv", b"x" * (files.HEAVIEST + 1), "pèse plus de 10"),
    "a million columns": ("pme.csv", b"SIREN" + b";" * 1_000_000, "plus de 60 colonnes"),
    "a million columns below": ("pme.csv", GOOD + b";" * 1_000_000, "Ligne 3 : plus de 60 colonnes"),
    "broken UTF-8": ("pme.csv", GOOD + b"000000117;D\xc3MO \xff", "Ligne 3 : des caractères sont abîmés"),
    "no encoding": ("pme.csv", b"SIREN;nom\n1;\x81\x8d", "des caractères sont abîmés"),
    "NULs": ("pme.csv", GOOD + b"\0\0", "octets nuls"),
    "UTF-16": ("pme.csv", GOOD.decode().encode("utf-16"), "octets nuls"),
    "wrong delimiter": ("pme.csv", GOOD.replace(b";", b"^"), "Il manque en première ligne : « SIREN »"),
    "no headings": ("pme.csv", b"000000109;DEMO\n", "Il manque en première ligne : « SIREN »"),
    "a heading twice": ("pme.csv", b"SIREN;siren\n1;2\n", "deux fois"),
    "an open quote": ("pme.csv", GOOD + b'000000117;"DEMO\n', "guillemet"),
    "a cell without end": ("pme.csv", GOOD + b"1;" + b"x" * 20_000, "une cellule de plus de 10000"),
    "too many lines": ("pme.csv", b"SIREN\n" + b"1\n" * (tables.MOST_ROWS + 1), "plus de 50000 lignes"),
    "SVG": ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "que : .csv"),
    "SVG as a table": ("pme.csv", b"<svg onload='alert(1)'/>", "que : .csv"),
    "HTML as a table": ("pme.csv", b"\xef\xbb\xbf  <html><script>alert(1)</script>", "que : .csv"),
    "PDF": ("pme.csv", b"%PDF-1.7\nSIREN;nom\n", "du type PDF"),
    "program": ("pme.csv", b"MZ\x90", "du type EXE"),
    "script": ("pme.csv", b"#!/bin/sh\nrm -rf /\n", "du type script"),
    "old workbook": ("pme.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 50, "ancien format"),
    "table as a workbook": ("pme.xlsx", GOOD, "finit par « .xlsx »"),
    "workbook as a table": ("pme.csv", workbook(), "finit par « .csv »"),
    "no suffix": ("pme", GOOD, "finit par «"),
    "two suffixes": ("pme.csv.exe", GOOD, "finit par « .exe »"),
    "some archive": ("pme.xlsx", b"PK\x03\x04" + b"x" * 50, "que : .csv"),
    "bomb": ("pme.xlsx", bomb, "une fois décompressé"),
    "many parts": ("pme.xlsx", lambda: workbook(**{f"x/{n}": "x" for n in range(600)}), "une fois décompressé"),
    "macros": ("pme.xlsx", lambda: workbook(**{"xl/vbaProject.bin": "x"}), "que : .csv"),
    "also a document": ("pme.xlsx", lambda: workbook(**{"word/document.xml": "x"}), "que : .csv"),
    "also a PDF": ("pme.xlsx", lambda: workbook() + b"%PDF-1.7", "autre chose qu'un tableau"),
    "also a page": ("pme.xlsx", lambda: workbook() + b"<script>", "autre chose qu'un tableau"),
    "cut": ("pme.xlsx", lambda: workbook()[:-200], "que : .csv"),
    "wide workbook": ("pme.xlsx", wide, "Ligne 1 : plus de 60 colonnes"),
    "no sheet": ("pme.xlsx", lambda: workbook(**{"xl/worksheets/sheet1.xml": b"?"}), "pas à lire ce classeur"),
    "laughs": ("pme.xlsx", lambda: workbook(**{"xl/worksheets/sheet1.xml": sheet(LAUGHING, LAUGHS)}), "pas à lire"),
    "entity": (
        "pme.xlsx",
        lambda: workbook(**{"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'}),
        "pas à lire",
    ),
}


def upload(client, name, content):
    page = client.post(
        reverse("admin:accounts_organisationimport_add"),
        {"file": SimpleUploadedFile(name, content), "kind": "sme"},
        follow=True,
    )
    return page.content.decode().replace("\xa0", " ").replace("&#x27;", "'")


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_in_words_and_nothing_is_kept(client, what):
    sign_in_staff(client)
    name, content, said = HOSTILE[what]

    page = upload(client, name, content() if callable(content) else content)

    assert said in page
    assert not Organisation.objects.exists()
    assert not OrganisationRow.objects.exists()
    assert {(one.state, bytes(one.content)) for one in OrganisationImport.objects.all()} <= {("refused", b"")}


@pytest.mark.parametrize("name", ["pme.csv", "pme.xlsx", "avis.xml"])
@pytest.mark.parametrize("model", [OrganisationImport, NoticeImport])
def test_two_hundred_megabytes_pass_by_without_filling_the_memory(client, model, name):
    sign_in_staff(client)
    body = Body(name, GOOD, kind="sme", owner=OrganisationFactory(group=True).pk)

    answer, most = body.sent(client, reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_add"))

    assert body.given == body.length
    errors = answer.context["form"].errors
    assert set(errors) == {"file"}
    assert "pèse plus de 10" in errors["file"][0].replace("\xa0", " ")
    assert not model.objects.exists()
    assert most < 15 * MEGA


def test_what_is_too_heavy_is_not_even_read():
    heavy = UploadedFile(file=None, name="pme.csv", size=200 * MEGA)

    form = UploadForm({}, {"file": heavy})

    assert "pèse plus de" in str(form.errors)


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "..\\..\\pme.csv", "/etc/x/pme.csv", "p\x00m\ne.csv"])
def test_a_name_is_only_a_name(client, name):
    sign_in_staff(client)

    upload(client, name, GOOD)

    kept = OrganisationImport.objects.get().name
    assert kept.endswith(".csv")
    assert not any(sign in kept for sign in "/\\\0\n")


@pytest.mark.parametrize("what", ["a million columns", "a million columns below", "too many lines", "an open quote"])
def test_reading_a_table_takes_a_bounded_memory(what):
    name, content, _said = HOSTILE[what]
    tracemalloc.start()

    with pytest.raises(UnreadableError):
        list(tables.rows(content, tables.check(name, content)))

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 * MEGA


def test_a_bomb_is_not_unpacked():
    content = bomb()
    tracemalloc.start()

    with pytest.raises(UnreadableError):
        tables.check("pme.xlsx", content)

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * MEGA


def test_a_workbook_that_repeats_one_text_a_million_times_ends_its_reader_alone():
    """Shared texts: a few bytes of file for ten thousand characters each."""
    cells = "".join(f'<c r="A{n}" t="inlineStr"><is><t>{"x" * 9999}</t></is></c>' for n in [1])
    row = cells.replace('r="A1"', "")
    rows = "".join(f'<row r="{n}">{row}</row>' for n in range(1, 9001))

    with pytest.raises(UnreadableError):
        list(tables.rows(workbook(**{"xl/worksheets/sheet1.xml": sheet(rows)}), "xlsx"))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("SIREN;nom\n1;É\n", [["SIREN", "nom"], ["1", "É"]]),
        ("\ufeffSIREN,nom\r\n1,É\r\n", [["SIREN", "nom"], ["1", "É"]]),
        ("SIREN\tnom\r1\tÉ", [["SIREN", "nom"], ["1", "É"]]),
        ('SIREN;nom\n1;"deux\nlignes"\n', [["SIREN", "nom"], ["1", "deux\nlignes"]]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_what_spreadsheets_write_is_read(text, cells, encoding):
    text = text if encoding == "utf-8" else text.removeprefix("\ufeff")
    found = tables.rows(text.encode(encoding), "csv")

    assert [its for _number, its in found] == cells


def test_what_a_workbook_holds_is_read_as_people_read_it():
    moment = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
    content = sheets.written("xlsx", ["a"], [[12.0], [1.5], [date(2027, 3, 1)], [moment], ["=1"]])

    assert [cells[0] for _n, cells in tables.rows(content, "xlsx")] == [
        "a", "12", "1.5", "2027-03-01", "2027-03-01 09:30", "'=1"
    ]  # fmt: skip

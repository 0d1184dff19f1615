"""What a spreadsheet would calculate is refused where files come in, by line; telephones, amounts and lists pass."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Adviser, Organisation, OrganisationImport
from opportunities.models import NoticeImport, Opportunity
from pacte import sheets, tables
from tests.accounts.company_files import HEAD, line, move, send
from tests.factories import OrganisationFactory, sign_in_staff
from tests.opportunities.test_notices import HEAD as NOTICE_HEAD
from tests.opportunities.test_notices import line as notice_line

ADVISERS = "admin:accounts_adviser_import"
FORMULAS = [
    "=1+1", "=HYPERLINK(\"http://demo.example\")", "@SUM(A1)", "|cmd", "+cmd|' /C calc'!A0", "-SUM(A1)", "- SUM(A1)",
    "-2+3+cmd|' /C calc'!A0", "\uff1d1+1",
]  # fmt: skip
HARMLESS = [
    "+33 1 99 00 12 34", "+33 (0)1.99.00.12.34", "-12,5 %", "-1 200 €", "-", "--", "- vannes\n- pompes (DN 50)",
    "– vannes", "DÉMO = demo", "a@demo.example", "1+1", "'=1", "",
]  # fmt: skip


def written(head, *rows):
    """As somebody writes it by hand: nothing is led by an apostrophe."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([head, *rows])
    return out.getvalue().encode()


def plain(page):
    return page.content.decode().replace("\xa0", " ").replace("&#x27;", "'").replace("&quot;", '"')


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_told_from_a_text(cell):
    assert tables.is_formula(cell)
    assert str(sheets.cell(cell)).startswith("'")  # and would be led by an apostrophe on its way out


@pytest.mark.parametrize("cell", HARMLESS)
def test_a_telephone_an_amount_and_a_list_are_texts(cell):
    assert not tables.is_formula(cell)


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_company_s_line_with_a_formula_is_refused_and_the_others_are_not(client, cell):
    sign_in_staff(client)

    page = send(client, written(HEAD, line(1, name=cell), line(2)))
    one = OrganisationImport.objects.get()
    move(client, one, "start")

    assert "raison sociale : «" in plain(page)
    assert "commence comme une formule de tableur" in plain(page)
    assert [its.name for its in Organisation.objects.all()] == ["DÉMO Import 2"]
    one.refresh_from_db()
    assert one.counts() == {"created": 1, "completed": 0, "same": 0, "refused": 1}


def test_what_a_group_s_or_a_company_s_line_says_with_a_sign_is_kept(client):
    sign_in_staff(client)
    products = "- vannes\n- pompes (DN 50)"

    send(client, written([*HEAD, "Produits"], [*line(1, address="-"), products]))
    move(client, OrganisationImport.objects.get(), "start")

    its = Organisation.objects.get()
    assert (its.address, its.sme_profile.products) == ("-", products)


@pytest.mark.parametrize("field", ["title", "donor", "description"])
def test_a_notice_with_a_formula_is_refused(client, field):
    sign_in_staff(client)
    owner = OrganisationFactory(group=True)
    content = written(NOTICE_HEAD, notice_line(1, **{field: "=cmd|' /C calc'!A0"}), notice_line(2))
    file = SimpleUploadedFile("avis.csv", content)

    page = client.post(reverse("admin:opportunities_noticeimport_add"), {"file": file, "owner": owner.pk}, follow=True)
    one = NoticeImport.objects.get()
    client.post(reverse("admin:opportunities_noticeimport_transition", args=[one.pk, "start"]))

    assert "« =cmd|' /C calc'!A0 » commence comme une formule" in plain(page)
    assert [its.title for its in Opportunity.objects.all()] == ["DÉMO Vannes 2"]


def load(client, content, name="conseillers.csv"):
    return client.post(reverse(ADVISERS), {"file": SimpleUploadedFile(name, content), "write": "1"})


def errors(page):
    return " ".join(text for its in page.context["form"].errors.values() for text in its).replace("\xa0", " ")


ADVISER = "région;nom;e-mail;téléphone\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"{ADVISER}Bretagne;=1+1;a@demo.example;".encode(), "Ligne 2 : « =1+1 » commence comme une formule"),
        (f"{ADVISER}Bretagne;DÉMO;a@demo.example;".encode() + b"\xff", "Ligne 2 : des caractères sont abîmés"),
        (ADVISER.encode() + b"Bretagne;D\0MO;a@demo.example;", "octets nuls"),
        (ADVISER.encode("utf-16"), "octets nuls"),
        (ADVISER.encode() + b";" * 1_000_000, "trop grand"),
        (ADVISER.encode() + b";" * 90_000, "plus de 60 colonnes"),
        (b"r\xc3\xa9gion;nom" + b";" * 90_000, "plus de 60 colonnes"),
        (f'{ADVISER}Bretagne;"DÉMO;a@demo.example;'.encode(), "guillemet"),
        (b"%PDF-1.7\n", "du type PDF"),
        (b"<script>alert(1)</script>", "que : .csv"),
        (b"MZ\x90", "du type EXE"),
    ],
)
def test_a_hostile_file_of_advisers_is_refused_in_words_and_nothing_of_it_is_kept(client, content, told):
    sign_in_staff(client)

    page = load(client, content)

    assert told in errors(page)
    assert not Adviser.objects.exists()


@pytest.mark.parametrize("text", [f"{ADVISER}Bretagne;=1;a@demo.example;", ADVISER + ";" * 90_000])
def test_one_that_is_pasted_is_looked_at_in_the_same_way(client, text):
    sign_in_staff(client)

    page = client.post(reverse(ADVISERS), {"text": text, "write": "1"})

    assert errors(page)
    assert not Adviser.objects.exists()


def test_an_adviser_s_telephone_may_begin_with_a_plus(client):
    sign_in_staff(client)

    load(client, f"{ADVISER}Bretagne;DÉMO Conseil;a@demo.example;+33 1 99 00 12 34".encode())

    assert Adviser.objects.get().phone == "+33 1 99 00 12 34"


def test_a_program_under_a_table_s_name_or_a_table_under_a_program_s_is_refused(client):
    sign_in_staff(client)

    page = load(client, f"{ADVISER}Bretagne;DÉMO;a@demo.example;".encode(), name="conseillers.exe")

    assert "finit par « .exe »" in errors(page)
    assert not Adviser.objects.exists()

"""Files of companies, as staff send them, and what becomes of them."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import OrganisationImport
from pacte import imports, sheets
from tests.factories import luhn_siren

ADD = "admin:accounts_organisationimport_add"
State = imports.State
HEAD = ["SIREN", "Raison sociale", "Adresse", "Code postal", "Ville", "E-mail du contact"]


def siren(number):
    """One that no factory gives."""
    return luhn_siren(5_000_000 + number)


def line(number, **its):
    told = {"siren": siren(number), "name": f"DÉMO Import {number}", "address": "1 rue Neuve", "postcode": "60200",
            "city": "Compiègne", "email": f"import{number}@demo.example"} | its  # fmt: skip
    return list(told.values())


def written(rows, kind="csv", head=HEAD):
    return sheets.written(kind, head, rows)


def send(client, content, name="pme.csv", **its):
    return client.post(reverse(ADD), {"file": SimpleUploadedFile(name, content), "kind": "sme", **its}, follow=True)


def move(client, one, name):
    return client.post(reverse("admin:accounts_organisationimport_transition", args=[one.pk, name]), follow=True)


def imported(client, rows, **its):
    """A file sent, read and carried out."""
    send(client, written(rows), **its)
    one = OrganisationImport.objects.first()
    move(client, one, "start")
    one.refresh_from_db()
    return one

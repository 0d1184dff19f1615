"""A brochure in PDF becomes the same proposals as a text; a hostile one is refused in words, and none is kept."""

import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import reading
from accounts.models import Presentation, SmeProfile
from pacte import files
from pacte import pdf as pdfs
from tests.factories import sme_user
from tests.pdfs import pdf

pytestmark = pytest.mark.django_db
PAGE = "/profil/importer/"
TEXT = """DÉMO Robinetterie
Certifiés ISO 9001:2015 et EN 9100.
Notre équipe parle anglais et
espagnol couramment."""


@pytest.fixture
def sme(client):
    user = sme_user()
    client.force_login(user)
    return user


def send(client, content, **more):
    return client.post(PAGE, {"file": SimpleUploadedFile("plaquette.pdf", content), **more})


def test_a_brochure_is_read_into_proposals_that_are_ticked_before_they_are_kept(client, sme):
    page = send(client, pdf("Bienvenue", TEXT))

    found = {one.code: key for key, one in page.context["choice"].proposals.items()}
    assert set(found) == {"iso-9001", "en-9100", "en", "es"}
    profile = SmeProfile.objects.get(organisation=sme.organisation)
    assert (profile.languages, profile.certificates.count()) == ([], 0)
    text = page.context["form"]["text"].value()
    client.post(PAGE, {"text": text, "accept": "1", "accepted": [found["es"]]})
    profile.refresh_from_db()
    assert (profile.languages, profile.certificates.count()) == (["es"], 0)
    assert not Presentation.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n...", "du type PNG"),
        (b"<html>", "pas ce type de fichier"),
        (b"%PDF-1.7 broken", "lire ce PDF"),
        (pdf("Secret") + bytes(files.HEAVIEST), "pèse plus de"),
        (pdf("Secret", password="secret"), "mot de passe"),
        (pdf(*["x"] * 61), "plus de 60 pages"),
        (pdf(), "seulement des images"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_its_field_and_the_text_typed_is_not_lost(client, sme, content, told):
    page = send(client, content, text="Nous parlons anglais.")

    assert told in page.context["form"].errors["file"][0]
    assert page.context["choice"] is None
    assert "Nous parlons anglais." in page.text


def test_neither_text_nor_file_is_told_once(client, sme):
    page = client.post(PAGE, {"text": "  "})

    assert list(page.context["form"].errors) == ["text"]


def test_a_brochure_longer_than_what_is_read_is_read_as_far_as_that(client, sme):
    page = send(client, pdf(*["Nous fabriquons des vannes.\n" * 100] * 30))

    assert len(page.context["form"]["text"].value()) <= reading.LONGEST
    assert page.context["choice"].proposals


def test_a_file_made_to_last_ends_with_its_own_process(monkeypatch):
    monkeypatch.setattr(pdfs, "SECONDS", 2)
    began = time.monotonic()

    with pytest.raises(pdfs.UnreadableError, match="broken"):
        pdfs.text(pdf("x\n" * 200_000), pages=60, longest=reading.LONGEST)

    assert time.monotonic() - began < 8

"""A company's presentation: one PDF, checked, opened by itself and by the groups that read its file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Presentation
from pacte import clamd, files
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OrganisationFactory,
    PortageAnswerFactory,
    group_user,
    sign_in_staff,
    sme_user,
)
from tests.pdfs import pdf

pytestmark = pytest.mark.django_db
PAGE, OPEN = reverse("accounts:presentation"), reverse("accounts:presentation_open")
WHOLE = pdf("Nous fabriquons des vannes.")


@pytest.fixture
def sme(client):
    user = sme_user()
    client.force_login(user)
    return user


def send(client, content=WHOLE, name="plaquette.pdf"):
    return client.post(PAGE, {"file": SimpleUploadedFile(name, content)}, follow=True)


def given(company, **fields):
    row = {"name": "plaquette.pdf", "type": "pdf", "size": len(WHOLE), "content": WHOLE, "state": "clean"}
    return Presentation.objects.create(company=company, **row | fields)


def test_a_second_one_takes_the_place_of_the_first_and_the_history_tells(client, sme):
    send(client)
    send(client, pdf("Nouvelle."), name="nouvelle.PDF")

    kept = Presentation.objects.get()
    answer = client.get(OPEN)
    assert (kept.company, kept.name, kept.added_by) == (sme.organisation, "nouvelle.pdf", sme)
    assert [move.changes for move in sme.organisation.history.order_by("pk")] == [
        {"presentation_file": ["", "plaquette.pdf"]},
        {"presentation_file": ["plaquette.pdf", "nouvelle.pdf"]},
    ]
    assert answer.content == bytes(kept.content)
    assert {name: answer[name] for name in files.SAFE} == files.SAFE
    assert answer["Content-Disposition"] == 'attachment; filename="nouvelle.pdf"'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n...", "du type PNG"),
        (b"MZ\x90", "pas ce type de fichier"),
        (b"%PDF-1.7 broken", "lire ce PDF"),
        (WHOLE + bytes(files.HEAVIEST), "pèse plus de"),
        (pdf("Secret", password="secret"), "mot de passe"),
        (pdf(*["x"] * 61), "plus de 60 pages"),
        (b"", "vide"),
    ],
)
def test_what_is_no_readable_pdf_is_refused_beside_its_field(client, sme, content, told):
    page = send(client, content)

    assert told in page.context["form"].errors["file"][0]
    assert not Presentation.objects.exists()
    assert not sme.organisation.history.exists()


def test_it_is_taken_away_twice_without_harm(client, sme):
    given(sme.organisation)

    for _ in range(2):
        client.post(reverse("accounts:presentation_remove"))

    assert not Presentation.objects.exists()
    assert sme.organisation.history.count() == 1
    assert client.get(OPEN).status_code == 404


def test_nobody_opens_it_before_the_antivirus_has(client, sme, settings, monkeypatch):
    settings.CLAMD = "127.0.0.1:1"
    send(client)
    before = client.get(OPEN).status_code
    monkeypatch.setattr(clamd, "is_clean", lambda content: False)

    files.scan_due(Presentation)

    kept = Presentation.objects.get()
    assert (before, client.get(OPEN).status_code) == (404, 404)
    assert (kept.state, bytes(kept.content)) == ("infected", b"")
    assert "antivirus refuse" in client.get(PAGE).text


@pytest.mark.parametrize(("state", "status"), [("sent", 200), ("declined", 200), ("withdrawn", 404)])
def test_a_group_opens_that_of_a_company_that_applied_for_as_long_as_it_stays(client, state, status):
    why = {"decline_reason": "size"} if state == "declined" else {}
    application = ApplicationFactory(sent=True, state=state, **why)
    given(application.company)
    client.force_login(MembershipFactory(organisation=application.opportunity.owner).user)
    url = reverse("matching:presentation", args=[application.pk])

    page = client.get(reverse("matching:application_review", args=[application.pk]))

    assert (f'action="{url}"' in page.text) == (status == 200)
    assert [client.get(url).status_code, client.post(url).status_code] == [status] * 2


def test_neither_another_group_nor_one_whose_draft_it_is_opens_it(client):
    draft, sent = ApplicationFactory(), ApplicationFactory(sent=True)
    for one in (draft, sent):
        given(one.company)

    client.force_login(MembershipFactory(organisation=draft.opportunity.owner).user)
    assert client.post(reverse("matching:presentation", args=[draft.pk])).status_code == 404
    client.force_login(group_user())
    assert client.post(reverse("matching:presentation", args=[sent.pk])).status_code == 404


@pytest.mark.parametrize(("named", "status"), [(True, 200), (False, 404)])
def test_of_a_portage_it_goes_with_the_name(client, named, status):
    answer = PortageAnswerFactory(request__named=named)
    given(answer.request.company)
    client.force_login(MembershipFactory(organisation=answer.group).user)
    url = reverse("matching:presentation_of_portage", args=[answer.request_id])

    page = client.get(reverse("matching:portage_dossier", args=[answer.request_id]))

    assert (url in page.text) == named
    assert [client.get(url).status_code, client.post(url).status_code] == [status] * 2


def test_staff_take_one_away_and_its_company_can_see_who_did(client):
    staff = sign_in_staff(client)
    found = given(OrganisationFactory())

    client.post(reverse("admin:accounts_presentation_delete", args=[found.pk]), {"post": "yes"})

    assert not Presentation.objects.exists()
    assert found.company.history.get().actor == staff

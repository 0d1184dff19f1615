"""A confidential PDF is handed over with its reader's name on every page, or not at all."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from opportunities import attachments, watermark
from opportunities.models import Attachment, Opening
from tests.factories import OpportunityFactory, group_user, sme_user


def pdf(pages=1, *, said=b"", password=""):
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(595, 842)
        if said:
            stream = DecodedStreamObject()
            stream.set_data(said)
            page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def texts(content):
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_every_page_bears_the_words_and_keeps_its_own_content():
    content = watermark.marked(pdf(3, said=b"0 0 10 10 re f"), "Exemplaire de DÉMO Énergie (« A »)")

    pages = PdfReader(io.BytesIO(content)).pages
    assert [text.count("DÉMO Énergie (« A »)") for text in texts(content)] == [2, 2, 2]
    assert all(b"0 0 10 10 re" in page.get_contents().get_data() for page in pages)


def test_a_compressed_content_is_not_unpacked(monkeypatch):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(said=b" " * 5_000_000))))
    for page in writer.pages:
        page.compress_content_streams()
    packed = io.BytesIO()
    writer.write(packed)

    assert len(watermark.marked(packed.getvalue(), "x")) < 50_000


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 plan", b"%PDF-", pdf(password="secret"), pdf(watermark.MOST_PAGES + 1), pdf()[:200]],
    ids=["junk", "empty", "encrypted", "endless", "cut"],
)
def test_what_cannot_bear_a_name_is_refused_beside_the_field(client, content):
    author = group_user()
    client.force_login(author)
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author, published=True)
    file = SimpleUploadedFile("plan.pdf", content)

    page = client.post(reverse("opportunities:files", args=[opportunity.pk]), {"file": file, "confidential": "on"})

    assert set(page.context["form"].errors) == {"file"}
    assert not Attachment.objects.exists()


def test_its_reader_gets_a_marked_copy_and_its_group_the_original(client):
    opportunity, person, content = OpportunityFactory(published=True), sme_user(), pdf()
    kept = {"name": "plan.pdf", "type": "pdf", "size": len(content), "content": content, "state": "clean"}
    file = Attachment.objects.create(opportunity=opportunity, confidential=True, **kept)
    attachments.pledge(opportunity, by=person)
    client.force_login(person)

    copy = client.post(file.get_absolute_url()).content
    file.refresh_from_db()

    assert person.organisation.name in texts(copy)[0]
    assert bytes(file.content) == content


def test_one_that_cannot_be_marked_is_not_handed_over_and_the_page_says_so(client):
    opportunity, person = OpportunityFactory(published=True), sme_user()
    kept = {"name": "plan.pdf", "type": "pdf", "size": 4, "content": b"%PDF-1.7", "state": "clean"}
    file = Attachment.objects.create(opportunity=opportunity, confidential=True, **kept)
    attachments.pledge(opportunity, by=person)
    client.force_login(person)

    response = client.post(file.get_absolute_url(), follow=True)

    assert "ne peut pas vous être remis" in response.text
    assert not Opening.objects.exists()

"""Pages travel compressed, files as they are."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse
from django.urls import reverse

from pacte.middleware import CompressedPages

GZIP = {"accept-encoding": "gzip, deflate, br"}


@pytest.mark.django_db
def test_a_page_is_compressed_for_whoever_reads_that_and_not_for_others(client):
    packed = client.get(reverse("home"), headers=GZIP)
    plain = client.get(reverse("home"))

    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert "<h1" in gzip.decompress(packed.content).decode()
    assert len(packed.content) < len(plain.content) / 2
    assert "Content-Encoding" not in plain


@pytest.mark.django_db
def test_the_length_of_a_compressed_page_tells_nothing(client):
    lengths = {len(client.get(reverse("home"), headers=GZIP).content) for _ in range(12)}

    assert len(lengths) > 1


@pytest.mark.parametrize(
    "kind",
    ["application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "image/png"],
)
def test_a_file_goes_as_it_is(rf, kind):
    middleware = CompressedPages(lambda request: HttpResponse(b"0" * 5000, content_type=kind))

    assert middleware(rf.get("/", headers=GZIP)).content == b"0" * 5000


def test_a_file_that_is_streamed_goes_as_it_is(rf, tmp_path):
    (tmp_path / "liste.csv").write_bytes(b"a;b\n" * 500)

    with (tmp_path / "liste.csv").open("rb") as file:
        response = CompressedPages(lambda request: FileResponse(file))(rf.get("/", headers=GZIP))

    assert (response.headers.get("Content-Encoding"), response["Content-Length"]) == (None, "2000")

"""What a file says of itself is read however it is packed, in bounded time and memory when it means harm."""

import io
import tracemalloc
import zlib

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject

from opportunities import file_properties, watermark
from pacte import pdf

MEGA = 1024 * 1024


def packed(**metadata):
    """As some programs write it: what it says of itself lies in a compressed stream, out of sight."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    said = DecodedStreamObject()
    said.set_data(f"<x:xmpmeta><dc:creator>{metadata['author']}</dc:creator></x:xmpmeta>".encode())
    said[NameObject("/Type")] = NameObject("/Metadata")
    writer.root_object[NameObject("/Metadata")] = writer._add_object(said.flate_encode())
    writer.write(out)
    return out.getvalue()


def test_what_is_compressed_is_read():
    content = packed(author="Zéphyrion")

    assert b"phyrion" not in content
    assert "Zéphyrion" in file_properties.read(content, "pdf")


@pytest.mark.parametrize("written", [b"(Lot \\(2\\) Zephyrion)", b"(Lot (2) Zephyrion)", b"  (Plan Zephyrion"])
def test_parentheses_hide_nothing(written):
    assert "Zephyrion" in file_properties.read(b"%PDF-1.7 << /Title " + written, "pdf")


def chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + b"\0\0\0\0"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (b"tEXt", b"Author\0Zephyrion"),
        (b"zTXt", b"Author\0\0" + zlib.compress(b"Zephyrion")),
        (b"iTXt", b"Author\0\0\0fr\0Auteur\0Zephyrion"),
        (b"iTXt", b"Author\0\1\0fr\0Auteur\0" + zlib.compress(b"Zephyrion")),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta>Zephyrion</x:xmpmeta>"),
        (b"eXIf", b"MM\0*Zephyrion"),
    ],
)
def test_the_texts_of_an_image_are_read_wherever_they_stand(kind, data):
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0" * 13) + chunk(b"IDAT", b"tEXt") + chunk(kind, data)

    assert "Zephyrion" in file_properties.read(content, "png")


def test_a_compressed_text_of_an_image_is_unpacked_within_bounds():
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"zTXt", b"Author\0\0" + zlib.compress(bytes(100 * MEGA)))
    tracemalloc.start()

    file_properties.read(content + chunk(b"tEXt", b"a\0b") * 1000, "png")

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * MEGA


def test_what_no_database_keeps_is_left_out():
    assert file_properties.read(b"\xff\xd8\xff\xe0\0\0E\0x\0i\0f\0", "jpg").isprintable()


HOSTILE = {
    "packets that never end": b"<x:xmpmeta" * MEGA,
    "one text that never ends": b"/Author(" + b"a" * 10 * MEGA,
    "many that never end": b"/Author(aaa" * MEGA,
    "parentheses": b"/Author(" + b"(" * 10 * MEGA,
    "spaces": b"/Author" + b" " * 10 * MEGA,
    "digits": b"/Author<" + b"0 " * 5 * MEGA,
    "objects": b"1 0 obj<</Length 9>>" * (MEGA // 2),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_one_is_read_once_in_little_memory(what):
    content = b"%PDF-1.7\n" + HOSTILE[what]
    tracemalloc.start()

    said = file_properties.read(content, "pdf")

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(said) <= file_properties.MOST
    assert most < 10 * MEGA


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_pdf_is_marked_and_opened_by_a_process_of_its_own_or_not_at_all(what):
    content = b"%PDF-1.7\n" + HOSTILE[what]
    tracemalloc.start()

    with pytest.raises(watermark.UnmarkableError):
        watermark.marked(content, "DÉMO")
    with pytest.raises(pdf.UnreadableError):
        pdf.check(content, pages=60)

    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 25 * MEGA

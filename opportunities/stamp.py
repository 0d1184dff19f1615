"""The program of `watermark`, a process of its own that imports nothing of ours: some words on every page of a PDF.

Each page keeps its content as it is, unread, between two small streams of ours: memory is that of the file twice.
"""

import io
import math
import sys

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    PdfObject,
)

FONT, PALE = "/PacteMark", "/PactePale"


def marked(content: bytes, words: str, most_pages: int) -> bytes:
    """The file with these words across each page and at its foot; an error of pypdf's when that cannot be."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted or not 0 < len(reader.pages) <= most_pages:
        raise PyPdfError
    writer = PdfWriter(clone_from=reader)
    font, pale, opened = writer._add_object(_font()), writer._add_object(_pale()), _stream(writer, b"q\n")
    for page in writer.pages:
        left, bottom, right, top = (float(side) for side in page.mediabox)
        stamp = _stream(writer, _stamp(words, left, bottom, right - left, top - bottom))
        page[NameObject("/Resources")] = _with(page, font, pale)
        page[NameObject("/Contents")] = ArrayObject([opened, *_contents(page), stamp])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _font() -> DictionaryObject:
    names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}
    return DictionaryObject({NameObject(key): NameObject(value) for key, value in names.items()})


def _pale() -> DictionaryObject:
    return DictionaryObject({NameObject("/Type"): NameObject("/ExtGState"), NameObject("/ca"): FloatObject(0.35)})


def _stream(writer: PdfWriter, data: bytes) -> IndirectObject:
    stream = DecodedStreamObject()
    stream.set_data(data)
    return writer._add_object(stream)


def _contents(page: DictionaryObject) -> list[PdfObject]:
    """Its streams, by reference: none, one or several."""
    raw = page.raw_get("/Contents") if "/Contents" in page else None
    found = raw.get_object() if raw is not None else None
    if isinstance(found, ArrayObject):
        return list(found)
    return [raw] if raw is not None else []


def _with(page: DictionaryObject, font: IndirectObject, pale: IndirectObject) -> DictionaryObject:
    """The page's own resources, or those it inherits, with ours; copied, since pages share them."""
    holder: DictionaryObject | None = page
    while holder is not None and "/Resources" not in holder:
        holder = holder.get("/Parent")
    resources = DictionaryObject(holder.get("/Resources", {}) if holder is not None else {})
    for kind, name, mine in (("/Font", FONT, font), ("/ExtGState", PALE, pale)):
        known = DictionaryObject(resources.get(kind, {}))
        known[NameObject(name)] = mine
        resources[NameObject(kind)] = known
    return resources


def _stamp(words: str, left: float, bottom: float, width: float, height: float) -> bytes:
    """Pale from corner to corner, and small at the foot; a hexadecimal string needs no escape."""
    said = words.encode("cp1252", "replace").hex()
    angle = math.atan2(height, width)
    size = max(6.0, min(40.0, 1.6 * math.hypot(width, height) / max(len(words), 1)))
    cos, sin = size * math.cos(angle), size * math.sin(angle)
    x, y = left + width * 0.06, bottom + height * 0.06
    slope = f"{cos:.2f} {sin:.2f} {-sin:.2f} {cos:.2f} {x:.2f} {y:.2f}"
    return (
        f"\nQ q {PALE} gs 0.55 g BT {FONT} 1 Tf {slope} Tm <{said}> Tj"
        f" 1 0 0 1 {left + 12:.2f} {bottom + 8:.2f} Tm {FONT} 7 Tf <{said}> Tj ET Q\n"
    ).encode("ascii")


if __name__ == "__main__":
    sys.stdout.buffer.write(marked(sys.stdin.buffer.read(), sys.argv[1], int(sys.argv[2])))

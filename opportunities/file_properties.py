"""What a file says of itself beside its content: author, company, title. It may tell who a confidential group is."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from pacte import pdf

MOST = 200_000  # characters read, whatever the file
# every repetition is bounded and none is taken back: a hostile file is read once, in little memory
IN_PDF = re.compile(
    rb"/(?:Author|Creator|Title|Subject|Keywords|Company|Manager|Producer)\s{0,20}+"
    rb"(?:\(((?:\\.|\((?:\\.|[^\\()]){0,200}+\)|[^\\)]){0,4000}+)|<([0-9A-Fa-f\s]{0,8000}+))",
    re.DOTALL,
)
XMP = b"<x:xmpmeta"
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
IN_PNG = {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")  # the database takes no NUL
OFFICE = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")


def read(content: bytes, type_: str) -> str:
    """All of it as text; of types that say nothing, and of what cannot be read, nothing."""
    readers = {"pdf": of_pdf, "png": of_png, "jpg": of_jpg}
    said = ""
    for part in readers.get(type_, of_office)(content):
        said += f"{part} "
        if len(said) > MOST:
            break
    return UNPRINTABLE.sub(" ", said[:MOST])


def of_pdf(content: bytes) -> Iterator[str]:
    """Also what is packed away in streams, which a process of its own unpacks."""
    yield pdf.properties(content, longest=MOST // 2)
    for found in IN_PDF.finditer(content):
        plain, in_hex = found.groups(b"")
        yield as_text(bytes.fromhex(even(in_hex)) if in_hex else ESCAPED.sub(unescaped, plain))
    yield from xmp(content)


def unescaped(found: "re.Match[bytes]") -> bytes:
    """A character of a PDF string: octal, or itself."""
    code = found[1]
    return bytes([int(code, 8) & 255]) if code.isdigit() else code


def even(in_hex: bytes) -> str:
    digits = re.sub(rb"\s", b"", in_hex).decode("ascii")
    return digits + "0" * (len(digits) % 2)


def as_text(raw: bytes) -> str:
    return raw.decode("utf-16", "ignore") if raw[:2] in {b"\xfe\xff", b"\xff\xfe"} else raw.decode("latin-1")


def xmp(content: bytes) -> Iterator[str]:
    at = content.find(XMP)
    while at >= 0:
        yield content[at : at + MOST].decode("utf-8", "ignore")
        at = content.find(XMP, at + MOST)


def of_png(content: bytes) -> Iterator[str]:
    """Its texts, chunk by chunk; those that are compressed too."""
    at = len(b"\x89PNG\r\n\x1a\n")
    while at + 8 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if kind in IN_PNG:
            yield png_text(kind, content[at + 8 : at + 8 + min(length, MOST)])
        at += 12 + length


def png_text(kind: bytes, data: bytes) -> str:
    name, _nul, text = data.partition(b"\0")
    if kind == b"zTXt":
        text = inflated(text[1:])
    elif kind == b"iTXt":
        packed, text = text[:1] == b"\1", text[2:].split(b"\0", 2)[-1]
        text = inflated(text) if packed else text
    coding = "utf-8" if kind == b"iTXt" else "latin-1"
    return f"{name.decode('latin-1')} {text.decode(coding, 'ignore')}"


def inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MOST)
    except zlib.error:
        return b""


def of_jpg(content: bytes) -> Iterator[str]:
    """EXIF keeps its texts as they are, near the beginning."""
    yield content[:65_536].decode("latin-1")
    yield from xmp(content)


def of_office(content: bytes) -> Iterator[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for name in OFFICE:
                if name in parts.namelist():
                    with parts.open(name) as part:
                        yield part.read(MOST).decode("utf-8", "ignore")
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError):
        return

"""PDFs made as tests go."""

import io

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def pdf(*pages, password=""):
    """One page a text, each line drawn under the one before; one blank page of none."""
    writer, out = PdfWriter(), io.BytesIO()
    for text in pages or [""]:
        page = writer.add_blank_page(595, 842)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
                NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
            }
        )
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
        )
        lines = " ".join(f"<{line.encode('cp1252').hex()}> Tj T*" for line in text.split("\n"))
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F1 11 Tf 14 TL 50 800 Td {lines} ET".encode())
        page[NameObject("/Contents")] = writer._add_object(drawn)
    if password:
        writer.encrypt(password)
    writer.write(out)
    return out.getvalue()

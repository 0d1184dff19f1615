"""A brochure in PDF for some of the demonstration's SMEs: one page with their name and what they make."""

from collections.abc import Iterable
from textwrap import wrap

from accounts.models import Presentation
from pacte.demo.book import Book, Calendar
from pacte.demo.smes import Company

MOST = 50  # companies: files weigh


def write_presentations(book: Book, calendar: Calendar, companies: Iterable[Company]) -> None:
    """One in three of the first."""
    for number, company in enumerate(companies):
        if number < MOST and number % 3 == 0:
            content = pdf([company.organisation.name, "", *wrap(company.profile.products, 90)])
            book.add(
                Presentation(
                    company=company.organisation, name="presentation.pdf", type="pdf", size=len(content),
                    content=content, state=Presentation.State.CLEAN, added_by=company.people[0],
                    added_at=calendar.ago(60 + number, 10),
                )
            )  # fmt: skip


def pdf(lines: Iterable[str]) -> bytes:
    """The smallest file that says this."""
    drawn = " ".join(f"<{line.encode('cp1252', 'replace').hex()}> Tj T*" for line in lines)
    stream = f"BT /F 11 Tf 15 TL 50 790 Td {drawn} ET"
    objects = [
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream",
        "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
    ]
    whole, starts = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        starts.append(len(whole))
        whole += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    size = len(objects) + 1
    return (
        f"{whole}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer <</Size {size} /Root 1 0 R>>\nstartxref\n{len(whole)}\n%%EOF\n"
    ).encode("ascii")

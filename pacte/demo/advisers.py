"""An invented adviser for each region of the mainland, and the national line for everyone else."""

from accounts.models import Adviser
from accounts.models.adviser import NATIONAL
from accounts.taxonomy import places
from pacte.demo.book import Book, Calendar

MAINLAND = 10  # INSEE's numbers below are those of the overseas regions


def write_advisers(book: Book, calendar: Calendar) -> None:
    mainland = [code for code in places.REGIONS if int(code.removeprefix("FR-R")) > MAINLAND]
    for number, code in enumerate([NATIONAL, *mainland]):
        book.add(
            Adviser(
                place=code, name=f"DÉMO Conseil export {places.label(code, 'fr')}",
                email=f"export-{code.lower()}@demo.example", phone="", website="" if number else
                "https://export.demo.example", updated_at=calendar.ago(30),
            )
        )  # fmt: skip

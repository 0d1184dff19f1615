"""What the staff have checked of some of the demonstration's SMEs, and the labels of a few."""

from collections.abc import Iterable
from datetime import timedelta

from accounts.models import Label, User
from pacte.demo.book import Book, Calendar
from pacte.demo.smes import Company


def write_labels(book: Book, calendar: Calendar, companies: Iterable[Company], moderator: User) -> None:
    """One in two was called; one in five holds a label, of which some have ended."""
    for number, company in enumerate(companies):
        if number % 2 == 0:
            given = calendar.day(-90 - number % 200)
            source = "registre des entreprises et appel"
            book.add(_label(company, moderator, kind=Label.Kind.CHECK, name="Identité", source=source, given_on=given))
        if number % 5 == 0:
            given = calendar.day(-300 - number % 300)
            its = {"name": "DÉMO Label Export", "source": "DÉMO Jury du label", "given_on": given}
            book.add(_label(company, moderator, until=given + timedelta(days=730 if number % 2 else 400), **its))


def _label(company: Company, by: User, **told: object) -> Label:
    return Label(company=company.organisation, by=by, **told)

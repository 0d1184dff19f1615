"""The whole demonstration, written in one transaction."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection, transaction

from accounts import doubles
from accounts.models import User
from pacte.demo import people as names
from pacte.demo.advisers import write_advisers
from pacte.demo.applications import Applications
from pacte.demo.beside import write_beside
from pacte.demo.book import Book, Calendar
from pacte.demo.charters import Charters
from pacte.demo.groups import write_groups
from pacte.demo.habits import Habits
from pacte.demo.labels import write_labels
from pacte.demo.opportunities import Opportunities, Posted
from pacte.demo.people import People
from pacte.demo.portage import write_requests
from pacte.demo.presentations import write_presentations
from pacte.demo.smes import Company, Smes
from pacte.demo.words import sirens

BATCH = 500
KNOWN = 1000  # as many companies, and a fifth as many opportunities, take part in applications
# The moderator's second factor: printed by `manage.py totp`, worth nothing outside a demonstration.
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105

Item = TypeVar("Item")
Track = Callable[[Iterable[int], str], Iterable[int]]  # numbers and their unit, perhaps with a progress bar


def is_there() -> bool:
    """Whether the demonstration was loaded before."""
    return User.objects.filter(email=names.SME).exists()


@transaction.atomic
def load(smes: int, opportunities: int, track: Track = lambda numbers, unit: numbers) -> None:
    """Groups, SMEs, opportunities, applications and introductions, all or nothing."""
    book, calendar = Book(), Calendar()
    people = People(book, calendar)
    moderator = people.person(
        names.STAFF, "Modération", "Pacte", days=800, is_staff=True, is_superuser=True, job_title="Modération"
    )
    write_advisers(book, calendar)
    numbers = sirens()
    groups = write_groups(book, calendar, people, moderator, numbers)
    charters = Charters(book, calendar, moderator)
    charters.groups((group.organisation, group.people[0]) for group in groups)
    book.write()
    TOTP.activate(moderator, TOTP_SECRET)
    writer = Smes(book, calendar, people, moderator, numbers, charters)
    companies: list[Company] = _written(book, map(writer.write, track(range(smes), "PME")), KNOWN)
    write_labels(book, calendar, companies, moderator)
    write_presentations(book, calendar, companies)
    write_requests(book, calendar, groups[0], companies, moderator)
    poster = Opportunities(book, calendar, groups, moderator)
    posted: list[Posted] = _written(book, map(poster.write, track(range(opportunities), "opp.")), KNOWN // 5)
    applications = Applications(book, calendar, companies, moderator)
    for number, one in enumerate(posted):
        applications.write(number, one)
    book.write()
    applications.close()
    write_beside(book, calendar, companies, applications.written)
    book.write()
    habits = Habits(book, calendar)
    members = habits.people()
    numbered = zip(track(range(members.count()), "habits"), members.iterator(), strict=True)
    _written(book, map(habits.write, (one for _number, one in numbered)), 0)
    book.write()
    habits.close()
    if smes < KNOWN:  # of tens of thousands of invented names too many are alike
        doubles.find()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _written(book: Book, items: Iterable[Item], keep: int) -> list[Item]:
    """Go through the items, writing a batch at a time so that memory stays small; the first ones are remembered."""
    kept: list[Item] = []
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        book.write()
        with connection.cursor() as cursor:  # plans of triggers, drawn for small tables, read large ones row by row
            cursor.execute("DISCARD PLANS")
        kept += batch[: max(keep - len(kept), 0)]
    return kept

"""Who acts for the invented organisations. They share a password, and have confirmed addresses."""

from dataclasses import dataclass
from functools import cached_property
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Organisation, User
from accounts.taxonomy import terms
from pacte.demo.book import Book, Calendar
from pacte.demo.words import FIRST_NAMES, LAST_NAMES

PASSWORD = "demo-pacte"  # noqa: S105  # printed beside the sign-ins
DOMAIN = "demo.example"
SME, GROUP, STAFF = (f"{who}@{DOMAIN}" for who in ("pme", "groupe", "moderation"))
SME_JOBS = (
    "Gérance",
    "Direction générale",
    "Direction export",
    "Responsable commercial export",
    "Chargée d'affaires export",
)
GROUP_JOBS = ("Direction internationale", "Responsable des partenariats export", "Direction des achats internationaux")


def address(first: str, last: str, number: object) -> str:
    """An address of its own: « ines.nguyen.12@demo.example »."""
    return f"{terms.folded(first)}.{terms.folded(last)}.{number}@{DOMAIN}"


@dataclass
class People:
    """Writes persons and their memberships into the book."""

    book: Book
    calendar: Calendar

    @cached_property
    def password(self) -> str:
        return make_password(PASSWORD)

    def person(self, email: str, first: str, last: str, *, days: int, **fields: str | bool) -> User:
        """Someone with a confirmed address, who came that many days ago."""
        user = User(
            email=email, first_name=first, last_name=last, password=self.password,
            date_joined=self.calendar.ago(days, 9), **fields,
        )  # fmt: skip
        self.book.add(user)
        self.book.add(EmailAddress(user=user, email=email, verified=True, primary=True))
        return user

    def member(
        self, rng: Random, organisation: Organisation, number: object, *, days: int,
        role: str = Membership.Role.ADMIN, email: str = "",
    ) -> User:  # fmt: skip
        """Someone of that organisation, with a name, a function and a telephone that rings nowhere."""
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        jobs = SME_JOBS if organisation.kind == Organisation.Kind.SME else GROUP_JOBS
        user = self.person(
            email or address(first, last, number), first, last, days=days,
            job_title=rng.choice(jobs), phone=f"01 99 00 {rng.randrange(100):02d} {rng.randrange(100):02d}",
        )  # fmt: skip
        self.book.add(
            Membership(user=user, organisation=organisation, role=role, created_at=self.calendar.ago(days, 9))
        )
        return user

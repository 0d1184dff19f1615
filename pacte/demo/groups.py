"""Twelve invented groups. The last one still waits for its access."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from accounts.models import GroupProfile, Membership, Organisation, OrganisationMove, User
from pacte.demo.book import Book, Calendar
from pacte.demo.people import GROUP, People
from pacte.demo.words import DATA, Country, Need, Trade, countries, dice, towns, trades


@dataclass
class Group:
    """What the rest of the demonstration needs to know of a group."""

    organisation: Organisation
    profile: GroupProfile
    people: list[User]
    countries: list[Country]
    wants: list[tuple[Trade, Need]]


def write_groups(
    book: Book, calendar: Calendar, people: People, moderator: User, sirens: Iterator[str]
) -> list[Group]:  # fmt: skip
    """All twelve; the first is that of the demonstration's own group sign-in."""
    rows = tomllib.loads((DATA / "groups.toml").read_text(encoding="utf-8"))["group"]
    town_of = {town.name: town for town in towns()}
    groups = []
    for number, row in enumerate(rows):
        waiting = number == len(rows) - 1
        days = 4 if waiting else 400 - 20 * number
        town = town_of[row["city"]]
        organisation = book.add(
            Organisation(
                kind=Organisation.Kind.GROUP, name=row["name"], siren=next(sirens), category="GE", naf="70.10Z",
                state=Organisation.State.TO_VERIFY if waiting else Organisation.State.VERIFIED,
                registry_status="found", address=f"{number + 1} place de la Démonstration",
                postcode=town.postcode, city=town.name, department=f"FR-{town.postcode[:2]}",
                website=f"https://groupe-{number + 1}.demo.example", created_at=calendar.ago(days, 9),
            )
        )  # fmt: skip
        if not waiting:
            book.add(
                OrganisationMove(
                    subject=organisation, actor=moderator, before=Organisation.State.TO_VERIFY,
                    after=Organisation.State.VERIFIED, at=calendar.ago(days - 1, 15),
                )
            )  # fmt: skip
        profile = book.add(
            GroupProfile(
                organisation=organisation, sector=row["sector"], presentation=row["presentation"],
                places=row["places"], alias=row["alias"],
            )
        )  # fmt: skip
        groups.append(
            Group(
                organisation, profile, _members(people, organisation, number, days),
                [countries()[code] for code in row["places"]], list(_wants(row["trades"])),
            )
        )  # fmt: skip
    return groups


def _wants(codes: list[str]) -> Iterator[tuple[Trade, Need]]:
    """What a group looks for: all needs of a trade (`vannes`), or one of them (`vannes:1`)."""
    for code in codes:
        name, _colon, number = code.partition(":")
        trade = trades()[name]
        yield from ((trade, need) for need in ([trade.needs[int(number)]] if number else trade.needs))


def _members(people: People, organisation: Organisation, number: int, days: int) -> list[User]:
    """A main contact and a deputy."""
    rng = dice("group", number)
    chief = people.member(rng, organisation, f"g{number}", days=days, email="" if number else GROUP)
    deputy = people.member(rng, organisation, f"g{number}b", days=days - 1, role=Membership.Role.MEMBER)
    return [chief, deputy]

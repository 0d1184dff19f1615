"""Invented SMEs: some with rich profiles, some with thin ones, a few with hardly a word, as in life."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random

from accounts.models import (
    Certificate,
    CountryExperience,
    Membership,
    Organisation,
    OrganisationMove,
    Reference,
    SmeProfile,
    User,
)
from accounts.taxonomy import bands, certifications, places
from opportunities.kinds import Kind
from pacte.demo import prose
from pacte.demo.book import Book, Calendar
from pacte.demo.charters import Charters
from pacte.demo.people import SME, People
from pacte.demo.words import (
    LAST_NAMES,
    Country,
    Town,
    Trade,
    at,
    countries,
    dice,
    enumeration,
    of,
    some,
    towns,
    trades,
)

SIZES = ("1-9", "10-19", "20-49", "50-99", "100-249", "250-499")
TURNOVERS = {"1-9": "0-500k 500k-2m", "10-19": "500k-2m 2m-10m", "20-49": "2m-10m", "50-99": "10m-20m 20m-50m",
             "100-249": "20m-50m 50m-250m", "250-499": "50m-250m"}  # fmt: skip
VOLUMES = {"1-9": "0-50k", "10-19": "50k-250k", "20-49": "250k-1m", "50-99": "1m-5m", "100-249": "1m-5m",
           "250-499": "5m+"}  # fmt: skip
LEVELS = ("occasional", "occasional", "regular", "regular", "local")
ENDINGS = ("Industrie", "Technologies", "International", "Systèmes", "Solutions", "Export")


class Richness(IntEnum):
    """How much a company tells of itself; STAR is the demonstration's own."""

    NONE, THIN, MEDIUM, RICH, STAR = range(5)


@dataclass
class Company:
    """What the rest of the demonstration needs to know of a company."""

    organisation: Organisation
    profile: SmeProfile
    trade: Trade
    people: list[User]
    references: list[Reference] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)
    certificates: list[str] = field(default_factory=list)


@dataclass
class Smes:
    """Writes companies into the book, each from its number alone."""

    book: Book
    calendar: Calendar
    people: People
    moderator: User
    sirens: Iterator[str]
    charters: Charters

    def write(self, number: int) -> Company:
        """Company `number`; the first is that of the demonstration's own SME sign-in."""
        rng = dice("sme", number)
        trade = list(trades().values())[number % len(trades())]
        town = rng.choices(towns(), [town.weight for town in towns()])[0]
        richness = Richness(rng.choices((0, 1, 2, 3), (8, 24, 43, 25))[0])
        if number == 0:
            richness, town = Richness.STAR, next(town for town in towns() if town.name == "Beauvais")
        organisation = self._organisation(rng, number, trade, town)
        days = (self.calendar.today - organisation.created_at.date()).days
        users = [self.people.member(rng, organisation, number, days=days, email="" if number else SME)]
        if richness >= Richness.RICH:
            users.append(
                self.people.member(rng, organisation, f"{number}b", days=days // 2, role=Membership.Role.MEMBER)
            )
        company = Company(organisation, self._profile(rng, organisation, trade, town, richness), trade, users)
        self._past(rng, company, richness)
        self._certificates(rng, company, richness)
        self.charters.sme(organisation, users[0])
        return company

    def _organisation(self, rng: Random, number: int, trade: Trade, town: Town) -> Organisation:
        days = rng.randrange(30, 700)
        state, moves = self._state(number)
        days = days if moves else days % 9 + 1  # who still waits came lately
        organisation = self.book.add(
            Organisation(
                kind=Organisation.Kind.SME, state=state, name=f"DÉMO {self._name(rng, number, trade, town)}",
                siren=next(self.sirens), registry_status="found" if moves else rng.choice(("unknown", "down")),
                naf=trade.naf, category="ETI" if rng.random() < 0.06 else "PME",
                address=f"{rng.randrange(1, 90)} rue {rng.choice(prose.STREETS)}", postcode=town.postcode,
                city=town.name, department=places.department_of(town.postcode),
                website=f"https://entreprise-{number}.demo.example" if rng.random() < 0.7 else "",
                created_at=self.calendar.ago(days, 9),
            )
        )  # fmt: skip
        before: str = Organisation.State.TO_VERIFY
        for step, (after, reason) in enumerate(moves):
            self.book.add(
                OrganisationMove(
                    subject=organisation, actor=self.moderator, before=before, after=after, reason=reason,
                    at=self.calendar.ago(max(days - 2 - 20 * step, 1), 15),
                )
            )  # fmt: skip
            before = after
        return organisation

    @staticmethod
    def _state(number: int) -> tuple[str, list[tuple[str, str]]]:
        """Most are verified; some still wait, and a few were put aside."""
        state = Organisation.State
        verified = (state.VERIFIED, "")
        if number % 97 == 61:
            return state.SUSPENDED, [
                verified,
                (state.SUSPENDED, "Coordonnées invalides, sans réponse à nos courriers."),
            ]
        if number % 97 == 73:
            return state.CLOSED, [verified, (state.CLOSED, "Cessation d'activité au registre.")]
        if number % 97 == 85:
            return state.REFUSED, [(state.REFUSED, "Filiale d'un grand groupe : ni PME, ni ETI.")]
        if number % 23 == 11:
            return state.TO_VERIFY, []
        return state.VERIFIED, [verified]

    @staticmethod
    def _name(rng: Random, number: int, trade: Trade, town: Town) -> str:
        if number == 0:
            return "Hydrovalve Picardie"
        brand, owner = rng.choice(trade.brands), rng.choice(LAST_NAMES)
        endings = ENDINGS if trade.family.members == () else ("International", "Export")
        names = (
            f"{brand} {town.of}",
            f"{brand} {owner}",
            f"{brand} {owner} et Fils",
            f"{brand} {rng.choice(endings)}",
        )
        return rng.choices(names, (4, 3, 1, 2))[0]

    def _profile(
        self, rng: Random, organisation: Organisation, trade: Trade, town: Town, richness: Richness
    ) -> SmeProfile:  # fmt: skip
        size = "50-99" if richness is Richness.STAR else rng.choices(SIZES, (20, 20, 30, 15, 12, 3))[0]
        days = rng.randrange(5, 400)
        profile = SmeProfile(
            organisation=organisation, sectors=list(trade.sectors[: 1 + (richness > Richness.NONE)]),
            updated_at=self.calendar.ago(days, 11), revision=1,
        )  # fmt: skip
        if richness:
            profile.products = self._products(rng, trade, town, size)
            profile.headcount, profile.turnover = size, rng.choice(TURNOVERS[size].split())
            profile.volume = VOLUMES[size] if richness > Richness.THIN else ""
            profile.hs_codes, profile.languages = list(trade.hs), ["fr", "en"] if rng.random() < 0.85 else ["fr"]
            profile.wanted_kinds = some(rng, Kind.values, rng.randrange(1, 5))
            profile.wanted_places = some(rng, list(countries()), rng.randrange(1, 6))
            profile.horizon = rng.choice(SmeProfile.Horizon.values)
            profile.proposable = rng.random() < 0.9
        if richness > Richness.THIN:
            profile.cpv_codes = list(trade.cpv)
            profile.export_share = rng.choice(list(bands.EXPORT_SHARE)[1:])
            profile.confirmed_at = profile.updated_at
        return self.book.add(profile)

    @staticmethod
    def _products(rng: Random, trade: Trade, town: Town, size: str) -> str:
        items = some(rng, trade.items, rng.randrange(3, len(trade.items) + 1))
        band = bands.HEADCOUNT[size]
        staff = rng.randrange(max(band.low, 3), (band.high or 5000) + 1)
        workshop = rng.choice(prose.WORKSHOPS).format(
            staff=staff, of_town=of(town.name), at_town=at(town.name), area=staff * rng.randrange(40, 90)
        )
        return " ".join([f"Nous {trade.does} {enumeration(items)}.", workshop, *rng.sample(trade.family.strengths, 2)])

    def _past(self, rng: Random, company: Company, richness: Richness) -> None:
        """References, and the experience of countries that they prove."""
        abroad = self._abroad(rng, company, richness)
        count = (0, rng.randrange(1, 3), rng.randrange(3, 6), rng.randrange(6, 11), 11)[richness]
        jobs = [*company.trade.jobs, *(f"{company.trade.act} : {n.what} pour {n.goal}" for n in company.trade.needs)]
        rng.shuffle(jobs)
        for index in range(count):
            country = abroad[index % len(abroad)] if abroad and (index % 3 or richness >= Richness.RICH) else None
            company.references.append(self._reference(rng, company, country, jobs[(index + index // 6) % len(jobs)]))
        for country in abroad:
            level = rng.choice(LEVELS)
            company.levels[country.code] = level
            self.book.add(
                CountryExperience(
                    profile=company.profile, place=country.code, level=level,
                    last_year=self.calendar.today.year - rng.randrange(0, 6),
                )
            )  # fmt: skip
        if abroad:
            spoken = [language for country in abroad for language in country.languages]
            known = [language for language in dict.fromkeys(spoken) if rng.random() < 0.5]
            company.profile.languages = list(dict.fromkeys([*company.profile.languages, *known]))[:5]

    @staticmethod
    def _abroad(rng: Random, company: Company, richness: Richness) -> list[Country]:
        """Countries it knows; those it wants are partly among them."""
        count = (0, rng.randrange(2), rng.randrange(1, 5), rng.randrange(4, 9), 0)[richness]
        known = [countries()[code] for code in some(rng, list(countries()), count)]
        if richness is Richness.STAR:
            known = [countries()[code] for code in ("MA", "SN", "CI", "AE", "BE", "VN")]
            company.profile.wanted_places = ["MA", "CI", "SA", "VN", "SN"]
            company.profile.wanted_kinds = [Kind.CO_EXPORT, Kind.TENDER, Kind.PORTAGE, Kind.EVENT]
        elif known and rng.random() < 0.6:
            company.profile.wanted_places = list(
                dict.fromkeys([rng.choice(known).code, *company.profile.wanted_places])
            )[:5]
        return known

    def _reference(self, rng: Random, company: Company, country: Country | None, job: str) -> Reference:
        trade, town = company.trade, rng.choice(towns())
        kind = rng.choice(("foreign", "foreign", "group") if country else ("group", "public", "sme"))
        clients = {
            "foreign": trade.family.clients_abroad,
            "group": trade.family.clients_group,
            "public": trade.family.clients_public,
            "sme": trade.family.clients_sme,
        }
        tagged = [f"cpv:{code}" for code in trade.cpv[: 1 + rng.randrange(2)]]
        return self.book.add(
            Reference(
                profile=company.profile, title=f"{job} {country.where}" if country else job,
                description=" ".join(rng.sample(trade.family.deliveries, 2)),
                place=country.code if country else places.department_of(town.postcode),
                year=self.calendar.today.year - rng.randrange(0, 9), client_kind=kind,
                client_name=rng.choice(clients[kind]) if rng.random() < 0.6 else "",
                shareable=rng.random() < 0.9, codes=[*tagged, *(f"hs:{code}" for code in trade.hs[:1])],
            )
        )  # fmt: skip

    def _certificates(self, rng: Random, company: Company, richness: Richness) -> None:
        chance = (0.0, 0.25, 0.45, 0.75, 1.0)[richness]
        for code in company.trade.certs:
            if rng.random() < chance:
                expires = self.calendar.day(rng.randrange(-40, 1000) if richness < Richness.STAR else 400)
                company.certificates.append(code)
                self.book.add(
                    Certificate(
                        profile=company.profile, code=code,
                        expires_on=expires if certifications.CERTIFICATIONS[code].expires else None,
                    )
                )  # fmt: skip

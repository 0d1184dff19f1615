"""The words of an invented opportunity, from the templates of its kind and language; the details its kind asks for."""

import tomllib
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from accounts.taxonomy import sectors
from opportunities.kinds import INCOTERMS, SUPPORT, Kind
from pacte.demo.book import Calendar
from pacte.demo.words import DATA, Country, Need, Trade, at, fitting, of, sentence

DONORS = ("Ministère de l'Équipement", "Société nationale d'infrastructures", "Bailleur multilatéral",
          "Agence d'exécution des grands projets", "Autorité métropolitaine")  # fmt: skip
COSTS = ("free", "cost_price")


@dataclass(frozen=True, slots=True)
class Subject:
    """What an announcement is about."""

    kind: str
    trade: Trade
    need: Need
    country: Country
    language: str
    sector_code: str
    number: int
    apply_in: int  # days left to apply

    @property
    def city(self) -> str:
        return self.country.cities[self.number % len(self.country.cities)]

    @property
    def sector(self) -> str:
        return sectors.label(self.sector_code, self.language)

    def words(self) -> dict[str, str]:
        """What the templates call by name."""
        english = self.language == "en"
        what = self.need.what_en if english else self.need.what
        return {
            "what": what,
            "of_what": of(what),
            "goal": self.need.goal_en if english else self.need.goal,
            "where": self.country.where_en if english else self.country.where,
            "of_city": of(self.city),
            "at_city": at(self.city),
            "sector": self.sector,
        }


def announce(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    """The fields of an opportunity that hold its words and its details."""
    details = DETAILS[Kind(subject.kind)](subject, calendar, rng)
    common, family = _templates()[subject.language], subject.trade.family
    own = common[subject.kind]
    words = details | subject.words()
    offers = own.get("offers")
    heading = common["heading_offers" if offers else "heading_asks"]
    points = "\n".join(
        f"- {line}"
        for line in rng.sample(offers or (family.scope_en if subject.language == "en" else family.scope), 3)
    )
    opening = own["opening"].format(**words)
    return {
        "title": held(fitting(120, *(sentence(title.format(**words)) for title in own["titles"]))),
        "teaser": held(fitting(200, *(teaser.format(**words) for teaser in own["teasers"]))),
        "description": f"{opening}\n\n**{heading}**\n\n{points}\n\n{rng.choice(common['closings'])}",
        "benefits": " ".join(rng.sample(common["gains"], 2)),
        "next_step": common["next_steps"][subject.number % len(common["next_steps"])],
        "decided_by": common["deciders"][subject.number // 2 % len(common["deciders"])],
        "language": subject.language,
        "details": details,
    }


def held(text: str) -> str:
    """With the spaces of French marks unbroken, as a careful typist's: no « or » alone at the end of a line."""
    for mark, unbroken in ((" :", "\xa0:"), ("« ", "«\xa0"), (" »", "\xa0»")):
        text = text.replace(mark, unbroken)
    return text


@cache
def _templates() -> dict[str, Any]:
    with (DATA / "announcements.toml").open("rb") as file:
        return tomllib.load(file)


def _co_export(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    return {
        "role": f"Concevoir et livrer le lot « {subject.need.what} », puis le mettre en service avec nos équipes.",
        "end_client": rng.choice(("", *DONORS)),
        "offer_due": calendar.day(subject.apply_in + 45).isoformat(),
    }


def _portage(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    support = [code for code, _label in SUPPORT]
    return {
        "support": sorted(rng.sample(support, rng.randrange(2, 5)), key=support.index),
        "duration_months": rng.choice((6, 12, 18)),
        "companies_wanted": rng.randrange(2, 5),
        "cost": rng.choice(COSTS),
    }


def _hosting(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    return {
        "site": f"Bureaux {of(subject.city)}",
        "desks": rng.randrange(2, 5),
        "start": calendar.day(subject.apply_in + 60).isoformat(),
        "duration_months": rng.choice((6, 12, 24)),
        "vie": rng.random() < 0.7,
        "cost": rng.choice(COSTS),
    }


def _sourcing(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    count = rng.randrange(2, 13)
    english = subject.language == "en"
    return {
        "buyer": "Local subsidiary" if english else f"Filiale {of(subject.city)}",
        "volumes": f"{count} shipments a year" if english else f"{count} livraisons par an",
        "incoterm": rng.choice(INCOTERMS)[0],
        "delivery": calendar.day(subject.apply_in + 120).isoformat(),
    }


def _tender(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    reference = f"{subject.country.code}-{calendar.today.year}-{subject.number:04d}"
    return {
        "donor": rng.choice(DONORS),
        "project": reference,
        "notice_url": f"https://avis.demo.example/{reference.lower()}",
        "lots": f"Lot {rng.randrange(1, 5)} : {subject.need.what}",
        "submission": calendar.day(subject.apply_in + 40).isoformat(),
    }


def _joint_bid(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    return {
        "goal": f"Remettre une offre commune pour {subject.need.goal}, {subject.country.where}.",
        "partners_wanted": rng.randrange(2, 6),
        "lead": "Notre direction des grands projets",
        "submission": calendar.day(subject.apply_in + 60).isoformat(),
    }


def _event(subject: Subject, calendar: Calendar, rng: Random) -> dict[str, Any]:
    starts = subject.apply_in + rng.randrange(30, 90)
    return {
        "event": f"Salon « {subject.sector} » {of(subject.city)}",
        "city": subject.city,
        "starts": calendar.day(starts).isoformat(),
        "ends": calendar.day(starts + 3).isoformat(),
        "seats": rng.randrange(2, 7),
        "cost": rng.choice(COSTS),
    }


DETAILS = {
    Kind.CO_EXPORT: _co_export,
    Kind.PORTAGE: _portage,
    Kind.HOSTING: _hosting,
    Kind.SOURCING: _sourcing,
    Kind.TENDER: _tender,
    Kind.JOINT_BID: _joint_bid,
    Kind.EVENT: _event,
}

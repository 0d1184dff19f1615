"""A year of alerts: people with their rhythms, opportunities published at all hours, refusals, follows."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from accounts.models import Membership, Organisation, SmeProfile, User
from matching import alerts, reminders, subscriptions
from matching.models import AlertSettings, Follow, Legend, Match, SavedSearch
from opportunities.models import Opportunity
from tests.factories import OrganisationFactory, luhn_siren
from tests.parts import kept

PARIS = timezone.get_default_timezone()
BEGIN = datetime(2026, 1, 1, tzinfo=PARIS)
HOURS = ((3, 0), (7, 59), (8, 0), (17, 59), (18, 0))
BANDS = (("strong", 85), ("good", 65), ("possible", 45), ("incomplete", 20))
SECTORS, PLACES, WORDS = ["eau", "btp", "numerique", "sante"], ["MA", "SN", "DE", "US"], ["vannes", "pompes", "câbles"]
PARTS = kept([("place", "met", 9.5, 12.1, {"work": "x", "place": "MA"})])


@dataclass
class Year:
    """What happened besides what the tables say."""

    rng: random.Random
    companies: list[Organisation] = field(default_factory=list)
    people: list[User] = field(default_factory=list)
    planned: list[tuple[datetime, Opportunity]] = field(default_factory=list)
    refusals: list[tuple[datetime, User]] = field(default_factory=list)
    refused: dict[int, datetime] = field(default_factory=dict)
    looks: int = 0


def begin(smes: int, opportunities: int, seed: int = 1) -> Year:
    year = Year(random.Random(seed))
    rng = year.rng
    year.companies = Organisation.objects.bulk_create(
        Organisation(kind="sme", state="verified", name=f"DÉMO PME {n}", siren=luhn_siren(1_000_000 + n))
        for n in range(smes)
    )
    SmeProfile.objects.bulk_create(
        SmeProfile(organisation=one, sectors=["eau"], wanted_places=["MA"]) for one in year.companies
    )
    year.people = User.objects.bulk_create(
        User(email=f"annee{n}@example.com", language=rng.choice(["fr", "fr", "en"])) for n in range(smes)
    )
    pairs = zip(year.people, year.companies, strict=True)
    Membership.objects.bulk_create(Membership(user=user, organisation=one, role="admin") for user, one in pairs)
    AlertSettings.objects.bulk_create(settings(user, rng) for user in year.people)
    some = rng.sample(year.people, smes // 2)
    SavedSearch.objects.bulk_create((search(user, rng) for user in some for _ in range(2)), ignore_conflicts=True)
    owner = OrganisationFactory(group=True)
    drafts = [draft(owner, number, rng) for number in range(opportunities)]
    for opportunity in drafts:
        opportunity.derive()
    never = opportunities // 20
    drafts = Opportunity.objects.bulk_create(drafts)
    moments = [BEGIN + timedelta(minutes=rng.randrange(365 * 24 * 60)) for _ in range(25)]  # some days bring many
    year.planned = [(rng.choice(moments), opportunity) for opportunity in drafts[never:]]
    year.planned.sort(key=lambda pair: pair[0])
    for user in rng.sample(year.people, smes // 8):
        year.refusals.append((BEGIN + timedelta(minutes=rng.randrange(300 * 24 * 60)), user))
    year.refusals.sort(key=lambda pair: pair[0])
    return year


def settings(user, rng):
    frequency = rng.choices(["immediate", "daily", "weekly", "none"], [2, 3, 4, 1])[0]
    floor = rng.choices(["strong", "good", "possible"], [1, 3, 1])[0]
    next_at = None if frequency == "none" else BEGIN
    return AlertSettings(user=user, frequency=frequency, floor=floor, since=BEGIN, next_at=next_at)


def search(user, rng):
    query = f"q={rng.choice(WORDS)}&pays={rng.choice(PLACES)}&secteur={rng.choice(SECTORS)}".split("&")
    kept_parts = "&".join(rng.sample(query, 2))
    frequency = rng.choice(["immediate", "daily", "weekly"])
    floor = rng.choice(["good", "possible", "any"])
    name = f"Recherche {rng.randrange(10**9)}"
    return SavedSearch(
        user=user, name=name, query=f"{kept_parts}&langue={rng.choice(['fr', 'fr', 'en'])}", frequency=frequency,
        floor=floor, since=BEGIN, next_at=BEGIN,
    )  # fmt: skip


def draft(owner, number, rng):
    return Opportunity(
        owner=owner, kind="co_export", state="submitted", title=f"{rng.choice(WORDS).capitalize()} numéro {number}",
        teaser="Un besoin.", places=[rng.choice(PLACES)], sectors=[rng.choice(SECTORS)],
    )  # fmt: skip


def publish(year: Year, opportunity: Opportunity, at: datetime) -> None:
    """As it happens: the state, then its matches."""
    rng = year.rng
    closes = at.astimezone(PARIS).date() + timedelta(days=rng.randrange(7, 60))
    Opportunity.objects.filter(pk=opportunity.pk).update(
        state="published", published_at=at, apply_by=closes, revision=F("revision") + 1, updated_at=timezone.now()
    )
    legend = Legend.objects.create(opportunity=opportunity, data=PARTS["legend"], digest=str(opportunity.pk))
    facing = rng.sample(year.companies, max(2, min(len(year.companies) // 3, 60)))
    matches = []
    for company in facing:
        band, least = rng.choice(BANDS)
        matches.append(
            Match(
                opportunity=opportunity, company=company, legend=legend, score=least + rng.random() * 10, band=band,
                eligible=rng.random() < 0.95, points=PARTS["points"], said=PARTS["said"], facts=PARTS["facts"],
                engine_version="test", weights_version="test",
            )
        )  # fmt: skip
    Match.objects.bulk_create(matches)
    for company in facing[:2]:
        person = year.people[year.companies.index(company)]
        Follow.objects.get_or_create(user=person, opportunity=opportunity, defaults={"created_at": at})


def live(year: Year, clock, days: int = 365) -> None:
    """Day after day, at hours when it may write and at others."""
    for day in range(days):
        for hour, minute in HOURS:
            now = (BEGIN + timedelta(days=day)).replace(hour=hour, minute=minute)
            clock.move_to(now, tick=False)
            while year.planned and year.planned[0][0] <= now:
                at, opportunity = year.planned.pop(0)
                publish(year, opportunity, at)
            while year.refusals and year.refusals[0][0] <= now:
                _at, person = year.refusals.pop(0)
                subscriptions.unsubscribe(person)
                year.refused[person.pk] = now
            Opportunity.objects.overdue().update(
                state="closed", closed_at=now, revision=F("revision") + 1, updated_at=now
            )
            year.looks += 1
            alerts.tell_due()
            reminders.remind_due()

"""A year of alerts: people with their rhythms, opportunities published at all hours, refusals, follows; and what staff
propose, what groups point out or publish again."""

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import Email, Membership, Organisation, SmeProfile, User
from matching import alerts, hours, keeping, proposing, reminders, reposts, subscriptions
from matching.models import AlertSettings, Follow, Legend, Match, SavedSearch
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import ApplicationFactory, MembershipFactory, OrganisationFactory, UserFactory, luhn_siren
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
    silent: set[int] = field(default_factory=set)  # who wanted no proposals from the start
    refused: dict[int, datetime] = field(default_factory=dict)
    to_point_out: list[Opportunity] = field(default_factory=list)  # by someone, at the next look, whatever the hour
    hasty: int = 0  # who refused while a mail waited for them
    paces: dict[int, str] = field(default_factory=dict)  # the quickest that each person asked for at the start
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
    year.silent = set(AlertSettings.objects.filter(frequency="none").values_list("user", flat=True))
    some = rng.sample(year.people, smes // 2)
    SavedSearch.objects.bulk_create((search(user, rng) for user in some for _ in range(2)), ignore_conflicts=True)
    year.paces = paces()
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


def paces() -> dict[int, str]:
    asked = {}
    for pace in ("weekly", "daily", "immediate"):
        for rows in (AlertSettings.objects, SavedSearch.objects):
            asked |= dict.fromkeys(rows.filter(frequency=pace).values_list("user", flat=True), pace)
    return asked


def settings(user, rng):
    frequency = rng.choices(["immediate", "daily", "weekly", "none"], [2, 3, 4, 1])[0]
    floor = rng.choices(["strong", "good", "possible"], [1, 3, 1])[0]
    next_at = hours.next_look(frequency, BEGIN)
    return AlertSettings(user=user, frequency=frequency, floor=floor, since=BEGIN, next_at=next_at)


def search(user, rng):
    if rng.random() < 0.1:  # all there is
        frequency = rng.choice(["daily", "weekly"])
        return SavedSearch(
            user=user, name="Tout", query="", frequency=frequency, floor="any", since=BEGIN,
            next_at=hours.next_look(frequency, BEGIN),
        )  # fmt: skip
    query = f"q={rng.choice(WORDS)}&pays={rng.choice(PLACES)}&secteur={rng.choice(SECTORS)}".split("&")
    kept_parts = "&".join(rng.sample(query, 2))
    frequency = rng.choice(["immediate", "daily", "weekly"])
    floor = rng.choice(["good", "possible", "any"])
    name = f"Recherche {rng.randrange(10**9)}"
    return SavedSearch(
        user=user, name=name, query=f"{kept_parts}&langue={rng.choice(['fr', 'fr', 'en'])}", frequency=frequency,
        floor=floor, since=BEGIN, next_at=hours.next_look(frequency, BEGIN),
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
    if rng.random() < 0.5:
        year.to_point_out.append(opportunity)


def point_out(year: Year, opportunity: Opportunity) -> None:
    """Somebody tells a company of it: staff, a group that keeps its file, or one that publishes a need again."""
    company = year.rng.choice(year.companies)
    person = year.people[year.companies.index(company)]
    opportunity.refresh_from_db()
    way = year.rng.choice(["propose", "keep", "repost"])
    with suppress(StateError):  # over, or shown too often
        if way == "propose":
            proposing.propose(opportunity, company, by=UserFactory(is_staff=True), reason="Elle y a déjà vendu.")
            return
        before = Opportunity.objects.filter(owner=opportunity.owner, closed_at__isnull=False).order_by("pk").first()
        if before is None:
            return
        refused = {"sent": True, "state": "declined", "decline_reason": "size", "decided_at": timezone.now()}
        old = before.applications.filter(company=company).first()
        old = old or ApplicationFactory(opportunity=before, contact=person, company=company, **refused)
        if way == "repost":
            Opportunity.objects.filter(pk=opportunity.pk).update(copied_from=before)
            return
        decider = MembershipFactory(organisation=opportunity.owner).user
        keeping.agree(old, by=person)
        keeping.keep(old, by=decider)
        keeping.point_out(old.keeping, opportunity, by=decider)


def change_one_s_mind(year: Year, now: datetime) -> None:
    """Some refuse by night, while a mail waits for them."""
    waiting = set(Email.objects.filter(try_at__gt=now, state="queued").values_list("to__0", flat=True))
    for person in [one for one in year.people if one.email in waiting and one.pk not in year.refused]:
        if year.hasty < len(year.people) // 10 and year.rng.random() < 0.5:
            refuse(year, person, now)
            year.hasty += 1


def refuse(year: Year, person: User, now: datetime) -> None:
    subscriptions.unsubscribe(person)
    year.refused.setdefault(person.pk, now)


def leave(now: datetime) -> None:
    """What is due leaves, as if the server took it all."""
    Email.objects.due().update(state="sent", sent_at=now)


def count_rows() -> None:
    """For PostgreSQL's plans: it counts by itself no row of a transaction under way, and takes tables for empty."""
    with connection.cursor() as cursor:
        cursor.execute("analyze" if connection.in_atomic_block else "vacuum analyze")


def live(year: Year, clock, days: int = 365) -> None:
    """Day after day, at hours when it may write and at others."""
    for day in range(days):
        if day % 15 == 0:
            count_rows()
        for hour, minute in HOURS if day % 3 == 0 else HOURS[2:4]:  # every third day, at night as well
            now = (BEGIN + timedelta(days=day)).replace(hour=hour, minute=minute)
            clock.move_to(now, tick=False)
            while year.planned and year.planned[0][0] <= now:
                at, opportunity = year.planned.pop(0)
                publish(year, opportunity, at)
            while year.refusals and year.refusals[0][0] <= now:
                _at, person = year.refusals.pop(0)
                refuse(year, person, now)
            Opportunity.objects.overdue().update(
                state="closed", closed_at=now, revision=F("revision") + 1, updated_at=now
            )
            year.looks += 1
            while year.to_point_out:
                point_out(year, year.to_point_out.pop())
            change_one_s_mind(year, now)
            reposts.tell_due()
            alerts.tell_due()
            reminders.remind_due()
            leave(now)

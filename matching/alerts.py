"""E-40: what is new for each person, by what fits their company and by the searches they saved. One mail, at most five
items, none of them told before, nothing when there is nothing.

Everyone who is due is looked at in batches, in a number of queries that does not depend on how many they are; then
each mail costs its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, When, prefetch_related_objects
from django.http import QueryDict
from django.utils import timezone

from accounts import gaps
from accounts.models import Membership, Organisation, User
from matching import alert_letters, explain, hours
from matching.models import (
    AlertSettings,
    Application,
    Floor,
    Frequency,
    Match,
    Notification,
    Recipient,
    SavedSearch,
    Standing,
)
from opportunities import catalogue, wording
from opportunities.cards import COLUMNS
from opportunities.catalogue import Catalogue
from opportunities.filters import Criteria, Selection
from opportunities.models import Opportunity
from pacte.workdays import at_work

MOST = 5  # items of a mail
FRESH = timedelta(days=30)  # what was published longer ago is no news, though five a mail left it out
BATCH = 200
Kind = Notification.Kind


@dataclass(slots=True)
class Asked:
    """One person, and what is to be looked at for them now."""

    settings: AlertSettings
    company: Organisation | None
    proposals: bool  # due, and for them
    searches: list[SavedSearch] = field(default_factory=list)

    @property
    def user(self) -> User:
        return self.settings.user


@dataclass(frozen=True, slots=True)
class Fit:
    """What is known of a match before it is shown."""

    pk: int
    band: str
    score: float
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """An opportunity to tell of; by which search, if by one."""

    opportunity: int
    match: int | None
    score: float
    published_at: datetime
    search: str = ""


@dataclass(slots=True)
class Known:
    """What a batch has to know, all read at once."""

    fits: dict[int, dict[int, Fit]]  # {company: {opportunity: …}}
    told: dict[int, set[int]]  # {user: opportunities}
    left_out: dict[int, set[int]]  # {company: opportunities hidden or applied to}
    catalogue: Catalogue
    found: dict[str, list[int]] = field(default_factory=dict)  # {query: opportunities}


def tell_due(now: datetime | None = None) -> int:
    """Write to everyone whose time has come; how many mails that makes. Twice at once writes no more."""
    now = now or timezone.now()
    if not at_work(now):
        return 0
    enrol(now)
    people: set[int] = set()
    for rows in (AlertSettings.objects, SavedSearch.objects):
        people |= set(rows.filter(next_at__lte=now, user__is_active=True).values_list("user", flat=True))
    return sum(tell(batch, now) for batch in batches(sorted(people)))


def batches(people: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(people), BATCH):
        yield people[start : start + BATCH]


def enrol(now: datetime) -> None:
    """The usual settings for everyone of an SME who has none, once their address is confirmed; what was published
    before is no news."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("user"), verified=True)
    members = Membership.objects.active().filter(
        Exists(confirmed), organisation__kind=Organisation.Kind.SME, user__alerts=None, user__is_active=True
    )
    people = set(members.values_list("user", flat=True)[: 10 * BATCH])
    first = hours.next_look(Frequency.WEEKLY, now)
    fresh = [AlertSettings(user_id=user, since=now, next_at=first) for user in people]
    AlertSettings.objects.bulk_create(fresh, ignore_conflicts=True)


def tell(people: Collection[int], now: datetime) -> int:
    """One batch, all or nothing."""
    with transaction.atomic():
        asked = read(people, now)
        if not asked:
            return 0
        known = look(asked, now)
        chosen = {one.user.pk: items for one in asked if (items := choose(one, known, now))}  # all, the best first
        write([one for one in asked if one.user.pk in chosen], chosen, now)
        move_on(asked, now)
    return len(chosen)


def read(people: Collection[int], now: datetime) -> list[Asked]:
    """Who of them is due; their rows stay locked, so that nobody else tells them meanwhile."""
    rows = AlertSettings.objects.select_for_update(of=("self",), skip_locked=True).select_related("user")
    settings = list(rows.filter(user__in=people, user__is_active=True).order_by("user"))
    companies = companies_of(people)
    prefetch_related_objects(list(companies.values()), "sme_profile__experiences")
    chosen = recipients(list({company.pk for company in companies.values()}))
    searches = defaultdict(list)
    for search in SavedSearch.objects.filter(user__in=[row.user_id for row in settings], next_at__lte=now):
        searches[search.user_id].append(search)
    asked = []
    for row in settings:
        company = companies.get(row.user_id)
        its = (
            company is not None
            and gaps.tells_enough(company.sme_profile)
            and row.user_id in chosen.get(company.pk, ())
        )
        due = row.next_at is not None and row.next_at <= now
        told = may_be_told(company)
        asked.append(Asked(row, company, its and due and told, searches[row.user_id] if told else []))
    return asked


def companies_of(people: Collection[int]) -> dict[int, Organisation]:
    """{user: the active SME they act for}; of several the one chosen last, or else the first."""
    rows = Membership.objects.active().filter(user__in=people, user__is_active=True)
    its = rows.filter(organisation__in=Organisation.objects.smes().active()).select_related(
        "organisation__sme_profile"
    )
    chosen = Case(When(pk=F("user__acting_for"), then=1), default=0)
    return {row.user_id: row.organisation for row in its.order_by(chosen, "-pk")}


def may_be_told(company: Organisation | None) -> bool:
    """Whoever acts for no company is told of what they search; a company that pauses, of nothing."""
    return company is None or not company.sme_profile.is_paused


def recipients(companies: Collection[int]) -> dict[int, set[int]]:
    """{company: who hears of what fits it}."""
    chosen: dict[int, set[int]] = defaultdict(set)
    admins: dict[int, list[int]] = defaultdict(list)
    members = Membership.objects.active().filter(organisation__in=companies, user__is_active=True).order_by("pk")
    current = set()
    for company, user, role in members.values_list("organisation", "user", "role"):
        current.add((company, user))
        if role == Membership.Role.ADMIN:
            admins[company].append(user)
    for company, user in Recipient.objects.filter(organisation__in=companies).values_list("organisation", "user"):
        if (company, user) in current:
            chosen[company].add(user)
    return {company: chosen.get(company) or set(admins[company][:1]) for company in companies}


def look(asked: Sequence[Asked], now: datetime) -> Known:
    companies = [one.company.pk for one in asked if one.company]
    people = [one.user.pk for one in asked]
    fresh = Opportunity.objects.open().filter(published_at__gt=now - FRESH)
    fits: dict[int, dict[int, Fit]] = defaultdict(dict)
    rows = Match.objects.filter(company__in=companies, eligible=True, opportunity__in=fresh).select_related(None)
    for company, opportunity, *rest in rows.values_list(
        "company", "opportunity", "pk", "band", "score", "opportunity__published_at"
    ):
        fits[company][opportunity] = Fit(*rest)
    told: dict[int, set[int]] = defaultdict(set)
    rows_told = Notification.objects.filter(user__in=people, kind=Kind.PROPOSAL, opportunity__in=fresh)
    for user, opportunity in rows_told.values_list("user", "opportunity"):
        told[user].add(opportunity)
    left_out: dict[int, set[int]] = defaultdict(set)
    for its in (Standing.objects.dismissed(), Application.objects.all()):
        for company, opportunity in its.filter(company__in=companies).values_list("company", "opportunity"):
            left_out[company].add(opportunity)
    searches = {search.query for one in asked for search in one.searches}
    wording.learn(Criteria.read(QueryDict(query), fit=False).q for query in searches)
    return Known(fits, told, left_out, catalogue.current())


def choose(asked: Asked, known: Known, now: datetime) -> list[Item]:
    """What is new, each once, whichever way it came, the best first."""
    company = asked.company.pk if asked.company else 0
    fits = known.fits.get(company, {})
    items: dict[int, Item] = {}
    for search in asked.searches:
        bands = Floor(search.floor).bands if asked.company else Floor.ANY.bands
        strict = asked.company is not None and search.floor != Floor.ANY
        for pk in found(search.query, known):
            fit = fits.get(pk)
            if (strict and (fit is None or fit.band not in bands)) or pk in items:
                continue
            slot = known.catalogue.slot_of[pk]
            published_at = known.catalogue.index.entries[slot].published_at
            if published_at > max(search.since, now - FRESH):
                items[pk] = Item(pk, fit.pk if fit else None, fit.score if fit else 0, published_at, search.name)
    if asked.proposals:
        bands = Floor(asked.settings.floor).bands
        for pk, fit in fits.items():
            if fit.band in bands and fit.published_at > asked.settings.since:
                items[pk] = Item(pk, fit.pk, fit.score, fit.published_at, items[pk].search if pk in items else "")
    stale = known.told.get(asked.user.pk, set()) | known.left_out.get(company, set())
    fresh = [item for pk, item in items.items() if pk not in stale]
    return sorted(fresh, key=lambda item: (item.score, item.published_at, item.opportunity), reverse=True)


def found(query: str, known: Known) -> list[int]:
    """What is open and in that search."""
    if query not in known.found:
        selection = Selection(known.catalogue, Criteria.read(QueryDict(query), fit=False))
        known.found[query] = known.catalogue.pks(selection.bits, known.catalogue.newest)
    return known.found[query]


def write(told: Sequence[Asked], chosen: dict[int, list[Item]], now: datetime) -> None:
    """The mails, and a notification for each item, which keeps it from being told again."""
    items = [item for its in chosen.values() for item in its[:MOST]]
    matches = Match.objects.only("opportunity", "company", *explain.READ).in_bulk([i.match for i in items if i.match])
    rows = Opportunity.objects.select_related("owner").only(*COLUMNS)
    opportunities = rows.in_bulk({item.opportunity for item in items})
    notifications = []
    for one in told:
        its = [
            alert_letters.Told(opportunities[item.opportunity], matches.get(item.match or 0), item.search)
            for item in chosen[one.user.pk][:MOST]
        ]
        more = len(chosen[one.user.pk]) - len(its)
        notifications += alert_letters.proposals(one.user, one.company, its, now, more=more)
    alert_letters.note(notifications)


def move_on(asked: Sequence[Asked], now: datetime) -> None:
    """When to look again."""
    people = [one.user.pk for one in asked]
    for frequency in (Frequency.IMMEDIATE, Frequency.DAILY, Frequency.WEEKLY):
        later = hours.next_look(frequency, now)
        for rows in (AlertSettings.objects, SavedSearch.objects):
            rows.filter(user__in=people, frequency=frequency, next_at__lte=now).update(next_at=later)

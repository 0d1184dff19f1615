"""What people of SMEs gather in a year: opportunities followed, hidden or told of, and searches saved."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Membership, Organisation, User
from accounts.taxonomy import sectors
from matching import hours
from matching.models import Application, DismissReason, Follow, Frequency, Notification, SavedSearch, Standing
from opportunities.models import Opportunity
from pacte.demo.book import Book, Calendar
from pacte.demo.words import dice

MOST = 30  # opportunities that a person follows, or that a company hid; a person was told of twice as many
HEARS = {Membership.Role.ADMIN, Membership.Role.MEMBER}
Near = tuple[str, int, datetime]  # a sector of the company's, an opportunity of it, and since when


class Habits:
    """Writes them into the book, of whoever is in the database, about what is open there."""

    def __init__(self, book: Book, calendar: Calendar) -> None:
        self.book = book
        self.now = timezone.now()
        self.by_sector: dict[str, list[Near]] = defaultdict(list)
        rows = list(Opportunity.objects.open().order_by("pk").values_list("pk", "published_at", "sectors"))
        for pk, published_at, its in rows:
            for sector in its:
                self.by_sector[sector].append((sector, pk, published_at or calendar.ago(1)))
        self.most = min(max(len(rows) // 100, 3), MOST)
        self.hid: set[int] = set()  # companies, each once
        self.applied = set(Application.objects.values_list("company", "opportunity"))

    @staticmethod
    def people() -> QuerySet[Membership]:
        rows = Membership.objects.active().filter(
            organisation__in=Organisation.objects.smes().active(), role__in=HEARS
        )
        return rows.select_related("user", "organisation__sme_profile").order_by("pk")

    def write(self, membership: Membership) -> None:
        """Those of one person; nothing when nothing of their trade is open."""
        rng = dice("habits", membership.user.email)
        company = membership.organisation
        near = list(self._near(company))
        rng.shuffle(near)
        free = [(sector, pk, at) for sector, pk, at in near if (company.pk, pk) not in self.applied]
        for _sector, pk, at in free[: rng.randrange(self.most)]:
            self.book.add(Follow(user_id=membership.user_id, opportunity_id=pk, created_at=at))
        for sector, pk, at in free[: rng.randrange(2 * self.most)]:
            self._told(membership.user_id, sector, pk, at, read=rng.random() < 0.7)
        if company.pk not in self.hid:
            self.hid.add(company.pk)
            for _sector, pk, at in free[2 * self.most :][: rng.randrange(self.most)]:
                self._hidden(rng, membership, pk, at)
        if rng.random() < 0.4 and near:
            self._search(membership.user_id, rng.choice(near)[0])

    def _near(self, company: Organisation) -> Iterator[Near]:
        """What is open in its sectors, each once."""
        seen = set()
        for sector in company.sme_profile.sectors:
            for one in self.by_sector[sector]:
                if one[1] not in seen:
                    seen.add(one[1])
                    yield one

    def _told(self, user: int, sector: str, opportunity: int, at: datetime, *, read: bool) -> None:
        reason = f"Elle porte sur votre secteur : {sectors.label(sector, 'fr')}."
        self.book.add(
            Notification(
                user_id=user, opportunity_id=opportunity, kind=Notification.Kind.PROPOSAL, reason=reason, at=at,
                read_at=at if read else None,
            )
        )  # fmt: skip

    def _hidden(self, rng: Random, membership: Membership, opportunity: int, at: datetime) -> None:
        reason = rng.choice([DismissReason.COUNTRY, DismissReason.SIZE, DismissReason.TIMING])
        self.book.add(
            Standing(
                opportunity_id=opportunity, company=membership.organisation, dismissed_at=at, dismissed_reason=reason,
                dismissed_by_id=membership.user_id,
            )
        )  # fmt: skip

    def _search(self, user: int, sector: str) -> None:
        self.book.add(
            SavedSearch(
                user_id=user, name=sectors.label(sector, "fr"), query=urlencode({"secteur": sector}),
                frequency=Frequency.WEEKLY, created_at=self.now, since=self.now,
                next_at=hours.next_look(Frequency.WEEKLY, self.now),
            )
        )  # fmt: skip

    @staticmethod
    def close() -> None:
        """Once all are in the database: how many each has not read."""
        unread = Notification.objects.unread().filter(user=OuterRef("pk")).order_by()
        number = unread.values("user").annotate(number=Count("pk")).values("number")
        User.objects.filter(Exists(unread)).update(unread=Subquery(number))

"""What happened to an SME since it last looked at its dashboard."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, Max, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import Organisation, User
from matching.models import Application, Band, Exposure, Match, Side
from opportunities.models import Opportunity, OpportunityMove

SOON = timedelta(days=7)
State = Application.State
CURRENT = [State.DRAFT, State.SENT, State.SHORTLISTED, State.WAITLISTED]


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class News:
    """Since which day, and what; `since` is empty at the first visit, which has no news."""

    since: date | None
    items: list[Item]


def of(company: Organisation, user: User) -> News:
    """Two queries. The last visit is the last day before today on which the dashboard showed the company something."""
    today = timezone.localdate()
    shown = Exposure.objects.filter(company=company, side=Side.SME, context=Exposure.Context.DASHBOARD)
    since = shown.filter(day__lt=today).aggregate(last=Max("day"))["last"]
    if since is None:
        return News(None, [])
    asked = {f"new_{name}": number(rows) for name, rows in changed(company, user, since).items()}
    counts = Organisation.objects.filter(pk=company.pk).annotate(**asked).values_list(*asked).get()
    found = dict(zip(asked, counts, strict=True))
    return News(since, [told(name, found[f"new_{name}"]) for name in TOLD if found[f"new_{name}"]])


def changed(company: Organisation, user: User, since: date) -> dict[str, QuerySet[Any]]:
    """The rows of each kind of news."""
    today = timezone.localdate()
    open_ones = Opportunity.objects.open()
    applied = Application.objects.filter(company=company)
    current = applied.filter(state__in=CURRENT)
    good = Match.objects.for_company(company).eligible().filter(band__in=[Band.STRONG, Band.GOOD])
    concerned = Q(subject__in=current.values("opportunity")) | Q(subject__follows__user=user)
    still_open = open_ones.filter(apply_by__lte=today + SOON)
    in_hand = Q(pk__in=applied.filter(state=State.DRAFT).values("opportunity")) | Q(follows__user=user)
    return {
        "matches": good.filter(opportunity__in=open_ones.filter(published_at__date__gt=since)),
        "answers": applied.filter(decided_at__date__gte=since, state__in=[State.ACCEPTED, State.DECLINED]),
        "amended": OpportunityMove.objects.filter(
            concerned, before=F("after"), at__date__gte=since, subject__in=open_ones
        ).exclude(changes={}),
        "closing": still_open.filter(in_hand).exclude(pk__in=applied.exclude(state=State.DRAFT).values("opportunity")),
    }


def number(rows: QuerySet[Any]) -> Coalesce:
    """How many, as a column."""
    field = "subject" if rows.model is OpportunityMove else "pk"
    counts = rows.order_by().select_related(None).values(one=Value(1)).annotate(n=Count(field, distinct=True))
    return Coalesce(Subquery(counts.values("n"), output_field=IntegerField()), 0)


def told(name: str, n: int) -> Item:
    text, place, query = TOLD[name]
    return Item(text(n) % {"n": n}, reverse(place) + query)


TOLD: dict[str, tuple[Callable[[int], str], str, str]] = {
    "answers": (lambda n: ngettext("%(n)s réponse à vos candidatures", "%(n)s réponses à vos candidatures", n),
                "matching:applications", ""),
    "matches": (lambda n: ngettext("%(n)s nouvelle opportunité qui vous va bien",
                                   "%(n)s nouvelles opportunités qui vous vont bien", n),
                "matching:opportunity_list", "?tri=adequation"),
    "amended": (lambda n: ngettext("%(n)s opportunité modifiée parmi les vôtres",
                                   "%(n)s opportunités modifiées parmi les vôtres", n),
                "matching:follows", ""),
    "closing": (lambda n: ngettext("%(n)s opportunité suivie ou en brouillon se termine sous 7 jours",
                                   "%(n)s opportunités suivies ou en brouillon se terminent sous 7 jours", n),
                "matching:follows", ""),
}  # fmt: skip

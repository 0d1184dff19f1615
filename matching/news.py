"""What happened to an SME since a person of it last looked at its dashboard."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.cache import caches
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, F, IntegerField, Model, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext_lazy

from accounts.http import Request
from accounts.models import Membership
from matching import decisions
from matching.models import Application, ApplicationMove, Band, Match, Message, Side, Standing, Visit
from opportunities.models import Opportunity, OpportunityMove

logger = logging.getLogger(__name__)
SOON = timedelta(days=7)
State = Application.State
CURRENT = [State.DRAFT, State.SENT, State.SHORTLISTED, State.WAITLISTED]
ANSWERS = [State.SHORTLISTED, State.WAITLISTED, State.ACCEPTED, State.DECLINED]
SUBJECT: dict[type[Model], str] = {OpportunityMove: "subject", ApplicationMove: "subject", Message: "application"}
VISITED = """
    INSERT INTO matching_visit AS old (membership_id, day) VALUES (%s, %s)
    ON CONFLICT (membership_id) DO UPDATE SET before = old.day, day = excluded.day WHERE old.day < excluded.day
"""


@dataclass(frozen=True, slots=True)
class Item:
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class News:
    """Since which day, and what; `since` is empty at the first visit, which has no news."""

    since: date | None
    items: list[Item]


def of(membership: Membership) -> News:
    """Two queries; of what happened on the day of the last visit nothing is left out."""
    visit = Visit.objects.filter(membership=membership).first()
    since = visit.last if visit else None
    if since is None:
        return News(None, [])
    asked = {f"new_{name}": number(rows) for name, rows in changed(membership, since).items()}
    counts = Membership.objects.filter(pk=membership.pk).annotate(**asked).values_list(*asked).get()
    found = dict(zip(asked, counts, strict=True))
    return News(since, [told(name, found[f"new_{name}"]) for name in TOLD if found[f"new_{name}"]])


def note(request: Request) -> None:
    """This person looks at their dashboard: written once a day, once the page's own work is committed."""
    membership = request.user.membership
    if membership is None or not decisions.looked_at(request):
        return
    mark = f"visit:{membership.pk}:{timezone.localdate()}"
    if caches["fragments"].add(mark, 1):  # else this process has just written it
        transaction.on_commit(lambda: _write(membership.pk), robust=True)


def _write(membership: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(VISITED, [membership, timezone.localdate()])
    except DatabaseError:
        logger.exception("A visit could not be noted: %s", membership)


def changed(membership: Membership, since: date) -> dict[str, QuerySet[Any]]:
    """The rows of each kind of news."""
    company, user = membership.organisation, membership.user_id
    today = timezone.localdate()
    open_ones = Opportunity.objects.open()
    applied = Application.objects.filter(company=company)
    hidden = Standing.objects.filter(company=company).dismissed().values("opportunity")
    good = Match.objects.for_company(company).eligible().filter(band__in=[Band.STRONG, Band.GOOD])
    moves = ApplicationMove.objects.filter(subject__company=company, at__date__gte=since)
    amended = OpportunityMove.objects.filter(before=F("after"), at__date__gte=since, subject__in=open_ones)
    amended = amended.exclude(changes={})
    current = applied.filter(state__in=CURRENT)
    followed = open_ones.filter(follows__user=user).exclude(pk__in=current.values("opportunity"))
    drafts = applied.filter(state=State.DRAFT, opportunity__in=open_ones)
    fresh = open_ones.filter(published_at__date__gte=since)
    return {
        "answers": moves.filter(Q(after__in=ANSWERS) | Q(before=State.DECLINED, after=State.SENT)),
        "ended": moves.filter(after__in=[State.UNANSWERED, State.CANCELLED]),
        "questions": Message.objects.filter(
            application__in=current.filter(awaiting=Side.SME), side=Side.GROUP, at__date__gte=since
        ),
        "matches": good.filter(opportunity__in=fresh)
        .exclude(opportunity__in=applied.values("opportunity"))
        .exclude(opportunity__in=hidden),
        "amended": amended.filter(subject__in=current.values("opportunity")),
        "amended_followed": amended.filter(subject__in=followed),
        "closing": drafts.filter(opportunity__apply_by__lte=today + SOON),
        "closing_followed": followed.filter(apply_by__lte=today + SOON),
    }


def number(rows: QuerySet[Any]) -> Coalesce:
    """How many, as a column."""
    field = SUBJECT.get(rows.model, "pk")
    counts = rows.order_by().select_related(None).values(one=Value(1)).annotate(n=Count(field, distinct=True))
    return Coalesce(Subquery(counts.values("n"), output_field=IntegerField()), 0)


def told(name: str, n: int) -> Item:
    place, query = PLACES.get(name, ("matching:applications", ""))
    return Item(TOLD[name] % {"n": n}, reverse(place) + query)


# in the order in which it is told
TOLD: dict[str, Any] = {
    "questions": ngettext_lazy(
        "%(n)s candidature sur laquelle un groupe vous pose une question",
        "%(n)s candidatures sur lesquelles un groupe vous pose une question",
        "n",
    ),
    "answers": ngettext_lazy("%(n)s réponse à vos candidatures", "%(n)s réponses à vos candidatures", "n"),
    "ended": ngettext_lazy(
        "%(n)s candidature terminée sans réponse du groupe, ou avec son opportunité",
        "%(n)s candidatures terminées sans réponse du groupe, ou avec leur opportunité",
        "n",
    ),
    "matches": ngettext_lazy(
        "%(n)s nouvelle opportunité qui vous va bien", "%(n)s nouvelles opportunités qui vous vont bien", "n"
    ),
    "amended": ngettext_lazy(
        "%(n)s opportunité modifiée parmi vos candidatures", "%(n)s opportunités modifiées parmi vos candidatures", "n"
    ),
    "amended_followed": ngettext_lazy(
        "%(n)s opportunité modifiée parmi celles que vous suivez",
        "%(n)s opportunités modifiées parmi celles que vous suivez",
        "n",
    ),
    "closing": ngettext_lazy(
        "%(n)s candidature en brouillon, à envoyer sous 7 jours",
        "%(n)s candidatures en brouillon, à envoyer sous 7 jours",
        "n",
    ),
    "closing_followed": ngettext_lazy(
        "%(n)s opportunité suivie se termine sous 7 jours", "%(n)s opportunités suivies se terminent sous 7 jours", "n"
    ),
}
PLACES = {
    "matches": ("matching:opportunity_list", "?tri=adequation"),
    "amended_followed": ("matching:follows", ""),
    "closing_followed": ("matching:follows", ""),
}

"""What people follow or have begun to apply to, and closes soon: a word 7 and 2 days before, on working days."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import mail
from accounts.models import Membership, Organisation, User
from matching import alert_letters
from matching.alert_letters import Soon
from matching.alerts import batches, companies_of
from matching.models import AlertSettings, Application, Follow, Notification
from opportunities.models import Opportunity, OpportunityQuerySet
from pacte.workdays import at_work, is_worked

Kind = Notification.Kind
DAYS = {Kind.WEEK_LEFT: 7, Kind.DAYS_LEFT: 2}
AHEAD = timedelta(days=14)  # no reminder leaves sooner, however many holidays come before its day


def wanted_by(user: User) -> bool:
    """Whether this person is reminded of anything; they are until they say no."""
    return not AlertSettings.objects.filter(user=user, reminders=False).exists()


def sure_for(opportunity: Opportunity) -> bool:
    """Whether enough days are left for a reminder, whatever weekend lies between."""
    last_day = opportunity.apply_by
    return last_day is not None and last_day - timezone.localdate() >= timedelta(days=DAYS[Kind.WEEK_LEFT])


def remind_due(now: datetime | None = None) -> int:
    """Remind everyone whose day it is, or the day after one that had another reminder; how many mails that makes."""
    now = now or timezone.now()
    if not at_work(now):
        return 0
    people = {*_follows(now).values_list("user", flat=True), *_drafts(now).values_list("reader", flat=True)}
    return sum(remind(batch, now) for batch in batches(sorted(people)))


def remind(people: Collection[int], now: datetime) -> int:
    """One batch, all or nothing."""
    with transaction.atomic():
        rows = AlertSettings.objects.select_for_update(of=("self",), skip_locked=True)
        willing = set(rows.filter(user__in=people, reminders=True).values_list("user", flat=True))
        due = _due(willing, now)
        notifications = []
        for user, items in due.items():
            notifications += alert_letters.reminders(user, items, now)
        alert_letters.note(notifications)
    return len(due)


def _near(now: datetime) -> OpportunityQuerySet:
    today = timezone.localdate(now)
    return Opportunity.objects.open().filter(apply_by__range=(today, today + AHEAD))


def _follows(now: datetime) -> QuerySet[Follow]:
    return Follow.objects.filter(opportunity__in=_near(now), user__is_active=True)


def _drafts(now: datetime) -> Any:  # annotated
    """Not sent yet, with their `reader`: whom the company chose, or else who began it, while they may send it."""
    there = Membership.objects.active().filter(
        user=OuterRef("reader"), organisation=OuterRef("company"), user__is_active=True
    )
    rows = Application.objects.filter(
        state=Application.State.DRAFT, opportunity__in=_near(now), company__in=Organisation.objects.active()
    )
    rows = rows.annotate(reader=Coalesce("contact", "created_by"))
    return rows.filter(Exists(there.exclude(role=Membership.Role.READER)))


def _due(people: set[int], now: datetime) -> dict[User, list[Soon]]:
    today = timezone.localdate(now)
    past = Notification.objects.filter(user__in=people, kind__in=DAYS)
    told = set(past.values_list("user", "opportunity", "kind"))
    addresses = dict(User.objects.filter(pk__in=people).values_list("email", "pk"))
    reminded = {addresses[one] for one in mail.reminded(addresses, today)}
    due: dict[User, list[Soon]] = defaultdict(list)
    for person, since, post, draft in _wanted(people - reminded, now):
        reminder = kind_due(post.apply_by, since, today)
        if reminder and (person.pk, post.pk, reminder) not in told:
            told.add((person.pk, post.pk, reminder))
            due[person].append(Soon(post, reminder, draft))
    for items in due.values():
        items.sort(key=lambda one: (one.opportunity.apply_by or today, one.opportunity.pk))
    return due


def _wanted(people: set[int], now: datetime) -> Iterator[tuple[User, date, Opportunity, int | None]]:
    """Who is to be reminded of what, and since when they have known of it; a draft before what is only followed."""
    drafts = list(_drafts(now).filter(reader__in=people).select_related("opportunity__owner").order_by("pk"))
    users = User.objects.in_bulk([one.reader for one in drafts])
    for one in drafts:
        yield users[one.reader], timezone.localdate(one.created_at), one.opportunity, one.pk
    companies = {user: company.pk for user, company in companies_of(people).items()}
    sent = Application.objects.filter(company__in=companies.values(), sent_at__isnull=False)
    applied = set(sent.values_list("company", "opportunity"))
    for row in _follows(now).filter(user__in=people).select_related("user", "opportunity__owner").order_by("pk"):
        if (companies.get(row.user_id), row.opportunity_id) not in applied:
            yield row.user, timezone.localdate(row.created_at), row.opportunity, None


def kind_due(apply_by: date | None, followed: date, today: date) -> str:
    """Which reminder is due today, if it is later than the day on which it was followed."""
    if apply_by is None:
        return ""
    for kind in (Kind.DAYS_LEFT, Kind.WEEK_LEFT):  # the later one stands for both
        day = sending_day(apply_by, DAYS[kind])
        if day <= today <= apply_by:
            return kind if followed < day else ""
    return ""


def sending_day(apply_by: date, days: int) -> date:
    """So many days before; the working day before that when nobody works then."""
    day = apply_by - timedelta(days=days)
    while not is_worked(day):
        day -= timedelta(days=1)
    return day

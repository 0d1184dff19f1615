"""What people follow and closes soon: a word 7 days before, then 2 days before, on working days."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from matching import alert_letters
from matching.alerts import batches, companies_of
from matching.models import AlertSettings, Application, Follow, Notification
from opportunities.models import Opportunity
from pacte.workdays import at_work, is_worked

Kind = Notification.Kind
DAYS = {Kind.WEEK_LEFT: 7, Kind.DAYS_LEFT: 2}
AHEAD = timedelta(days=14)  # no reminder leaves sooner, however many holidays come before its day


def remind_due(now: datetime | None = None) -> int:
    """Remind everyone whose day it is, once a day at most; how many mails that makes."""
    now = now or timezone.now()
    if not at_work(now):
        return 0
    people = _soon(now).values_list("user", flat=True).distinct()
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


def _soon(now: datetime) -> QuerySet[Follow]:
    today = timezone.localdate(now)
    near = Opportunity.objects.open().filter(apply_by__range=(today, today + AHEAD))
    return Follow.objects.filter(opportunity__in=near, user__is_active=True)


def _due(people: set[int], now: datetime) -> dict[User, list[tuple[Opportunity, str]]]:
    today = timezone.localdate(now)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    told = set()
    reminded_today = set()
    past = Notification.objects.filter(user__in=people, kind__in=DAYS)
    for user, opportunity, kind, at in past.values_list("user", "opportunity", "kind", "at"):
        told.add((user, opportunity, kind))
        if at >= midnight:
            reminded_today.add(user)
    companies = {user: company.pk for user, company in companies_of(people).items()}
    sent = Application.objects.filter(company__in=companies.values(), sent_at__isnull=False)
    applied = set(sent.values_list("company", "opportunity"))
    due: dict[User, list[tuple[Opportunity, str]]] = defaultdict(list)
    rows = _soon(now).filter(user__in=people - reminded_today).select_related("user", "opportunity__owner")
    for row in rows.order_by("opportunity__apply_by", "pk"):
        kind = kind_due(row.opportunity.apply_by, timezone.localdate(row.created_at), today)
        done = (companies.get(row.user_id), row.opportunity_id) in applied
        if kind and not done and (row.user_id, row.opportunity_id, kind) not in told:
            due[row.user].append((row.opportunity, kind))
    return due


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

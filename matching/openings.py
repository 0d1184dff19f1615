"""The log of who of a group opened a company's file, and what the company reads of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils import timezone

from accounts.models import Organisation, User
from matching.models import Application, FileOpening, Introduction

What = FileOpening.What


@dataclass(frozen=True, slots=True)
class Opened:
    """Times in all and the last; people of the group only once they were introduced."""

    times: int
    last: datetime
    people: list[tuple[str, int, datetime]]


def note(application: Application, companies: Collection[int], *, by: User, what: What) -> None:
    """The group's own looks alone; a second one on the same day only counts."""
    if by.organisation is None or by.organisation.pk != application.opportunity.owner_id:
        return
    now = timezone.now()
    day = {"application": application, "person": by, "what": what, "day": timezone.localdate(now)}
    with transaction.atomic():
        known = FileOpening.objects.filter(**day, company__in=companies)
        if known.update(times=F("times") + 1, last_at=now) < len(companies):
            rows = (FileOpening(company_id=company, last_at=now, **day) for company in companies)
            FileOpening.objects.bulk_create(rows, ignore_conflicts=True)  # those that the update has just counted stay


def told(application: Application, company: Organisation, introduction: Introduction | None) -> Opened | None:
    """What the company may know: that, when and how often; by whom only after the introduction. One query."""
    its = FileOpening.objects.filter(application=application, company=company)
    rows = list(
        its.order_by()
        .values_list("person__first_name", "person__last_name")
        .annotate(count=Sum("times"), last=Max("last_at"))
        .order_by("-last")
    )
    if not rows:
        return None
    met = introduction is not None and introduction.state == Introduction.State.SENT
    people = [(f"{first or ''} {last or ''}".strip(), count, at) for first, last, count, at in rows] if met else []
    return Opened(sum(count for *_who, count, _at in rows), rows[0][-1], [one for one in people if one[0]])

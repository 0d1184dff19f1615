"""What a group has to do about its own posts: answer the staff's remarks, confirm that an undated one is current."""

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import Organisation
from opportunities.models import Opportunity, OpportunityMove, OpportunityQuerySet

State = Opportunity.State
Rows = TypeVar("Rows", bound=QuerySet[Opportunity])
REVIEW = timedelta(days=30)  # an undated post is asked about that often
UNCONFIRMED = timedelta(days=15)  # then it is suspended
REMINDED = timedelta(days=5)  # remarks left without an answer
ABANDONED = timedelta(days=10)  # then it is a draft again
ENDED = gettext_noop("L'accès du groupe est suspendu")
STALE = gettext_noop("Personne n'a confirmé qu'elle est toujours d'actualité")


def to_remind(now: datetime) -> OpportunityQuerySet:
    """Those whose group has something to do and has not been told of it."""
    left = Q(pk__in=remarked(before=now - REMINDED)) | Q(pk__in=unchecked(before=now - REVIEW))
    rows = Opportunity.objects.filter(left, reminded_at=None, owner__state="verified")
    return rows.select_related("owner", "created_by").order_by("pk")


def remarked(*, before: datetime) -> OpportunityQuerySet:
    """Those that the staff sent back before that moment."""
    lately = OpportunityMove.objects.filter(subject=OuterRef("pk"), after=State.CHANGES_REQUESTED, at__gt=before)
    return Opportunity.objects.filter(~Exists(lately), state=State.CHANGES_REQUESTED)


def unchecked(*, before: datetime) -> OpportunityQuerySet:
    """Published ones without a last day, of which nobody has said since that moment that they are current."""
    said = Q(confirmed_at__lte=before) | Q(confirmed_at=None, published_at__lte=before)
    return Opportunity.objects.filter(said, state=State.PUBLISHED, apply_by=None)


def to_suspend(now: datetime) -> OpportunityQuerySet:
    """Undated ones that nobody confirmed though they were asked."""
    return Opportunity.objects.published().filter(apply_by=None, reminded_at__lte=now - UNCONFIRMED)


def to_give_back(now: datetime) -> OpportunityQuerySet:
    """Those whose remarks stayed without an answer, though the group was reminded."""
    return remarked(before=now - ABANDONED).filter(reminded_at__isnull=False)


def to_restore() -> OpportunityQuerySet:
    """Those suspended with their group, which acts again since: staff put them back one by one, once looked at."""
    rows = Opportunity.objects.filter(state=State.SUSPENDED, owner__in=Organisation.objects.active())
    found: OpportunityQuerySet = _suspended(rows).filter(why=ENDED)
    return found


def with_wait(rows: Rows) -> Rows:
    """Each with `waits_since`: the moment from which it waits for the staff; None when it does not."""
    returned = Q(state=State.SUSPENDED, why=ENDED, owner__in=Organisation.objects.active())
    since = Case(When(state=State.SUBMITTED, then="submitted_at"), When(returned, then="suspended_at"))
    found: Rows = _suspended(rows).annotate(waits_since=since)
    return found


def _suspended(rows: Any) -> Any:
    """Each with the moment of its last suspension and why."""
    last = OpportunityMove.objects.filter(subject=OuterRef("pk"), after=State.SUSPENDED).order_by("-pk")
    return rows.annotate(why=Subquery(last.values("reason")[:1]), suspended_at=Subquery(last.values("at")[:1]))


def is_stale(opportunity: Opportunity) -> bool:
    """Whether it was suspended because nobody confirmed it."""
    last = opportunity.history.order_by("-pk").first()
    return opportunity.state == State.SUSPENDED and last is not None and last.actor_id is None and last.reason == STALE


def may_confirm(opportunity: Opportunity) -> bool:
    """Whether its group may say that it is still current."""
    asked = (
        opportunity.state == State.PUBLISHED and opportunity.apply_by is None and opportunity.reminded_at is not None
    )
    return asked or is_stale(opportunity)


def next_review(opportunity: Opportunity) -> date | None:
    """When its group will be asked whether it is still current."""
    checked = opportunity.confirmed_at or opportunity.published_at
    if opportunity.apply_by or not checked:
        return None
    return timezone.localdate(checked + REVIEW)

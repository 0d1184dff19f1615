"""What becomes of an opportunity, told to those who follow it and do not apply: it changed, closed, was taken back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Membership, User
from matching import subscriptions
from matching.letters import Letter
from matching.models import Application, Follow
from opportunities import amendments, history
from opportunities.history import Changes
from opportunities.models import Opportunity, OpportunityMove

State = Opportunity.State


def followers(opportunity: Opportunity, *, at: datetime | None = None) -> QuerySet[User]:
    """Who is to be told: neither its own group, nor those whose application brings them the news, nor who said no."""
    over = [Application.State.WITHDRAWN]
    applying = Application.objects.filter(opportunity=opportunity).exclude(state__in=over).values("company")
    told = Membership.objects.active().filter(organisation__in=applying)
    own = Membership.objects.active().filter(organisation=opportunity.owner_id)
    following = Follow.objects.filter(opportunity=opportunity, created_at__lte=at or timezone.now()).values("user")
    people = User.objects.filter(pk__in=following, is_active=True, alerts__reminders=True)
    return people.exclude(pk__in=told.values("user")).exclude(pk__in=own.values("user")).order_by("pk")


def letters_of(line: OpportunityMove, opportunity: Opportunity) -> Iterator[Letter]:
    """One to each; none of what the calendar does by itself, which the reminders foretold."""
    changes: Changes = {}
    if line.before == line.after:
        changes = amendments.public(line.changes)
        news = "changed" if changes else ""
    else:
        news = str(line.after) if line.actor_id and line.before == State.PUBLISHED else ""
    if news:
        for user in followers(opportunity, at=line.at):
            yield letter(user, opportunity, news, changes, str(line.pk))


def letter(user: User, opportunity: Opportunity, news: str, changes: Changes, key: str) -> Letter:
    """E-33 to a follower: `news` is changed, closed or withdrawn."""
    with translation.override(user.language):
        told: dict[str, Any] = {"changes": history.worded(opportunity, changes)}
    gone = news == State.WITHDRAWN  # its page is no more
    way = reverse("matching:follows") if gone else opportunity.get_absolute_url()
    return {
        "key": f"follow-news:{key}:{user.pk}",
        "about": subscriptions.about(user),
        "to": [user.email],
        "template": "follow_news",
        "language": user.language,
        "unsubscribe_url": subscriptions.unsubscribe_url(user),
        "context": told
        | {
            "news": news,
            "opportunity": opportunity,
            "settings_url": settings.SITE_URL + reverse("matching:alerts"),
            "action_url": settings.SITE_URL + way,
        },
    }

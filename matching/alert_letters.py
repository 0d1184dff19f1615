"""The mails that the platform writes by itself, and the notifications beside them: proposals, reminders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import mail
from accounts.models import Organisation, User
from matching import explain, subscriptions
from matching.models import Match, Notification
from opportunities.cards import Card
from opportunities.models import Opportunity

BUTTON = {"proposals": "matching:opportunity_list", "closing_soon": "matching:follows"}  # where it leads


@dataclass(frozen=True, slots=True)
class Told:
    """An opportunity to tell of, its match if it has one, the search that brought it if one did."""

    opportunity: Opportunity
    match: Match | None = None
    search: str = ""


def proposals(user: User, company: Organisation | None, items: Sequence[Told], now: datetime) -> list[Notification]:
    """E-40."""
    key = f"alert:{user.pk}:{now:%Y%m%d%H%M%S}"
    with translation.override(user.language):
        lines = [_line(item) for item in items]
    _queue(user, key, "proposals", {"company": company.name if company else "", "items": lines})
    return [
        Notification(
            user=user, opportunity=item.opportunity, kind=Notification.Kind.PROPOSAL, reason=line["reason"], mail=key,
            at=now,
        )
        for item, line in zip(items, lines, strict=True)
    ]  # fmt: skip


def reminders(user: User, items: Sequence[tuple[Opportunity, str]], now: datetime) -> list[Notification]:
    """What a person follows closes soon: one mail, all of it."""
    key = f"alert-reminder:{user.pk}:{timezone.localdate(now)}"
    with translation.override(user.language):
        lines = [_line(Told(opportunity)) for opportunity, _kind in items]
    _queue(user, key, "closing_soon", {"items": lines})
    return [
        Notification(user=user, opportunity=opportunity, kind=kind, reason=line["card"].deadline, mail=key, at=now)
        for (opportunity, kind), line in zip(items, lines, strict=True)
    ]


def note(notifications: Sequence[Notification]) -> None:
    """Write them, and count them for the bell."""
    Notification.objects.bulk_create(notifications)
    count: dict[int, int] = defaultdict(int)
    for one in notifications:
        count[one.user_id] += 1
    for number in set(count.values()):
        people = [user for user, its in count.items() if its == number]
        User.objects.filter(pk__in=people).update(unread=F("unread") + number)


def _line(item: Told) -> dict[str, Any]:
    """In the active language."""
    fit = explain.fit(item.match, "sme") if item.match else None
    reason = next((one.text for one in fit.reasons if one.answer in {"met", "partly"}), "") if fit else ""
    if item.search and not reason:
        reason = _("Elle répond à votre alerte « %s ».") % item.search
    return {
        "card": Card.of(item.opportunity),
        "url": settings.SITE_URL + item.opportunity.get_absolute_url(),
        "fit": str(fit.band_label) if fit else "",
        "reason": reason[:300],
        "search": item.search,
    }


def _queue(user: User, key: str, template: str, context: dict[str, Any]) -> None:
    mail.queue(
        key=key,
        to=[user.email],
        template=template,
        language=user.language,
        about=subscriptions.about(user),
        unsubscribe_url=subscriptions.unsubscribe_url(user),
        context={
            **context,
            "settings_url": settings.SITE_URL + reverse("matching:alerts"),
            "useful_url": subscriptions.useful_url(user, key),
            "action_url": settings.SITE_URL + reverse(BUTTON[template]),
        },
    )

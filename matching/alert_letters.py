"""The mails that the platform writes by itself, and the notifications beside them: proposals, reminders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import mail
from accounts.models import Organisation, User
from matching import explain, subscriptions
from matching.bell import note
from matching.models import Frequency, Match, Notification
from opportunities.cards import Card
from opportunities.models import Opportunity

BUTTON = {"proposals": "matching:opportunity_list", "closing_soon": "matching:follows"}  # where it leads


@dataclass(frozen=True, slots=True)
class Told:
    """An opportunity to tell of, its match if it has one, the search that brought it if one did."""

    opportunity: Opportunity
    match: Match | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class Soon:
    """Something that closes soon, which of the reminders it is, the draft of the person's company if it has one."""

    opportunity: Opportunity
    kind: str
    draft: int | None = None


def proposals(
    user: User, company: Organisation | None, items: Sequence[Told], now: datetime, *, more: int = 0
) -> list[Notification]:
    """E-40; `more` says how many others are new and find no room."""
    key = f"alert:{user.pk}:{now:%Y%m%d%H%M%S}"
    with translation.override(user.language):
        lines = [_line(item) for item in items]
    _queue(user, key, "proposals", {"company": company.name if company else "", "items": lines, "more": more})
    return [
        Notification(
            user=user, opportunity=item.opportunity, kind=Notification.Kind.PROPOSAL, reason=line["reason"], mail=key,
            at=now,
        )
        for item, line in zip(items, lines, strict=True)
    ]  # fmt: skip


def reminders(user: User, items: Sequence[Soon], now: datetime) -> list[Notification]:
    """What a person follows or has begun to apply to closes soon: one mail, all of it."""
    key = f"alert-reminder:{user.pk}:{timezone.localdate(now)}"
    with translation.override(user.language):
        lines = [_line(Told(one.opportunity)) | _draft(one) for one in items]
    context: dict[str, Any] = {"items": lines, "followed": any(one.draft is None for one in items)}
    if not context["followed"]:
        context["action_url"] = lines[0]["url"] if len(lines) == 1 else _url("matching:sme_dashboard")
    _queue(user, key, "closing_soon", context, reminder=timezone.localdate(now))
    return [
        Notification(
            user=user, opportunity=one.opportunity, kind=one.kind, reason=line["card"].deadline, mail=key, at=now
        )
        for one, line in zip(items, lines, strict=True)
    ]


def _draft(soon: Soon) -> dict[str, Any]:
    """A draft leads to where it is sent."""
    page = {} if soon.draft is None else {"url": _url("matching:application_status", soon.draft)}
    return {"draft": soon.draft is not None, **page}


def _url(name: str, *args: int) -> str:
    return settings.SITE_URL + reverse(name, args=args)


def once(letters: Iterable[tuple[User, dict[str, Any]]], opportunity: Opportunity, reason: object) -> int:
    """Point an item out to each: in their centre, and by mail unless they want none; how many were told.

    The centre has it at once, the mail leaves in office hours.

    Whoever was told of it before, by an alert or by anyone, is not told again. The lock of their settings is the one
    that alerts take, so that neither tells beside the other.
    """
    told = 0
    with transaction.atomic():
        for user, letter in sorted(letters, key=lambda one: one[0].pk):
            frequency = subscriptions.settings_of(user).frequency
            its = {"user": user, "opportunity": opportunity, "kind": Notification.Kind.PROPOSAL}
            if Notification.objects.filter(**its).exists():
                continue
            with translation.override(user.language):
                note([Notification(**its, reason=str(reason)[:300], mail=letter["key"])])
            if frequency != Frequency.NONE:
                mail.queue(**_refusable(letter, user), unasked=True)
            told += 1
    return told


def _refusable(letter: dict[str, Any], user: User) -> dict[str, Any]:
    """With the way to say no more, and found by whoever stops this person's alerts."""
    more = {"settings_url": settings.SITE_URL + reverse("matching:alerts")}
    return {
        **letter,
        "about": subscriptions.about(user),
        "unsubscribe_url": subscriptions.unsubscribe_url(user),
        "context": letter["context"] | more,
    }


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


def _queue(user: User, key: str, template: str, context: dict[str, Any], *, reminder: date | None = None) -> None:
    links = {
        "useful_url": subscriptions.useful_url(user, key),
        "action_url": settings.SITE_URL + reverse(BUTTON[template]),
    }
    letter = {"key": key, "to": [user.email], "template": template, "language": user.language}
    mail.queue(**_refusable({**letter, "context": links | context}, user), reminder=reminder)

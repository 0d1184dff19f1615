"""The centre behind the bell: whoever is written to finds there what the mail tells, written in its transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import F

from accounts import mail
from accounts.models import Email, User
from matching.models import Notification

Kind = Notification.Kind


def tell(letter: dict[str, Any], kind: Notification.Kind) -> Email:
    """Queue a mail, and put its subject and its link before those it is written to; twice is once."""
    email = mail.queue(**letter)
    path = letter["context"]["action_url"].removeprefix(settings.SITE_URL)
    ring(User.objects.filter(email__in=email.to, is_active=True).order_by("pk"), email, kind, path)
    return email


def ring(people: Iterable[User], email: Email, kind: Notification.Kind, path: str) -> None:
    """Put a mail's subject before these people, with where it leads."""
    known = set(Notification.objects.filter(mail=email.key).values_list("user", flat=True))
    row = {"kind": kind, "title": email.subject, "path": path, "mail": email.key}
    note([Notification(user=one, **row) for one in people if one.pk not in known])


def note(notifications: Sequence[Notification]) -> None:
    """Write them, and count them for the bell; people are taken in one order, whoever else tells them something."""
    Notification.objects.bulk_create(notifications)
    count: dict[int, int] = defaultdict(int)
    for one in notifications:
        count[one.user_id] += 1
    if len(count) > 1:
        list(User.objects.filter(pk__in=count).select_for_update(no_key=True).order_by("pk").values_list("pk"))
    for number in set(count.values()):
        people = [user for user, its in count.items() if its == number]
        User.objects.filter(pk__in=people).update(unread=F("unread") + number)

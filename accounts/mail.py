"""Writing mails into the outbox."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import Email
from accounts.tasks import deliver
from pacte.workdays import opening


def rendered(template: str, context: Mapping[str, Any], language: str) -> dict[str, str]:
    """Subject, text and HTML of templates/mail/<template>/ in one language."""
    values = {"site_url": settings.SITE_URL, "language": language, "unsubscribe_url": "", **context}
    with translation.override(language):
        subject = " ".join(render_to_string(f"mail/{template}/subject.txt", values).split())
        return {
            "subject": subject[:250],
            "text": re.sub(r"\n\s*\n", "\n\n", render_to_string(f"mail/{template}/body.txt", values).strip()) + "\n",
            "html": render_to_string(f"mail/{template}/body.html", values),
        }


def unreachable(addresses: Sequence[str]) -> set[str]:
    """Those of these addresses whose server refused a mail of ours for good in the last month, and took none since."""
    rows = Email.objects.refused_by(addresses).order_by("queued_at").values_list("refused", "queued_at")
    last = {address: at for refused, at in rows for address in refused if address in addresses}
    if not last:
        return set()
    later = Email.objects.filter(state=Email.State.SENT, sent_at__gt=min(last.values()), to__overlap=list(last))
    taken = [(one, at) for to, lost, at in later.values_list("to", "refused", "sent_at") for one in {*to} - {*lost}]
    return set(last) - {one for one, at in taken if at and one in last and at > last[one]}


def reminded(addresses: Iterable[str], day: date | None = None) -> set[str]:
    """Those of these addresses that had their reminder of this day (in Paris), whatever it was about."""
    keys = {daily(address, day or timezone.localdate()): address for address in addresses}
    return {keys[key] for key in Email.objects.filter(daily__in=keys).values_list("daily", flat=True)}


def daily(address: str, day: date) -> str:
    """What a reminder of that day to that address is known by: no address outlives its person's account."""
    return hashlib.sha256(f"{day.isoformat()} {address.lower()}".encode()).hexdigest()


def queue(
    *,
    key: str,
    to: Sequence[str],
    template: str,
    context: Mapping[str, Any],
    language: str = "fr",
    cc: Sequence[str] = (),
    reply_to: Sequence[str] = (),
    about: str = "",
    unsubscribe_url: str = "",
    unasked: bool = False,
    reminder: date | None = None,
) -> Email:
    """Write the mail inside the caller's transaction, and ring the worker once that commits.

    `key` says what the mail tells of ("application-received:12"): a second call with the same key writes nothing and
    answers the first row. `about` links it to its object ("application:12"). What nobody's act has just caused is
    `unasked`: written at night, it leaves when offices open. A `reminder` is the only one its reader gets on the day
    given: ask `reminded` first; IntegrityError where another was written meanwhile.
    """
    email, created = Email.objects.get_or_create(
        key=key,
        defaults={
            "to": list(to),
            "cc": list(cc),
            "reply_to": list(reply_to),
            "template": template,
            "language": language,
            "about": about,
            "unsubscribe_url": unsubscribe_url,
            "daily": daily(to[0], reminder) if reminder else "",
            "try_at": opening(timezone.now()) if unasked else timezone.now(),
            **rendered(template, {**context, "unsubscribe_url": unsubscribe_url}, language),
        },
    )
    if created:
        transaction.on_commit(lambda: deliver.delay(email.pk), robust=True)
    return email

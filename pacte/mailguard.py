"""The last gate before a mail leaves: outside production only listed recipients pass."""

from collections.abc import Sequence
from email.utils import parseaddr
from smtplib import SMTP, SMTP_SSL, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address


class PartlyRefused(SMTPRecipientsRefused):
    """The server took the mail for some recipients, and refused those of `recipients`: address → (code, reply)."""


class _Strict:
    """smtplib says nothing while one recipient of several is served, and Django drops what it answers."""

    def sendmail(self, *args: Any, **kwargs: Any) -> dict[str, tuple[int, bytes]]:
        refused = super().sendmail(*args, **kwargs)  # type: ignore[misc]
        if refused:
            raise PartlyRefused(refused)
        return refused


class _StrictSMTP(_Strict, SMTP):
    pass


class _StrictSSL(_Strict, SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Django's, which tells of every recipient that the server refused."""

    @property
    def connection_class(self) -> type[SMTP]:
        return _StrictSSL if self.use_ssl else _StrictSMTP


def mailbox(address: str) -> str:
    """The bare address in lower case, as servers are told it; a ValueError for what is none."""
    return parseaddr(sanitize_address(address, "utf-8"))[1].lower()


def allowed(address: str, rules: Sequence[str]) -> bool:
    """Is this recipient an allowed address, or in an allowed domain? A rule `*` lets everyone pass."""
    try:
        bare = mailbox(address)
    except ValueError:  # not an address at all
        return False
    return any(rule == "*" or bare == rule or bare.endswith(f"@{rule}") for rule in map(str.lower, rules))


class GuardedBackend(BaseEmailBackend):
    """Hands messages to MAIL_BACKEND, unless a recipient is not in MAIL_ALLOWED: then nothing of the batch leaves.

    The refusal is SMTP's own exception (550, permanent), so that the outbox treats it as it treats a server's.
    """

    def __init__(self, fail_silently: bool = False, **options: object) -> None:
        super().__init__(fail_silently=fail_silently)
        self.connection = get_connection(settings.MAIL_BACKEND, fail_silently=fail_silently, **options)

    def open(self) -> bool | None:
        return self.connection.open()

    def close(self) -> None:
        self.connection.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        recipients = [address for message in email_messages for address in message.recipients()]
        refused = {
            address: (550, b"refused by MAIL_ALLOWED: not a recipient this installation may write to")
            for address in recipients
            if not allowed(address, settings.MAIL_ALLOWED)
        }
        if refused:
            raise SMTPRecipientsRefused(refused)
        return self.connection.send_messages(email_messages)

"""The outbox: every mail is a row first, written with the change it tells of."""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pacte.mailguard import PartlyRefused, mailbox
from pacte.states import StateError

TRIES_AFTER = [2, 15, 103, 360, 960]  # minutes after the last try: five more in 24 hours


def new_message_id() -> str:
    return f"<{uuid.uuid4()}@{settings.MAIL_DOMAIN}>"


def addresses_field(verbose_name: Any) -> ArrayField:
    return ArrayField(models.EmailField(), default=list, blank=True, verbose_name=verbose_name)


def is_permanent(error: Exception) -> bool:
    """Whether trying again is useless: a malformed address, or a server that refused every recipient for good."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _reply in error.recipients.values())
    return isinstance(error, ValueError)


class Envelope(EmailMultiAlternatives):
    """To those of its recipients who do not have it yet: its headers name all."""

    delivered: list[str] = []

    def recipients(self) -> list[str]:
        return [address for address in super().recipients() if address not in self.delivered]


class EmailQuerySet(models.QuerySet["Email"]):
    def due(self) -> Self:
        return self.filter(state=Email.State.QUEUED, try_at__lte=timezone.now())

    def failed(self) -> Self:
        return self.filter(state=Email.State.FAILED)

    def refused_by(self, addresses: Iterable[str]) -> Self:
        """Mails of the last month that a server refused for good at one of these addresses."""
        since = timezone.now() - timedelta(days=Email.REFUSED_DAYS)
        return self.filter(refused__overlap=list(addresses), queued_at__gte=since)

    def to_purge(self) -> Self:
        old = timezone.now() - timedelta(days=Email.KEEP_BODY_DAYS)
        return self.filter(queued_at__lt=old, purged_at=None).exclude(state__in=[Email.State.QUEUED, Email.State.HELD])


class Email(models.Model):
    """A mail to send. At-least-once: a crash between the server's yes and our commit repeats it, same Message-ID."""

    MAX_ATTEMPTS = 1 + len(TRIES_AFTER)
    KEEP_BODY_DAYS = 90
    REFUSED_DAYS = 30

    class State(models.TextChoices):
        QUEUED = "queued", _("à envoyer")
        HELD = "held", _("retenu")
        SENT = "sent", _("envoyé")
        FAILED = "failed", _("en échec")
        CANCELLED = "cancelled", _("annulé")

    key = models.CharField(_("clé"), max_length=200, unique=True)  # what it tells of: queueing it twice is one mail
    daily = models.CharField(max_length=64, blank=True, editable=False)  # of reminders: one a day to its reader
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.QUEUED, editable=False)
    template = models.CharField(_("modèle"), max_length=60)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    about = models.CharField(_("à propos de"), max_length=60, blank=True)
    to = addresses_field(_("à"))
    cc = addresses_field(_("copie"))
    reply_to = addresses_field(_("réponse à"))
    delivered = addresses_field(_("déjà reçu par"))  # where a server took it for some of its recipients alone
    refused = addresses_field(_("adresses refusées"))  # for good, at the last try
    unsubscribe_url = models.URLField(  # of mails that one may refuse
        _("adresse de désabonnement"), max_length=500, blank=True, editable=False
    )
    subject = models.CharField(_("objet"), max_length=250)
    text = models.TextField(_("texte"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    message_id = models.CharField(
        _("identifiant du message"), max_length=120, unique=True, default=new_message_id, editable=False
    )
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    error = models.TextField(_("dernière erreur"), blank=True)
    queued_at = models.DateTimeField(_("écrit le"), default=timezone.now)
    try_at = models.DateTimeField(_("prochain essai"), default=timezone.now)
    sent_at = models.DateTimeField(_("envoyé le"), null=True, blank=True)
    purged_at = models.DateTimeField(_("contenu effacé le"), null=True, blank=True)

    objects = EmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="email_state_known", condition=Q(state__in=["queued", "held", "sent", "failed", "cancelled"])
            ),
            models.CheckConstraint(
                name="email_sent_dated",
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
            ),
            models.UniqueConstraint(fields=["daily"], name="email_one_reminder_a_day", condition=~Q(daily="")),
            models.CheckConstraint(name="email_has_recipient", condition=Q(to__len__gt=0)),
        ]
        indexes = [
            models.Index(fields=["try_at"], name="email_due", condition=Q(state="queued")),
            models.Index(fields=["queued_at"], name="email_failed", condition=Q(state="failed")),
            models.Index(fields=["about"], name="email_about"),
            GinIndex(fields=["refused"], name="email_refused", condition=~Q(refused=[])),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_final(self) -> bool:
        return self.state in {self.State.SENT, self.State.FAILED, self.State.CANCELLED}

    def send(self) -> None:
        """Hand the mail to the server, and note what came of it. The caller holds this row's lock."""
        self.attempts += 1
        try:
            self._message().send()
        except (OSError, ValueError) as error:  # smtplib's errors are OSErrors; a malformed address is a ValueError
            self._note_failure(error)
        else:
            self.state, self.sent_at, self.error = self.State.SENT, timezone.now(), ""
            self.delivered, self.refused = [], []
        self.save(update_fields=["state", "attempts", "error", "try_at", "sent_at", "delivered", "refused"])

    def at_fault(self, address: str) -> bool:
        """Whether it is this recipient's own address that keeps the mail from arriving."""
        return address in self.refused or bool(self.delivered and address not in self.delivered)

    def retry(self) -> None:
        """Queue a failed mail again, once its cause is mended; anything else is a StateError."""
        changes = {"state": self.State.QUEUED, "attempts": 0, "refused": [], "try_at": timezone.now()}
        self._change(self.State.FAILED, **changes)

    def hold(self) -> None:
        self._change(self.State.QUEUED, state=self.State.HELD)

    def release(self) -> None:
        self._change(self.State.HELD, state=self.State.QUEUED, try_at=timezone.now())

    def cancel(self) -> None:
        """Never send it. The row's lock is waited for: a mail on its way out wins, and this raises StateError."""
        self._change(self.State.QUEUED, self.State.HELD, self.State.FAILED, state=self.State.CANCELLED)

    def _change(self, *from_states: str, **changes: object) -> None:
        if not Email.objects.filter(pk=self.pk, state__in=from_states).update(**changes):
            raise StateError(_("Cet e-mail n'est plus dans l'état attendu : il vient peut-être de partir."))
        for field, value in changes.items():
            setattr(self, field, value)

    def _message(self) -> Envelope:
        message = Envelope(
            self.subject,
            self.text,
            to=self.to,
            cc=self.cc,
            reply_to=self.reply_to,
            headers={"Message-ID": self.message_id, "Auto-Submitted": "auto-generated", **self._refusal()},
        )
        message.delivered = self.delivered
        message.attach_alternative(self.html, "text/html")
        return message

    def _refusal(self) -> dict[str, str]:
        """RFC 8058: a mail program offers one click, which it sends by POST."""
        if not self.unsubscribe_url:
            return {}
        return {"List-Unsubscribe": f"<{self.unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}

    def _note_failure(self, error: Exception) -> None:
        self.error = f"{type(error).__name__}: {error}"[:2000]
        if isinstance(error, SMTPRecipientsRefused):
            self._note_refusals(error)
        if self.attempts >= self.MAX_ATTEMPTS or is_permanent(error):
            lost = not self.delivered or any(address not in self.delivered for address in self.to)
            self.state = self.State.FAILED if lost else self.State.SENT  # a copy alone may be refused
            self.sent_at = None if lost else timezone.now()
        else:
            self.try_at = timezone.now() + timedelta(minutes=TRIES_AFTER[self.attempts - 1])

    def _note_refusals(self, error: SMTPRecipientsRefused) -> None:
        codes = {mailbox(address): code for address, (code, _reply) in error.recipients.items()}
        self.refused = [one for one in [*self.to, *self.cc] if codes.get(mailbox(one), 0) >= 500]
        if isinstance(error, PartlyRefused):
            self.delivered = [one for one in [*self.to, *self.cc] if mailbox(one) not in codes]

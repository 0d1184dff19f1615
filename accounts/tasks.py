"""Sending what the outbox holds. Celery is a bell: the table is the queue."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts.models import Email

SWEEP = 500  # mails a sweep announces; the next minute's takes the rest


@shared_task
def deliver(email_id: int) -> None:
    """Send one queued mail. Run twice, even at once, it sends once: the lock and `due()` see to it."""
    with transaction.atomic():
        email = Email.objects.due().select_for_update(skip_locked=True).filter(pk=email_id).first()
        if email is not None:
            email.send()


@shared_task
def deliver_due() -> None:
    """Every minute: the mails whose bell was lost, and those whose next try has come."""
    for email_id in Email.objects.due().order_by("try_at").values_list("pk", flat=True)[:SWEEP]:
        deliver.delay(email_id)


@shared_task
def purge_bodies() -> None:
    """Every night: forget what mails said, keep that they were sent."""
    Email.objects.to_purge().update(text="", html="", purged_at=timezone.now())

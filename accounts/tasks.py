"""Sending what the outbox holds. Celery is a bell: the table is the queue."""

from contextlib import suppress
from datetime import timedelta

from allauth.account.models import EmailAddress
from celery import shared_task
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError
from django.utils import timezone

from accounts import doubles
from accounts.models import Email, JoinRequest, Organisation, Presentation, User
from pacte import files, imports

UNCONFIRMED = timedelta(days=7)
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


@shared_task
def forget_unconfirmed() -> None:
    """Every night: give back the SIREN and the address of a sign-up that nobody confirmed in a week."""
    from accounts import imports as files_of_staff
    from accounts import joining  # it writes mails, which ring a task of this module

    files_of_staff.forget_claims(timezone.now() - UNCONFIRMED)
    confirmed = EmailAddress.objects.filter(verified=True, user__memberships__organisation=OuterRef("pk"))
    late = Organisation.objects.filter(~Exists(confirmed), created_at__lt=timezone.now() - UNCONFIRMED)
    signed_up = late.filter(~Exists(files_of_staff.brought_in(OuterRef("pk"))), memberships__isnull=False).distinct()
    for organisation_id in list(signed_up.values_list("pk", flat=True)[:SWEEP]):
        with suppress(ProtectedError), transaction.atomic():  # what others keep of it stays, and it with that
            if joining.inherit(Organisation.objects.get(pk=organisation_id)):
                continue
            people = list(User.objects.filter(memberships__organisation=organisation_id).values_list("pk", flat=True))
            Organisation.objects.filter(pk=organisation_id).delete()
            User.objects.filter(pk__in=people, memberships=None, is_staff=False).delete()
    unread = JoinRequest.objects.filter(
        state=JoinRequest.State.TO_CONFIRM, created_at__lt=timezone.now() - UNCONFIRMED
    )
    strangers = User.objects.filter(join_requests__in=unread, memberships=None, is_staff=False)
    strangers.exclude(emailaddress__verified=True).delete()


@shared_task
def find_doubles() -> None:
    """Every night: organisations that may be one, for staff."""
    doubles.find()


@shared_task
def chase_join_requests() -> None:
    """In office hours: hand to staff the requests to join that nobody answers, and end them."""
    from accounts import joining  # it writes mails, whose module rings the tasks of this one

    joining.chase()


@shared_task
def watch_registry() -> None:
    """Every hour: ask the register again about some of those it was not asked about for a month."""
    from accounts import registry_watch

    registry_watch.look()


@shared_task
def rescue_orphans() -> None:
    """Every night: an organisation whose administrators are all gone gets another from its own people."""
    from accounts import orphans  # as above

    orphans.rescue()


@shared_task
def ask_to_sign() -> None:
    """In office hours: tell those that were there of a new charter or new conditions."""
    from accounts import signature_letters  # as above

    signature_letters.ask_due()


@shared_task
def run_import(import_id: int) -> None:
    """A file of organisations, for some minutes; what is left then rings again. Twice at once does no more."""
    from accounts.imports import WORK  # it rings this task

    if imports.run(WORK, import_id):
        run_import.delay(import_id)


@shared_task
def resume_imports() -> None:
    """Every minute: the imports whose bell was lost, and those whose worker was killed."""
    from accounts.imports import WORK

    imports.ring_stalled(WORK)


@shared_task
def forget_imports() -> None:
    """Every night: what the staff's files said and is of no more use."""
    from accounts import imports as files_of_staff

    files_of_staff.forget(timezone.now())


@shared_task
def scan_presentations() -> None:
    """Have the antivirus look at the presentations sent meanwhile."""
    files.scan_due(Presentation)

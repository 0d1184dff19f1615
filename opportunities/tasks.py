from celery import shared_task
from django.utils import timezone

from accounts.models import Organisation
from opportunities import moderation, upkeep
from opportunities.models import Attachment, Opportunity
from pacte import files, imports
from pacte.states import StateError
from pacte.workdays import at_work

BATCH = 500


@shared_task
def suspend_orphans() -> None:
    """News from below: a group whose access ended offers nothing any more, until staff restore one by one."""
    orphans = Opportunity.objects.published().exclude(owner__state=Organisation.State.VERIFIED)
    for opportunity in orphans[:BATCH]:
        try:
            moderation.suspend(opportunity, by=None, reason=upkeep.ENDED)
        except StateError:
            continue  # staff were faster


@shared_task
def scan_attachments() -> None:
    """Have the antivirus look at what was joined meanwhile."""
    files.scan_due(Attachment)


@shared_task
def run_notice_import(import_id: int) -> None:
    """A file of calls for tender, for some minutes; what is left then rings again. Twice at once does no more."""
    from opportunities.notices import WORK  # it rings this task

    if imports.run(WORK, import_id):
        run_notice_import.delay(import_id)


@shared_task
def resume_notice_imports() -> None:
    """Every minute: the imports whose bell was lost, and those whose worker was killed."""
    from opportunities.notices import WORK

    imports.ring_stalled(WORK)


@shared_task
def close_due() -> None:
    """Close what nobody may apply to any more since midnight in Paris, and tell the groups. Twice does no more."""
    for opportunity in Opportunity.objects.overdue().order_by("apply_by")[:BATCH]:
        try:
            moderation.close(opportunity, by=None)
        except StateError:
            continue  # someone else closed or suspended it a moment ago


@shared_task
def keep_up() -> None:
    """In office hours: what nobody confirmed leaves the lists, what nobody amended is a draft again."""
    now = timezone.now()
    if not at_work(now):
        return
    for opportunity in upkeep.to_suspend(now)[:BATCH]:
        try:
            moderation.suspend(opportunity, by=None, reason=upkeep.STALE)
        except StateError:
            continue  # its group, or staff, were faster
    for opportunity in upkeep.to_give_back(now)[:BATCH]:
        try:
            moderation.give_back(opportunity)
        except StateError:
            continue


@shared_task
def check_links() -> None:
    """Every hour: a batch of the official notices' addresses. Twice at once asks twice, and notes the same."""
    from opportunities import links

    links.look()

from celery import shared_task

from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError

BATCH = 500


@shared_task
def close_due() -> None:
    """Close what nobody may apply to any more since midnight in Paris, and tell the groups. Twice does no more."""
    for opportunity in Opportunity.objects.overdue().order_by("apply_by")[:BATCH]:
        try:
            moderation.close(opportunity, by=None)
        except StateError:
            continue  # someone else closed or suspended it a moment ago

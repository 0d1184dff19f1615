"""Bells. The rows say what is due (`refresh.py`): a task lost, late or run twice changes nothing in the end."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts import freshness
from matching import (
    alerts,
    apply,
    changes,
    digest,
    fairness,
    introduce,
    passing_time,
    portage,
    portage_introduction,
    quiet_posts,
    reminders,
    reposts,
    subscriptions,
)

SLICE = 5
# the engine's numeric libraries are imported inside: a web process reads this module and must stay light


@shared_task
def refresh_due() -> None:
    """Score whatever changed, for a while; beat rings every few seconds, and others want their turn."""
    from matching import refresh

    refresh.refresh_due(seconds=SLICE)


@shared_task
def score_opportunity(opportunity_id: int) -> None:
    """Score one opportunity at once, when someone waits for it."""
    from matching import refresh

    refresh.score_opportunity(opportunity_id)


@shared_task
def score_company(company_id: int) -> None:
    """Score one company at once, when someone waits for it."""
    from matching import refresh

    refresh.score_company(company_id)


@shared_task(ignore_result=False)
def count_audience(fields: dict[str, Any], criteria: list[dict[str, Any]]) -> dict[str, Any]:
    """How many companies an opportunity would reach (`audience.count_audience` asks)."""
    from matching import audience

    return audience.count(fields, criteria)


@shared_task
def count_attention() -> None:
    """Once a day: how much attention each company had this week, which two criteria of the score read."""
    fairness.count_attention()


@shared_task
def note_passing_time() -> None:
    """Several times a day: companies that a date alone has changed are looked at again."""
    passing_time.note(timezone.localdate())


@shared_task
def settle_introductions() -> None:
    """Every ten seconds: tell introductions what became of their mail, and SMEs what became of what they apply to."""
    introduce.settle()
    portage_introduction.settle()
    introduce.promote_waiting()
    apply.cancel_withdrawn()
    changes.announce_due()
    reposts.tell_due()


@shared_task
def climb_ladder() -> None:
    """In office hours, what people are reminded of, one mail a day each: first what waits for their answer.

    What closes soon, and whether a profile is still right, wait for a day without another reminder.
    """
    digest.run()
    reminders.remind_due()
    freshness.ask_due()


@shared_task
def simulate_due() -> None:
    """Compute the reports that were asked for; each batch is kept."""
    from matching import simulate
    from matching.models import SimulationReport

    for report_id in SimulationReport.objects.due().order_by("pk").values_list("pk", flat=True):
        simulate.run(report_id)


@shared_task
def look_at_quiet_posts() -> None:
    """Once an hour: opportunities to which nobody has applied after some days, with what their criteria cost."""
    quiet_posts.look()


@shared_task
def tell_alerts() -> None:
    """Every few minutes: what is new for everyone whose time has come, within the hours in which we write."""
    subscriptions.hold_back_over()
    alerts.tell_due()


@shared_task
def score_portage() -> None:
    """Every half minute: how well the projects that wait fit the groups that are there."""
    from matching import portage_fit

    portage_fit.look_at_due()


@shared_task
def expire_portage() -> None:
    """Once an hour: requests for portage that led nowhere in their time."""
    portage.expire_due()

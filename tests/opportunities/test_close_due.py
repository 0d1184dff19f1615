from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from opportunities import tasks
from opportunities.models import Opportunity
from tests.factories import OpportunityFactory

PARIS = ZoneInfo("Europe/Paris")
State = Opportunity.State


def opportunity(last_day, **fields):
    published = datetime(2026, 1, 5, tzinfo=PARIS)
    return OpportunityFactory(published=True, published_at=published, apply_by=last_day, answer_by=None, **fields)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2026, 10, 25, 23, 59, 59, tzinfo=PARIS), State.PUBLISHED),  # the night the clocks go back
        (datetime(2026, 10, 26, 0, 0, 0, tzinfo=PARIS), State.CLOSED),
    ],
)
def test_the_last_day_counts_whole_in_paris(now, state):
    row = opportunity(date(2026, 10, 25))

    with time_machine.travel(now, tick=False):
        assert Opportunity.objects.open().exists() == (state == State.PUBLISHED)
        tasks.close_due()

    row.refresh_from_db()
    assert row.state == state


def test_the_group_is_told_once_however_often_the_task_runs(mailoutbox, django_capture_on_commit_callbacks):
    row = opportunity(date(2026, 3, 28))

    with time_machine.travel(datetime(2026, 3, 29, 3, tzinfo=PARIS)), django_capture_on_commit_callbacks(execute=True):
        tasks.close_due()
        tasks.close_due()

    row.refresh_from_db()
    assert (row.state, row.history.count()) == (State.CLOSED, 1)
    assert len([mail for mail in mailoutbox if row.contact_email in mail.to]) == 1


def test_undated_and_suspended_ones_stay():
    undated = opportunity(None)
    suspended = opportunity(date(2026, 3, 28))
    Opportunity.objects.filter(pk=suspended.pk).update(state=State.SUSPENDED)

    with time_machine.travel(datetime(2026, 5, 1, tzinfo=PARIS)):
        tasks.close_due()

    undated.refresh_from_db()
    suspended.refresh_from_db()
    assert (undated.state, suspended.state) == (State.PUBLISHED, State.SUSPENDED)

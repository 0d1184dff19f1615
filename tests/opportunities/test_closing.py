from datetime import UTC, date, datetime

import pytest

from accounts.models import Email
from matching import apply
from opportunities.models import Opportunity
from opportunities.tasks import close_due, suspend_orphans
from pacte.states import StateError
from tests.factories import OpportunityFactory, UserFactory, sme_user

State = Opportunity.State


def published(apply_by):
    return OpportunityFactory(published=True, apply_by=apply_by, answer_by=date(2027, 1, 31))


@pytest.mark.parametrize(
    ("last_day", "now", "is_over"),
    [
        # winter: Paris is one hour ahead
        (date(2026, 1, 15), datetime(2026, 1, 15, 22, 59, 59, tzinfo=UTC), False),
        (date(2026, 1, 15), datetime(2026, 1, 15, 23, 0, tzinfo=UTC), True),
        # summer: two hours
        (date(2026, 7, 15), datetime(2026, 7, 15, 21, 59, 59, tzinfo=UTC), False),
        (date(2026, 7, 15), datetime(2026, 7, 15, 22, 0, tzinfo=UTC), True),
        # the nights when the hour changes
        (date(2026, 3, 28), datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), False),
        (date(2026, 3, 28), datetime(2026, 3, 28, 23, 0, tzinfo=UTC), True),
        (date(2026, 3, 29), datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), False),
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, 0, tzinfo=UTC), True),
        (date(2026, 10, 25), datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), False),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, 0, tzinfo=UTC), True),
        # leap day, new year
        (date(2028, 2, 29), datetime(2028, 2, 29, 22, 59, tzinfo=UTC), False),
        (date(2028, 2, 29), datetime(2028, 2, 29, 23, 0, tzinfo=UTC), True),
        (date(2026, 12, 31), datetime(2026, 12, 31, 23, 0, tzinfo=UTC), True),
    ],
)
def test_the_last_day_counts_whole_in_paris(last_day, now, is_over, time_machine):
    opportunity = OpportunityFactory(published=True, apply_by=last_day, answer_by=None)
    time_machine.move_to(now, tick=False)

    close_due()

    opportunity.refresh_from_db()
    assert opportunity.state == (State.CLOSED if is_over else State.PUBLISHED)
    assert opportunity.is_open == Opportunity.objects.open().exists() == (not is_over)


def test_it_is_closed_once_by_nobody_and_nobody_is_woken(time_machine):
    opportunity = published(date(2027, 1, 15))
    time_machine.move_to(datetime(2027, 1, 15, 23, tzinfo=UTC), tick=False)

    close_due()
    close_due()

    line = opportunity.history.get()
    assert (line.before, line.after, line.actor) == (State.PUBLISHED, State.CLOSED, None)
    assert not Email.objects.exists()  # its group hears of it in the morning: tests/matching/test_digest.py


@pytest.mark.parametrize("state", [state for state in State.values if state != State.PUBLISHED])
def test_only_published_ones_are_closed(state, time_machine):
    opportunity = OpportunityFactory(
        state=state, published_at=datetime(2026, 1, 1, tzinfo=UTC), apply_by=date(2026, 1, 15), answer_by=None
    )
    time_machine.move_to(datetime(2027, 1, 16, tzinfo=UTC), tick=False)

    close_due()

    assert Opportunity.objects.get().state == state
    assert not opportunity.history.exists()


def test_one_without_a_last_day_stays_open(time_machine):
    published(None)
    time_machine.move_to(datetime(2030, 1, 1, tzinfo=UTC), tick=False)

    close_due()

    assert Opportunity.objects.get().state == State.PUBLISHED


def test_beat_closes_what_is_due_and_suspends_what_has_no_group_any_more(settings):
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert asked >= {"opportunities.tasks.close_due", "opportunities.tasks.suspend_orphans"}


def test_a_group_whose_access_ends_offers_nothing_any_more():
    opportunity, other = OpportunityFactory.create_batch(2, published=True)
    opportunity.owner.suspend(by=UserFactory(staff=True), reason="Litige")

    suspend_orphans()
    suspend_orphans()

    opportunity.refresh_from_db()
    other.refresh_from_db()
    assert (opportunity.state, other.state) == (State.SUSPENDED, State.PUBLISHED)
    assert Email.objects.filter(template="opportunity_suspended").exists()


def test_nobody_applies_to_a_suspended_group_even_before_its_posts_are_taken_down():
    opportunity = OpportunityFactory(published=True)
    opportunity.owner.suspend(by=UserFactory(staff=True), reason="Litige")

    with pytest.raises(StateError):
        apply.start(opportunity, sme_user())

"""Two workers, and changes that commit while a worker reads: real transactions on real connections."""

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from accounts.models import ProfileChange
from matching import refresh
from matching.models import Match
from tests.matching.market import from_scratch, matches, some_market


@pytest.fixture
def _database(transactional_db):
    """Instead of the usual transaction that is rolled back."""


def in_threads(*actions):
    def run(action):
        try:
            action()
        finally:
            connection.close()

    threads = [Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def test_two_workers_at_once_write_each_match_once():
    companies, opportunities = some_market()
    start, done = Barrier(2), []

    def work():
        start.wait()
        done.append(refresh.refresh_due())

    in_threads(work, work)

    assert sum(one.opportunities for one in done) == len(opportunities)
    assert sum(one.rows for one in done) == Match.objects.count() == len(companies) * len(opportunities)


def test_a_change_that_commits_after_a_later_one_is_not_missed():
    companies, _opportunities = some_market()
    refresh.refresh_due()
    early, late = companies[:2]
    changed, seen = Barrier(2), Barrier(2)

    def slow_change():
        with transaction.atomic():
            early.sme_profile.references.create(title="turbines", place="MA")
            early.touch()
            changed.wait()
            seen.wait()

    def quick_change():
        changed.wait()
        late.touch()
        assert refresh.refresh_due().companies == 1
        seen.wait()

    in_threads(slow_change, quick_change)
    done = refresh.refresh_due()

    assert done.companies == 1
    assert not ProfileChange.objects.exists()
    assert matches() == from_scratch()

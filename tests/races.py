"""Acts of several people at the same moment, each on a connection of its own. For tests with `transaction=True`."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier

from django.core.exceptions import PermissionDenied
from django.db import connection, connections, transaction

from pacte.states import StateError

PATIENCE = 20  # seconds
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def outcome(act):
    """What it answered, or the refusal that its person reads; anything else is a fault of ours."""
    try:
        return act()
    except (StateError, PermissionDenied) as error:
        return error
    finally:
        connections.close_all()


def at_once(*acts):
    """The outcome of each."""
    start = Barrier(len(acts))

    def run(act):
        start.wait(PATIENCE)
        return outcome(act)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def lined_up(rows, *acts):
    """The outcome of each, when somebody holds these rows: an act begins once those before it wait, or are done."""
    with ThreadPoolExecutor(len(acts)) as pool:
        started: list[Future] = []
        with transaction.atomic():
            list(rows.select_for_update(no_key=True))
            for act in acts:
                started.append(pool.submit(outcome, act))
                _settled(started)
        return [one.result(PATIENCE) for one in started]


def _settled(started):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else the first look of the transaction is shown again
            cursor.execute(WAITING)
            (waiting,) = cursor.fetchone()
        if waiting >= sum(not one.done() for one in started):
            return
        time.sleep(0.02)
    raise AssertionError("an act neither waits nor ends")

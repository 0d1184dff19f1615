import time

import pytest
from django.conf import settings
from kombu.exceptions import OperationalError

from pacte.celery import app


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("accounts.tasks.deliver", "mail"),
        ("matching.tasks.score_opportunity", "matching"),
        ("matching.tasks.refresh_due", "matching"),
        ("matching.tasks.settle_introductions", "default"),
    ],
)
def test_each_task_goes_to_its_queue(task, queue):
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_beat_sends_only_tasks_that_exist():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


@pytest.mark.filterwarnings("ignore::celery.exceptions.AlwaysEagerIgnored")
def test_a_dead_broker_costs_a_page_no_time():
    began = time.monotonic()

    with app.connection_for_write("redis://127.0.0.1:1/0") as connection, pytest.raises(OperationalError):
        app.send_task("pacte.tasks.tick", ["mail"], connection=connection)

    assert time.monotonic() - began < 2

"""The Celery app: queues `default`, `mail` and `matching` (settings), and the sign of life that /healthz reads."""

import os
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, beat_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pacte.settings")

app = Celery("pacte")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def worker_is_up(sender: Any, **kwargs: Any) -> None:
    """A worker is alive from its first second, before the first tick reaches it."""
    from pacte import heartbeat

    for queue in sender.task_consumer.queues:
        heartbeat.stamp(queue.name)


@beat_init.connect
def beat_is_up(**kwargs: Any) -> None:
    """Beat is alive when it starts, and each time it has sent something."""
    from pacte import heartbeat

    heartbeat.stamp("beat")
    after_task_publish.connect(lambda **published: heartbeat.stamp("beat"), weak=False)

from celery import shared_task

from pacte import heartbeat


@shared_task(expires=60)
def tick(queue: str) -> None:
    """Beat sends one to each queue; the worker that runs it shows that broker, queue and worker work together."""
    heartbeat.stamp(queue)

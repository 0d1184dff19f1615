"""Signs of life of the workers and of beat, kept in the cache for /healthz."""

import time

from django.conf import settings
from django.core.cache import caches

KEPT = 24 * 3600  # past a day, "never" says as much


def names() -> list[str]:
    """Whose signs of life we expect: beat, and a worker on each queue."""
    return ["beat", *settings.QUEUES]


def stamp(name: str) -> None:
    """Say that `name` is alive now; a cache that is down loses the stamp, nothing else (pages cache)."""
    caches["pages"].set(f"heartbeat:{name}", time.time(), KEPT)


def ages() -> dict[str, float | None]:
    """Seconds since each one's last sign of life; None when there was none for a day."""
    found = caches["pages"].get_many([f"heartbeat:{name}" for name in names()])
    now = time.time()
    seen = {name: found.get(f"heartbeat:{name}") for name in names()}
    return {name: None if at is None else round(max(0.0, now - at), 1) for name, at in seen.items()}

"""What /healthz says: does each part that the site stands on live? Bounded in time, without secrets."""

from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connection

from pacte import heartbeat

# Seconds of silence until a part counts as down. Ticks come every 20 s; scoring may keep its worker busy for minutes.
SILENCE = {"beat": 90, "default": 90, "mail": 90, "matching": 900}


def report() -> dict[str, Any]:
    """The state of each part, with the reasons why the whole is not well; no reasons, all well."""
    problems = []
    if not database_answers():
        problems.append("database: no answer")
    if not broker_answers():
        problems.append("broker: no answer")
    ages = heartbeat.ages()
    for name, age in ages.items():
        if age is None or age > SILENCE[name]:
            who = "beat" if name == "beat" else f"worker of queue {name}"
            problems.append(f"{who}: no sign of life" + ("" if age is None else f" for {age:.0f} s"))
    return {
        "status": "down" if problems else "ok",
        "problems": problems,
        "last_beat_seconds": ages.pop("beat"),
        "last_worker_seconds": ages,
    }


def database_answers() -> bool:
    """A new connection, not a pooled one: that a server let us in an hour ago proves nothing."""
    parameters = connection.get_connection_params() | {"connect_timeout": 2}
    try:
        with psycopg.connect(**parameters) as fresh:
            return fresh.execute("select 1").fetchone() is not None
    except psycopg.Error:
        return False


def broker_answers() -> bool:
    """One PING, asked once."""
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL, socket_connect_timeout=2, socket_timeout=2, retry=None
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False

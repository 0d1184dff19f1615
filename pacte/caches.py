"""A Redis cache that may be lost without a page being lost with it."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def _forgiving(name: str, otherwise: Callable[[], Any]) -> Callable[..., Any]:
    method = getattr(RedisCache, name)

    @wraps(method)
    def call(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            logger.warning("cache %s: %s", name, error)
            return args[1] if name == "get" and len(args) > 1 else kwargs.get("default", otherwise())

    return call


class ForgivingRedisCache(RedisCache):
    """Sessions and page fragments live here: with Redis down they are read from the database or made again.

    Rate limits do not: they use the strict cache, so that a dead Redis never opens the door to guessing passwords.
    """

    get = _forgiving("get", lambda: None)
    get_many = _forgiving("get_many", dict)
    set = _forgiving("set", lambda: None)
    set_many = _forgiving("set_many", list)
    add = _forgiving("add", lambda: True)
    delete = _forgiving("delete", lambda: False)
    has_key = _forgiving("has_key", lambda: False)
    touch = _forgiving("touch", lambda: False)


class SessionCache(ForgivingRedisCache):
    """Copies of sessions live five minutes: one that ended while Redis was away comes back for no longer than that."""

    LONGEST = 300

    def set(self, key: Any, value: Any, timeout: Any = LONGEST, version: int | None = None) -> None:
        super().set(key, value, min(timeout or self.LONGEST, self.LONGEST), version)

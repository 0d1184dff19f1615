import pytest
from django.core.cache import caches
from django.test import Client, TestCase

from opportunities import catalogue


class CommittingClient(Client):
    """Runs what a request left for after its commit, as production would."""

    def request(self, **request):
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)


@pytest.fixture
def client():
    return CommittingClient()


@pytest.fixture
def htmx():
    return {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _database(db):
    """Every test may use the database; a pure one costs nothing by it."""


@pytest.fixture(autouse=True)
def _empty_caches():
    """Rate limits, heartbeats, page fragments and lists of one test are not another's."""
    yield
    catalogue.forget()
    for cache in caches.all(initialized_only=True):
        cache.clear()

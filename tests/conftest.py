import os

import pytest
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.cache import caches
from django.db import connection
from django.test import Client, TestCase
from django.utils import translation

from opportunities import catalogue

OURS = {"pacte", "accounts", "opportunities", "matching"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The long ones first, dealt out to the workers: none is left with one when the others are done.

    A worker begins with its share of the list; what is left of it, others take from its end.
    """
    workers, whole = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), len(items)
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if not item.get_closest_marker("long")]
    items.clear()
    for number in range(workers):
        share = (whole - len(items)) // (workers - number)
        mine = long[number::workers]
        items += [*mine, *short[: share - len(mine)]]
        del short[: share - len(mine)]


class CommittingClient(Client):
    """Runs what a request left for after its commit, as production would."""

    def request(self, **request):
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)

    def force_login(self, user, backend=None):
        """As by the sign-in form: whoever has a second factor has used it."""
        super().force_login(user, backend)
        if Authenticator.objects.filter(user=user).exists():
            session = self.session
            session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
            session["account_authentication_methods_user"] = user_id_to_str(user)
            session.save()


@pytest.fixture
def client():
    return CommittingClient()


@pytest.fixture
def htmx():
    return {"HX-Request": "true"}


@pytest.fixture(scope="session", autouse=True)
def _brought(django_db_setup, django_db_blocker):
    """The rows that our migrations bring, by model: a test on several connections empties them at its end."""
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS and model._meta.managed]
    with django_db_blocker.unblock():
        found = {model: list(model.objects.order_by("pk")) for model in ours}
    return {model: rows for model, rows in found.items() if rows}


@pytest.fixture(autouse=True)
def _database(db, _brought):
    """Every test may use the database, with the rows that its migrations bring, though others emptied it."""
    tables = [f"EXISTS (SELECT FROM {model._meta.db_table})" for model in _brought]
    with connection.cursor() as cursor:
        there = cursor.execute(f"SELECT {', '.join(tables)}").fetchone()
    for (model, rows), is_there in zip(_brought.items(), there, strict=True):
        if not is_there:
            model.objects.bulk_create(rows)


@pytest.fixture(autouse=True)
def _empty_caches():
    """Rate limits, heartbeats, page fragments and lists of one test are not another's."""
    yield
    translation.deactivate()  # a request leaves its language behind
    catalogue.forget()
    for cache in caches.all(initialized_only=True):
        cache.clear()

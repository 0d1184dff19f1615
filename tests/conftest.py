import pytest
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from django.core.cache import caches
from django.test import Client, TestCase
from django.utils import timezone, translation

from matching.engine.weights import HAND_3
from matching.models import WeightsVersion
from opportunities import catalogue


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


@pytest.fixture(autouse=True)
def _database(db):
    """Every test may use the database, with the weights that its migrations bring, though others emptied it."""
    if not WeightsVersion.objects.exists():
        numbers = {name: getattr(HAND_3, name) for name in ("version", "strong", "good", "trade")}
        numbers |= {"weights": dict(HAND_3.weights), "origin": "hand", "activated_at": timezone.now()}
        WeightsVersion.objects.create(**numbers, state="active")


@pytest.fixture(autouse=True)
def _empty_caches():
    """Rate limits, heartbeats, page fragments and lists of one test are not another's."""
    yield
    translation.deactivate()  # a request leaves its language behind
    catalogue.forget()
    for cache in caches.all(initialized_only=True):
        cache.clear()

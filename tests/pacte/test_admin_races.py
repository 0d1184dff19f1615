"""What staff save beside what happens meanwhile: real transactions on real connections."""

import time
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organisation
from tests.backoffice import answers, page_of
from tests.factories import OpportunityFactory, UserFactory, group_user, sign_in_staff, sme_user
from tests.races import PATIENCE, WAITING


@pytest.fixture
def _database(transactional_db):
    """Instead of the usual transaction that is rolled back."""


def meanwhile(row, changes, changed):
    """Change the row, and commit once someone waits for it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            type(row).objects.filter(pk=row.pk).update(**changes)
            changed.set()
            until = time.monotonic() + PATIENCE
            while time.monotonic() < until:
                cursor.execute("SELECT pg_stat_clear_snapshot()")  # else the first look of the transaction stays
                cursor.execute(WAITING)
                if cursor.fetchone()[0]:
                    return
                time.sleep(0.02)
            raise AssertionError("nobody waited")
    finally:
        connection.close()


def opportunity():
    user = group_user()
    return OpportunityFactory(submitted=True, owner=user.organisation, created_by=user)


@pytest.mark.parametrize(
    ("make", "edit", "changes"),
    [
        (opportunity, "title", {"state": "published", "published_at": timezone.now()}),
        (lambda: sme_user().organisation, "name", {"state": Organisation.State.SUSPENDED}),
        (lambda: sme_user().organisation.sme_profile, "products", {"revision": 41, "confirmed_at": timezone.now()}),
        (UserFactory, "job_title", {"password": "argon2$another"}),
    ],
)
def test_saving_in_the_admin_keeps_what_someone_else_changes_at_that_moment(client, make, edit, changes):
    row = make()
    sign_in_staff(client)
    data = answers(client.get(page_of(row))) | {edit: "Vannes corrigées"}
    changed = Event()
    other = Thread(target=meanwhile, args=[row, changes, changed])
    other.start()
    changed.wait(timeout=10)

    response = client.post(page_of(row), data)

    other.join(timeout=30)
    assert response.status_code == 302, response.context["errors"]
    row.refresh_from_db()
    assert getattr(row, edit) == "Vannes corrigées"
    kept = {name: getattr(row, name) for name in changes if name != "revision"}
    assert kept == {name: value for name, value in changes.items() if name != "revision"}
    assert getattr(row, "revision", 41) >= changes.get("revision", 0)

"""The register is asked again once a month; closed companies wait for staff, who suspend or close them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import registry_watch, tasks
from accounts.models import Organisation
from accounts.registry import Company, FixtureRegistry, RegistryDown
from tests.factories import OrganisationFactory, sign_in_staff

pytestmark = pytest.mark.django_db
CLOSED, OPEN = "000000141", "000000109"


def month_old(siren, **fields):
    organisation = OrganisationFactory(siren=siren, **fields)
    Organisation.objects.filter(pk=organisation.pk).update(created_at=timezone.now() - timedelta(days=31))
    return organisation


def queued():
    return {row.siren: row.registry_alert for row in registry_watch.for_staff()}


def test_a_closed_company_waits_for_staff_and_an_open_one_does_not(client):
    month_old(CLOSED)
    month_old(OPEN)

    tasks.watch_registry()

    assert queued() == {CLOSED: "closed"}
    sign_in_staff(client)
    home = client.get(reverse("admin:index"))
    queue = next(one for one in home.context["queues"] if one["label"] == "Ce que dit le registre")
    assert queue["count"] == 1
    rows = client.get(queue["url"]).context["cl"].result_list
    assert [row.siren for row in rows] == [CLOSED]


def test_what_staff_have_seen_leaves_the_queue_until_the_register_says_something_else(client, monkeypatch):
    closed = month_old(CLOSED)
    registry_watch.look()
    sign_in_staff(client)

    client.post(reverse("admin:accounts_organisation_transition", args=[closed.pk, "looked"]))
    assert queued() == {}
    Organisation.objects.update(registry_checked_at=timezone.now() - timedelta(days=31))
    registry_watch.look()
    assert queued() == {}

    monkeypatch.setattr("accounts.registry.lookup", lambda siren: Company(siren, "DÉMO", category="GE"))
    Organisation.objects.update(registry_checked_at=timezone.now() - timedelta(days=31))
    registry_watch.look()
    assert queued() == {CLOSED: "large"}


@pytest.mark.parametrize(
    ("kind", "row", "company", "said"),
    [
        ("sme", {}, {"category": "GE"}, "large"),
        ("group", {}, {"category": "GE"}, ""),
        ("sme", {"category": "GE"}, {"category": "GE"}, ""),  # staff let it in as it was
        ("sme", {"naf": "28.14Z"}, {"naf": "62.01Z"}, "trade"),
        ("sme", {"naf": ""}, {"naf": "62.01Z"}, ""),
    ],
)
def test_what_the_register_says_that_changes_things(monkeypatch, kind, row, company, said):
    month_old(OPEN, kind=kind, **row)
    monkeypatch.setattr("accounts.registry.lookup", lambda siren: Company(siren, "DÉMO", **company))

    registry_watch.look()

    assert queued() == ({OPEN: said} if said else {})


@pytest.mark.parametrize(("days", "asked"), [(29, 0), (31, 1)])
def test_everyone_is_asked_about_once_a_month(monkeypatch, days, asked):
    calls = []
    organisation = month_old(OPEN)
    Organisation.objects.update(registry_checked_at=timezone.now() - timedelta(days=days))
    monkeypatch.setattr("accounts.registry.lookup", lambda siren: calls.append(siren))

    registry_watch.look()
    registry_watch.look()

    assert calls == [organisation.siren] * asked


def test_a_register_that_is_down_is_asked_again_the_next_hour(monkeypatch):
    month_old(OPEN)

    def down(siren):
        raise RegistryDown("no")

    monkeypatch.setattr("accounts.registry.lookup", down)
    registry_watch.look()
    monkeypatch.setattr("accounts.registry.lookup", FixtureRegistry().lookup)

    assert registry_watch.look() == 1

"""Staff copy, edit, simulate and sign weights in the admin."""

import pytest
from django.urls import reverse

from matching import simulate, weights
from matching.models import SimulationReport, WeightsVersion
from tests.backoffice import answers, page_of
from tests.factories import MatchFactory, sign_in_staff


@pytest.fixture
def staff(client):
    return sign_in_staff(client)


@pytest.fixture
def draft(staff):
    return weights.copy(WeightsVersion.objects.get(version="hand-3"), by=staff)


def press(client, version, name, **fields):
    return client.post(
        reverse("admin:matching_weightsversion_transition", args=[version.pk, name]), fields, follow=True
    )


def test_the_version_in_force_is_only_read_and_copied(client, staff):
    version = WeightsVersion.objects.get(version="hand-3")

    assert "weight_text" not in client.get(page_of(version)).text
    press(client, version, "copy")

    assert WeightsVersion.objects.filter(state="draft", parent=version).count() == 1


def test_a_draft_has_a_number_a_criterion_and_keeps_them(client, staff, draft):
    fields = answers(client.get(page_of(draft)))
    assert fields["weight_text"] == 1.0

    client.post(page_of(draft), fields | {"weight_text": "1.5"})

    draft.refresh_from_db()
    assert draft.weights["text"] == 1.5
    assert draft.history.get().changes["weights"][1]["text"] == 1.5


def test_a_negative_weight_is_refused(client, staff, draft):
    response = client.post(page_of(draft), answers(client.get(page_of(draft))) | {"weight_text": "-1"})

    assert "weight_text" in response.context["adminform"].form.errors


def test_a_draft_is_simulated_signed_and_rolled_back(client, staff, draft):
    MatchFactory(parts=[["text", "met", 50.0, 50.0, {}]])
    press(client, draft, "simulate")
    report = SimulationReport.objects.get()
    simulate.run(report.pk)

    assert client.get(page_of(report)).status_code == 200
    press(client, draft, "activate", signature="Camille Essai")
    assert weights.active().version == "hand-3"  # reservations want a reason
    press(client, draft, "activate", signature="Camille Essai", reason="Premier essai.")
    assert weights.active().version == draft.version
    press(client, draft, "roll-back")
    assert weights.active().version == "hand-3"

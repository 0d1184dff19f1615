"""Staff copy, edit, simulate and sign weights in the admin."""

import json

import pytest
from django.urls import reverse

from matching import simulate, weights
from matching.models import SimulationReport, WeightsVersion
from tests.backoffice import answers, page_of
from tests.factories import MatchFactory, OpportunityFactory, sign_in_staff


@pytest.fixture
def staff(client):
    return sign_in_staff(client)


@pytest.fixture
def draft(staff):
    return weights.copy(WeightsVersion.objects.get(version="hand-4"), by=staff)


def press(client, version, name, **fields):
    return client.post(
        reverse("admin:matching_weightsversion_transition", args=[version.pk, name]), fields, follow=True
    )


def test_the_version_in_force_is_only_read_and_copied(client, staff):
    version = WeightsVersion.objects.get(version="hand-4")

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
    assert weights.active().version == "hand-4"  # reservations want a reason
    press(client, draft, "activate", signature="Camille Essai", reason="Premier essai.")
    assert weights.active().version == draft.version
    press(client, draft, "roll-back")
    assert weights.active().version == "hand-4"


@pytest.fixture
def split(tmp_path):
    """Two firms and a need that the second one won."""
    firms = [
        {"supplier_id": f"S{n}", "name": f"DÉMO {n}", "awards": [
            {"objet": text, "cpv": None, "dept": None, "region": None, "buyer": "B", "date": None}
        ]}
        for n, text in enumerate(["Fourniture de pain", "Fourniture de vannes"], start=1)
    ]  # fmt: skip
    need = {"query_id": "Q1", "titre": "Vannes", "cpv": None, "dept": None, "region": None}
    (tmp_path / "suppliers.jsonl").write_text("".join(json.dumps(firm) + "\n" for firm in firms))
    (tmp_path / "queries.jsonl").write_text(json.dumps(need) + "\n")
    (tmp_path / "qrels.tsv").write_text("query_id\tsupplier_id\tgrade\ttrack\nQ1\tS2\t3\tnew\n")
    return tmp_path


def test_a_simulation_shows_real_awards_beside_where_their_folder_is_told(client, staff, draft, split):
    press(client, draft, "simulate", bench=str(split))
    report = SimulationReport.objects.get()
    simulate.run(report.pk)

    report.refresh_from_db()
    assert report.error == ""
    assert [round(figures["ndcg@10"][0], 2) for figures in report.data["bench"]] == [1.0, 1.0]
    assert "ndcg@10" in client.get(page_of(report)).text


def test_a_folder_that_is_no_bench_is_said_beside_its_field(client, staff, draft, tmp_path):
    response = press(client, draft, "simulate", bench=str(tmp_path))

    assert "pas un banc d" in response.text
    assert not SimulationReport.objects.exists()


def test_a_report_speaks_of_titles_and_levels_and_says_what_it_cannot_see(client, staff, draft):
    opportunity = OpportunityFactory(published=True, title="Vannes pour Safi")
    trade = [["text", "met", 50.0, 50.0, {}], ["place", "missing", 0.0, 50.0, {}]]
    place = [["text", "partly", 30.0, 50.0, {}], ["place", "met", 50.0, 50.0, {}]]
    for parts in (trade, place):
        MatchFactory(opportunity=opportunity, parts=parts, band="good")
    weights.edit(draft, by=staff, weights=draft.weights | {"text": 0.1, "place": 9.0, "newcomer": 0.5})
    press(client, draft, "simulate")
    report = SimulationReport.objects.get()
    simulate.run(report.pk)

    page = client.get(page_of(report)).text

    assert "Vannes pour Safi" in page
    assert "Adéquations passées de" in page
    assert "ne pesaient rien jusqu" in page

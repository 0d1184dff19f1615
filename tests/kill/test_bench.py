"""The benchmark runs in a database of its own, says what it promises to say, and leaves nothing behind."""

import json

import pytest

from tests.kill.town import Town

pytestmark = pytest.mark.long

KEYS = {
    "smes", "opportunities", "opportunity_to_smes_p50_ms", "opportunity_to_smes_p95_ms", "sme_to_opportunities_p95_ms",
    "rss_mb", "cold_start_s", "snapshot_start_s", "visible_s", "full_refresh_s", "naive_ratio", "floor_ratio",
    "audience_p95_ms",
}  # fmt: skip


@pytest.fixture
def town():
    town = Town()
    yield town
    town.close()


def test_a_small_benchmark_writes_every_figure(town, tmp_path):
    figures = tmp_path / "figures.json"
    town.migrate()

    told = town.manage("bench_matching", "--smes", "12000", "--opportunities", "5", "--json", str(figures))

    found = json.loads(figures.read_text())
    assert found.keys() >= KEYS
    assert all(value > 0 for value in found.values())
    assert found["matches"] == 5 * 500
    assert all(name in told for name in KEYS)
    assert "opportunity_to_smes_p50_ms_10k" in told
    assert town.query("select datname from pg_database where datname like '%bench%'") == []

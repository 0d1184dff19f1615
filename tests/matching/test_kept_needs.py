"""A worker keeps needs written out; what it reads is what was written, and its file is believed while it is true."""

import pytest

from matching import features, kept_needs, market, refresh
from matching.engine.needs import need_vectors
from opportunities.models import Opportunity
from tests.matching.market import from_scratch, matches, some_market


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    settings.MATCHING_SNAPSHOTS = tmp_path / "snapshots"
    monkeypatch.setattr(market, "FEW", 0)  # however few there are
    return settings.MATCHING_SNAPSHOTS


def restarted():
    market.forget()
    refresh.refresh_due()


def test_what_is_read_is_what_was_written():
    some_market()
    refresh.refresh_due()
    with refresh.one_pass() as present:
        for need, _revision in features.load_needs(list(present.needs.vectors)):
            made = need_vectors(need, present.statistics, present.lexicon)
            assert kept_needs.write(present.needs.vectors[need.id]) == kept_needs.write(made)


def test_a_worker_that_starts_again_makes_no_need_anew(monkeypatch):
    some_market()
    refresh.refresh_due()
    before, made = matches(), []
    monkeypatch.setattr(features, "load_needs", lambda ids: made.extend(ids) or iter(()))

    restarted()

    assert made == []
    assert matches() == before


def test_one_that_changed_since_is_made_anew():
    some_market()
    refresh.refresh_due()
    one = Opportunity.objects.earliest("pk")
    one.title = "Turbines pour un barrage"
    one.save()

    restarted()

    assert matches() == from_scratch()


def test_a_spoilt_file_is_not_believed(folder):
    some_market()
    refresh.refresh_due()
    for file in folder.glob("needs-*.txt"):
        file.write_bytes(b"1 x\nnothing")

    with refresh.one_pass() as present:
        assert kept_needs.load(present.corpus) == {}
    restarted()

    assert matches() == from_scratch()

"""A worker starts from its machine's file, once it is proven current, else from PostgreSQL, to the same effect."""

import random

import pytest
from django.db import connection

from accounts.models import Organisation
from matching import archive, engine, market, refresh, saved_index
from tests.matching.market import from_scratch, matches, some_company, some_market


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MATCHING_SNAPSHOTS = tmp_path / "snapshots"
    return settings.MATCHING_SNAPSHOTS


def restarted():
    """The matches after another worker, with nothing in memory, has looked again."""
    market.forget()
    refresh.refresh_due()
    return matches()


@pytest.fixture
def _filed():
    """A market that has been scored, and its file."""
    some_market()
    refresh.refresh_due()
    restarted()


@pytest.mark.usefixtures("_filed")
def test_a_worker_that_starts_again_reads_its_file_alone(monkeypatch):
    before = matches()
    monkeypatch.setattr(archive, "in_chunks", lambda: pytest.fail("read from PostgreSQL"))

    assert restarted() == before


@pytest.mark.usefixtures("_filed")
def test_what_changed_since_the_file_was_made_is_taken_in():
    company = Organisation.objects.smes().earliest("pk")
    company.sme_profile.references.create(title="turbines", place="MA")
    company.touch()
    some_company(random.Random(4))

    assert restarted() == from_scratch()


@pytest.mark.usefixtures("_filed")
@pytest.mark.parametrize(
    ("change", "believed"),
    [
        ("UPDATE matching_packed SET serial = nextval('matching_packed_serial')", True),  # written since
        ("UPDATE matching_packed SET serial = 1 - serial", False),
        ("DELETE FROM matching_packed", False),
        ("UPDATE matching_name SET name = name || 'x'", False),
    ],
)
def test_a_file_is_believed_only_with_the_past_it_was_made_from(change, believed):
    present = market.current()

    with connection.cursor() as cursor:
        cursor.execute(change)

    assert (saved_index.load(present.corpus, engine.Lexicon()) is not None) is believed


@pytest.mark.usefixtures("_filed")
def test_a_file_cut_short_is_not_believed(folder):
    before = matches()
    [file] = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-200])

    assert restarted() == before


@pytest.mark.usefixtures("_filed")
def test_a_machine_keeps_one_file(folder):
    [before] = folder.iterdir()

    market.renew_statistics()
    restarted()

    [after] = folder.iterdir()
    assert after != before

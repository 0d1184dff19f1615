"""A file is carried out batch by batch: stopped, resumed, killed, run twice; no line is done twice."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts import imports as organisations
from accounts.models import Organisation, OrganisationImport
from accounts.tasks import resume_imports, run_import
from pacte import imports
from tests.accounts.company_files import State, imported, line, move, send, written
from tests.factories import sign_in_staff


@pytest.fixture(autouse=True)
def _staff(client):
    sign_in_staff(client)


def ready(client, count):
    """A file looked at and told to start, whose worker has not come yet."""
    send(client, written([line(number) for number in range(count)]))
    one = OrganisationImport.objects.get()
    OrganisationImport.objects.update(state=State.RUNNING, done=0, touched_at="2020-01-01T00:00Z")
    return one


def test_a_batch_is_a_transaction_that_says_how_far_it_is(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)

    more = [(imports.batch(organisations.WORK, one.pk), Organisation.objects.count()) for _ in range(3)]

    assert more == [(True, 2), (True, 4), (False, 5)]


def test_while_it_runs_the_counts_are_of_what_is_done(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)
    looked_at = one.counts()["created"]
    imports.batch(organisations.WORK, one.pk)
    one.refresh_from_db()

    assert (looked_at, one.counts()["created"]) == (5, 2)


def test_a_worker_lost_in_the_midst_leaves_no_half_batch_and_another_goes_on(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)
    imports.batch(organisations.WORK, one.pk)
    create = organisations.create
    monkeypatch.setattr(organisations, "keep_contacts", lambda found: exit_at_once())
    with pytest.raises(SystemExit):
        imports.batch(organisations.WORK, one.pk)
    monkeypatch.undo()
    left = Organisation.objects.count()
    OrganisationImport.objects.update(touched_at="2020-01-01T00:00Z")

    resume_imports()

    one.refresh_from_db()
    assert left == 2
    assert (one.state, one.done) == (State.DONE, 5)
    assert Organisation.objects.count() == one.rows.filter(outcome="created").count() == 5
    assert organisations.create is create


def exit_at_once():
    raise SystemExit


def test_what_staff_drop_while_it_is_read_stays_dropped(client, monkeypatch):
    one = ready(client, 1)
    OrganisationImport.objects.update(state=State.READING, total=None, type="csv", content=written([line(1)]))
    one.rows.all().delete()
    rows_of = imports.rows_of

    def slowly(*args):
        OrganisationImport.objects.update(state=State.DROPPED)
        return rows_of(*args)

    monkeypatch.setattr(imports, "rows_of", slowly)

    run_import(one.pk)

    one.refresh_from_db()
    assert (one.state, one.rows.count()) == (State.DROPPED, 0)


def test_a_task_that_runs_twice_does_no_more(client):
    one = ready(client, 3)

    run_import(one.pk)
    run_import(one.pk)

    assert Organisation.objects.count() == 3
    assert one.history.filter(after=State.DONE).count() == 1


def test_it_can_be_stopped_and_taken_up_again(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    one = ready(client, 5)
    imports.batch(organisations.WORK, one.pk)

    move(client, one, "stop")
    run_import(one.pk)
    stopped = Organisation.objects.count()
    move(client, one, "resume")

    one.refresh_from_db()
    assert (stopped, Organisation.objects.count(), one.state, one.done) == (2, 5, State.DONE, 5)


def test_who_signs_up_meanwhile_keeps_what_they_said(client, monkeypatch):
    one = ready(client, 2)
    create, calls = organisations.create, []

    def slow(*args):
        calls.append(args)
        if len(calls) == 1:
            raise IntegrityError("that number was taken a moment ago")
        create(*args)

    monkeypatch.setattr(organisations, "create", slow)

    run_import(one.pk)

    assert (len(calls), Organisation.objects.count()) == (2, 2)


def test_two_files_at_once_end_both(client, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 1)
    one = ready(client, 12)
    create, calls = organisations.create, []

    def beaten(*args):
        calls.append(args)
        if len(calls) % 2:
            raise IntegrityError("another file was faster")
        create(*args)

    monkeypatch.setattr(organisations, "create", beaten)

    run_import(one.pk)

    one.refresh_from_db()
    assert (one.state, Organisation.objects.count()) == (State.DONE, 12)


def test_a_fault_of_ours_stops_it_and_says_so(client, monkeypatch, caplog):
    one = ready(client, 2)
    monkeypatch.setattr(organisations, "create", lambda *args: {}["no such thing"])

    run_import(one.pk)

    one.refresh_from_db()
    assert (one.state, Organisation.objects.count()) == (State.STOPPED, 0)
    assert "Une erreur inattendue" in one.complaint


def test_beat_leaves_alone_those_that_a_worker_is_at(client):
    one = ready(client, 2)
    OrganisationImport.objects.update(touched_at=imports.timezone.now())

    resume_imports()

    one.refresh_from_db()
    assert one.state == State.RUNNING


@pytest.mark.parametrize("rows", [2, 60])
def test_a_batch_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    one = ready(client, rows)

    with django_assert_num_queries(BATCH_QUERIES):
        imports.batch(organisations.WORK, one.pk)


BATCH_QUERIES = 18


def test_two_thousand_lines(client):
    one = imported(client, [line(number) for number in range(2000)])

    assert (one.state, one.done, Organisation.objects.count()) == (State.DONE, 2000, 2000)


def test_its_page_counts_by_itself_and_is_loaded_anew_once_its_state_is_another(client, htmx):
    one = ready(client, 3)
    page = reverse("admin:accounts_organisationimport_change", args=[one.pk])

    same = client.get(f"{page}?state=running", headers=htmx)
    other = client.get(f"{page}?state=reading", headers=htmx)
    whole = client.get(page)

    assert 'hx-trigger="every 2s"' in same.content.decode()
    assert (other.content, other["HX-Refresh"]) == (b"", "true")
    assert 'hx-trigger="every 2s"' in whole.content.decode()
    run_import(one.pk)
    assert "hx-trigger" not in client.get(page).content.decode()

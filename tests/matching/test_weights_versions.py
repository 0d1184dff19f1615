"""Weights that were in force once stay as they were: the model says so, and the database to whoever goes round it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from matching.models import SimulationReport, WeightsVersion

Version = WeightsVersion


def draft(version="copie-1", **fields):
    numbers = {"weights": {"text": 1.0}, "strong": 45.0, "good": 30.0, "trade": 0.2}
    return Version.objects.create(version=version, **{**numbers, **fields})


def hand():
    return Version.objects.get(version="hand-4")


def refused(act):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return str(caught.value)


def test_a_version_that_makes_room_for_the_little_proposed_is_in_force_from_the_start():
    version = hand()

    assert version.is_active
    assert (version.strong, version.good, version.trade) == (45.0, 30.0, 0.2)
    assert (version.weights["text"], version.weights["exposure"], version.weights["newcomer"]) == (1.0, 0.16, 0.0)
    assert len(version.weights) == 19


def test_what_groups_may_ask_since_was_added_to_the_numbers_that_were_in_force():
    before = Version.objects.get(version="hand-3")

    assert (before.state, hand().parent) == (Version.State.FORMER, before)
    assert hand().weights == {**before.weights, "sectors": 0.3, "volume": 0.15}


@pytest.mark.parametrize(
    "change",
    [
        {"weights": {"text": 2.0}},
        {"strong": 50.0},
        {"good": 20.0},
        {"trade": 0.3},
        {"note": "Autre chose."},
        {"version": "autre"},
        {"state": "draft"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_database_refuses_to_change_what_was_in_force(change):
    assert "stay as they were" in refused(lambda: Version.objects.filter(version="hand-4").update(**change))


def test_the_database_refuses_to_delete_what_was_in_force():
    assert "stay as they were" in refused(lambda: Version.objects.filter(version="hand-4")._raw_delete("default"))


def test_a_former_version_is_kept_too():
    Version.objects.filter(version="hand-4").update(state=Version.State.FORMER)

    assert "stay as they were" in refused(lambda: Version.objects.filter(version="hand-4").update(strong=50.0))


def test_saving_an_edit_of_what_was_in_force_is_refused_in_words():
    version = hand()
    version.strong = 50.0

    with pytest.raises(ValidationError, match="copiez-la"):
        version.save()


def test_a_draft_may_be_edited_and_deleted():
    version = draft()

    version.weights = {"text": 2.0}
    version.save()

    assert Version.objects.get(pk=version.pk).weights == {"text": 2.0}
    assert version.delete()[0] == 1


def test_only_one_version_is_in_force():
    assert "weights_one_active" in refused(lambda: draft(state=Version.State.ACTIVE, activated_at=timezone.now()))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"weights": {"text": -0.1}}, "weights_none_negative"),
        ({"weights": {"text": "1"}}, "weights_none_negative"),
        ({"weights": {"text": 0.0}}, "weights_some_positive"),
        ({"weights": {}}, "weights_some_positive"),
        ({"strong": 30.0}, "weights_bands_in_order"),
        ({"strong": 100.1}, "weights_bands_in_order"),
        ({"good": 0.0}, "weights_bands_in_order"),
        ({"trade": 1.1}, "weights_trade_is_a_share"),
        ({"trade": -0.1}, "weights_trade_is_a_share"),
        ({"state": "former"}, "weights_activated_dated"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(fields, constraint):
    assert constraint in refused(lambda: draft(**fields))


@pytest.mark.parametrize("fields", [{"weights": {"text": 0.0, "place": 0.1}}, {"strong": 100.0}, {"trade": 1.0}])
def test_numbers_on_the_right_side_of_the_bounds_are_taken(fields):
    assert draft(**fields).pk


def test_a_report_is_signed_once_it_is_done_and_then_kept():
    report = SimulationReport.objects.create(version=draft(), against=hand(), numbers={})
    rows, now = SimulationReport.objects.filter(pk=report.pk), timezone.now()

    assert "simulation_signed_once_done" in refused(lambda: rows.update(signed_at=now, signature="Camille Essai"))
    rows.update(finished_at=now, signed_at=now, signature="Camille Essai")
    assert "stays as it was" in refused(lambda: rows.update(data={"gate": []}))
    assert "stays as it was" in refused(lambda: rows._raw_delete("default"))

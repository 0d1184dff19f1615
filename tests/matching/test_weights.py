"""Weights are copied, edited, simulated, signed and put into force; and taken back."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from matching import weights
from matching.models import SimulationReport, WeightsVersion
from pacte.states import StateError
from tests.factories import UserFactory


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def hand():
    return WeightsVersion.objects.get(version="hand-4")


def simulated(version, against, *, passed=True, numbers=None):
    gate = [{"check": "monotone", "passed": passed}]
    return SimulationReport.objects.create(
        version=version, against=against, numbers=numbers or version.numbers(), data={"gate": gate},
        finished_at=timezone.now(), progress=100,
    )  # fmt: skip


def history(version):
    return list(version.history.values_list("before", "after", "reason"))


def test_the_version_in_force_is_one_query(hand, django_assert_num_queries):
    with django_assert_num_queries(1):
        numbers = weights.active()

    assert (numbers.version, numbers.weights, numbers.strong) == ("hand-4", hand.weights, 45.0)


def test_a_copy_is_a_draft_with_the_same_numbers(hand, staff):
    copy = weights.copy(hand, by=staff)

    assert copy.is_draft
    assert (copy.numbers(), copy.parent, copy.origin, copy.created_by) == (hand.numbers(), hand, "copy", staff)
    assert weights.active().version == "hand-4"


def test_an_edit_is_remembered(hand, staff):
    copy = weights.copy(hand, by=staff)

    weights.edit(copy, by=staff, strong=50.0, good=30.0)

    copy.refresh_from_db()
    assert copy.strong == 50.0
    assert list(copy.history.values_list("changes", flat=True)) == [{"strong": [45.0, 50.0]}]


def test_an_edit_that_makes_no_sense_is_refused_in_words(hand, staff):
    with pytest.raises(ValidationError, match="commencer plus haut"):
        weights.edit(weights.copy(hand, by=staff), by=staff, strong=20.0)


@pytest.mark.parametrize(("numbers", "told"), [({"text": 0.0}, "Au moins un"), ({"text": -1.0}, "jamais négatif")])
def test_weights_that_make_no_sense_are_refused_in_words(hand, staff, numbers, told):
    with pytest.raises(ValidationError, match=told):
        weights.edit(weights.copy(hand, by=staff), by=staff, weights=numbers)


def test_what_is_in_force_is_not_edited(hand, staff):
    with pytest.raises(StateError, match="copiez-la"):
        weights.edit(hand, by=staff, strong=50.0)


def test_a_signed_report_puts_a_draft_into_force(hand, staff):
    copy = weights.copy(hand, by=staff)
    report = simulated(copy, hand)

    weights.activate(copy, by=staff, signature="Camille Essai")

    hand.refresh_from_db()
    report.refresh_from_db()
    assert weights.active().version == copy.version
    assert (hand.state, copy.activated_by) == ("former", staff)
    assert (report.signature, report.signed_by) == ("Camille Essai", staff)
    assert history(copy) == [("draft", "active", "")]
    assert history(hand) == [("active", "former", "")]


def test_nothing_is_put_into_force_without_its_report(hand, staff):
    with pytest.raises(StateError, match="Simulez"):
        weights.activate(weights.copy(hand, by=staff), by=staff, signature="Camille Essai")


def test_a_report_about_other_numbers_does_not_count(hand, staff):
    copy = weights.copy(hand, by=staff)
    simulated(copy, hand)
    weights.edit(copy, by=staff, strong=50.0)

    with pytest.raises(StateError, match="telle qu'elle est"):
        weights.activate(copy, by=staff, signature="Camille Essai")


def test_a_report_against_another_version_than_the_one_in_force_does_not_count(hand, staff):
    copy = weights.copy(hand, by=staff)
    simulated(copy, weights.copy(hand, by=staff))

    with pytest.raises(StateError, match="Simulez"):
        weights.activate(copy, by=staff, signature="Camille Essai")


def test_a_report_that_failed_does_not_count(hand, staff):
    copy = weights.copy(hand, by=staff)
    report = simulated(copy, hand)
    SimulationReport.objects.filter(pk=report.pk).update(error="Arrêtée.")

    with pytest.raises(StateError, match="Simulez"):
        weights.activate(copy, by=staff, signature="Camille Essai")


def test_a_blank_signature_signs_nothing(hand, staff):
    copy = weights.copy(hand, by=staff)
    simulated(copy, hand)

    with pytest.raises(StateError, match="Signez"):
        weights.activate(copy, by=staff, signature="  ")


def test_a_failed_check_wants_a_reason_and_keeps_it(hand, staff):
    copy = weights.copy(hand, by=staff)
    simulated(copy, hand, passed=False)

    with pytest.raises(StateError, match="réserves"):
        weights.activate(copy, by=staff, signature="Camille Essai")
    weights.activate(copy, by=staff, signature="Camille Essai", reason="Pas de décisions encore.")

    assert history(copy) == [("draft", "active", "Pas de décisions encore.")]


def test_rolling_back_puts_the_one_before_into_force(hand, staff):
    copy = weights.copy(hand, by=staff)
    simulated(copy, hand)
    weights.activate(copy, by=staff, signature="Camille Essai")

    weights.roll_back(copy, by=staff, reason="Trop de vannes.")

    assert weights.active().version == "hand-4"
    assert history(hand)[-1] == ("former", "active", "Trop de vannes.")


def test_rolling_back_twice_is_refused_the_second_time(hand, staff):
    copy = weights.copy(hand, by=staff)
    simulated(copy, hand)
    weights.activate(copy, by=staff, signature="Camille Essai")
    weights.roll_back(copy, by=staff)

    with pytest.raises(StateError, match="n'est plus en vigueur"):
        weights.roll_back(copy, by=staff)


def test_the_first_version_has_nothing_before_it(hand, staff):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # none can be deleted otherwise
        cursor.execute("UPDATE matching_weightsversion SET parent_id = NULL WHERE id = %s", [hand.pk])
        cursor.execute("DELETE FROM matching_weightsversion WHERE id <> %s", [hand.pk])

    with pytest.raises(StateError, match="précédée"):
        weights.roll_back(hand, by=staff)


def test_who_may_not_does_not(hand):
    someone = UserFactory(is_staff=True)

    for act in (
        lambda: weights.copy(hand, by=someone),
        lambda: weights.edit(hand, by=someone, strong=50.0),
        lambda: weights.activate(hand, by=someone, signature="Camille Essai"),
        lambda: weights.roll_back(hand, by=someone),
    ):
        with pytest.raises(PermissionDenied):
            act()

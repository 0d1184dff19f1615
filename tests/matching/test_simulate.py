"""What a change of the weights would do is computed from stored parts, resumes, and is computed once."""

import pytest

from matching import simulate, tasks, weights
from matching.models import Action, SimulationReport, WeightsVersion
from tests.factories import MatchFactory, OpportunityFactory, OrganisationFactory, UserFactory

TEXT = [["text", "met", 50.0, 50.0, {}], ["place", "missing", 0.0, 50.0, {}]]
PLACE = [["text", "partly", 10.0, 50.0, {}], ["place", "met", 50.0, 50.0, {}]]
NUMBERS = {"weights": {"text": 3.0, "place": 1.0}, "strong": 45.0, "good": 30.0, "trade": 0.2}


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def draft(staff):
    """Place alone counts for much, text for little."""
    version = weights.copy(WeightsVersion.objects.get(version="hand-4"), by=staff)
    weights.edit(version, by=staff, weights=version.weights | {"text": 0.1, "place": 3.0})
    return version


def matched(opportunity):
    return [MatchFactory(opportunity=opportunity, parts=parts, band="good") for parts in (TEXT, PLACE)]


def reported(draft, staff):
    report = simulate.ask(draft, by=staff)
    simulate.run(report.pk)
    report.refresh_from_db()
    return report


def test_points_are_the_shares_weighed_anew():
    assert simulate.points(MatchFactory.build(parts=TEXT, company=None, opportunity=None).answers, NUMBERS) == {
        "text": 75.0,
        "place": 0.0,
    }


@pytest.mark.parametrize(
    ("found", "band", "expected"),
    [
        ({"text": 45.0, "place": 0.0}, "good", "strong"),
        ({"text": 44.9, "place": 0.0}, "good", "good"),
        ({"text": 29.9, "place": 0.0}, "good", "possible"),
        ({"text": 14.9, "place": 25.0}, "good", "possible"),  # under a fifth of 75
        ({"text": 15.0, "place": 25.0}, "good", "good"),
        ({"text": 75.0, "place": 0.0}, "incomplete", "incomplete"),
    ],
)
def test_bands_follow_the_score_and_the_trade(found, band, expected):
    match = MatchFactory.build(band=band, company=None, opportunity=None)

    assert simulate.band(match, found, NUMBERS) == expected


def test_a_report_tells_who_moves_and_by_which_criterion(draft, staff):
    opportunity = OpportunityFactory(published=True)
    first, second = matched(opportunity)

    report = reported(draft, staff)

    moved = [(row["company"], row["before"], row["after"], row["criterion"]) for row in report.data["changes"]]
    assert sorted(moved) == sorted([(first.company.name, 1, 2, "text"), (second.company.name, 2, 1, "place")])
    assert report.data["bands"] == {"strong possible": 1, "good strong": 1}
    assert (report.is_done, report.progress) == (True, 100)


def test_a_version_with_the_same_numbers_changes_nothing(staff):
    matched(OpportunityFactory(published=True))

    report = reported(weights.copy(WeightsVersion.objects.get(version="hand-4"), by=staff), staff)

    assert (report.data["changes"], report.data["bands"]) == ([], {})


def test_past_decisions_are_weighed_before_and_after(draft, staff):
    opportunity = OpportunityFactory(published=True)
    for parts, kind in ((TEXT, "accepted"), (PLACE, "declined")):
        Action.objects.create(opportunity=opportunity, company=OrganisationFactory(), kind=kind, parts=parts)

    report = reported(draft, staff)

    assert (report.data["decisions"]["before"][0], report.data["decisions"]["after"][0]) == (1.0, 0.0)
    assert "decisions" in [check["check"] for check in report.failed_checks]


def test_a_report_lost_in_the_middle_resumes(draft, staff, monkeypatch):
    monkeypatch.setattr(simulate, "BATCH", 1)
    for _ in range(3):
        matched(OpportunityFactory(published=True))
    report = simulate.ask(draft, by=staff)

    assert simulate.batch(report.pk)
    report.refresh_from_db()
    assert (report.progress, len(report.data["todo"])) == (34, 2)
    tasks.simulate_due()

    report.refresh_from_db()
    assert (report.is_done, len(report.data["changes"])) == (True, 6)


def test_asking_twice_is_one_report_until_the_numbers_change(draft, staff):
    first = simulate.ask(draft, by=staff)

    assert simulate.ask(draft, by=staff) == first
    weights.edit(draft, by=staff, strong=50.0)
    assert simulate.ask(draft, by=staff) != first


def test_a_done_report_is_not_computed_again(draft, staff):
    report = reported(draft, staff)

    simulate.run(report.pk)

    assert SimulationReport.objects.get().finished_at == report.finished_at


def test_a_learnt_version_moves_no_weight_by_more_than_a_quarter(draft, staff):
    WeightsVersion.objects.filter(pk=draft.pk).update(origin="learnt")
    draft.refresh_from_db()

    assert "step" in [check["check"] for check in reported(draft, staff).failed_checks]


def test_a_simulation_that_fails_says_so_once_and_stops_no_other(draft, staff, monkeypatch):
    matched(OpportunityFactory(published=True))
    broken, other = (
        simulate.ask(draft, by=staff),
        simulate.ask(weights.copy(WeightsVersion.objects.get(state="active"), by=staff), by=staff),
    )
    weigh = simulate.weigh

    def fails_for_one(opportunity, report, data):
        if report.pk == broken.pk:
            raise ValueError("a match without parts")
        weigh(opportunity, report, data)

    monkeypatch.setattr(simulate, "weigh", fails_for_one)
    tasks.simulate_due()

    broken.refresh_from_db()
    other.refresh_from_db()
    assert (broken.is_done, "a match without parts" in broken.error, other.is_done) == (False, True, True)
    assert not SimulationReport.objects.due().exists()
    assert simulate.ask(draft, by=staff) != broken  # asked again, it is a new one

"""Decisions correct the weights a little, in the direction they point to, once there are enough of them."""

import pytest
from django.core.management import call_command

from matching import learning, weights
from matching.models import Action, WeightsVersion
from tests.factories import OpportunityFactory, OrganisationFactory

PUBLISHED = {"text": 1.0, "place": 0.4, "newcomer": 0.0}
PREFERS_PLACE = [({"text": 0.2, "place": 0.9}, {"text": 0.6, "place": 0.1})] * 100
GOOD = [["text", "met", 5.0, 50.0, {}], ["place", "met", 50.0, 50.0, {}]]
BAD = [["text", "met", 50.0, 50.0, {}], ["place", "missing", 0.0, 50.0, {}]]


def decided(count, good="accepted", bad="declined"):
    for _ in range(count):
        opportunity = OpportunityFactory(published=True)
        for kind, parts in ((good, GOOD), (bad, BAD)):
            Action.objects.create(opportunity=opportunity, company=OrganisationFactory(), kind=kind, parts=parts)


def learn(capsys, **options):
    call_command("learn_weights", **options)
    return capsys.readouterr().out


def test_decisions_move_weights_in_their_direction_and_no_further_than_a_quarter():
    found = learning.learn(PUBLISHED, (PREFERS_PLACE, [])).weights

    assert 0.4 < found["place"] <= 0.5
    assert 0.75 <= found["text"] < 1.0
    assert found["newcomer"] == 0.0


def test_few_decisions_move_less_than_many():
    few, many = (learning.learn(PUBLISHED, (PREFERS_PLACE[:count], [])).weights["text"] for count in (2, 100))

    assert many < few < 1.0


def test_without_decisions_the_weights_stay():
    assert learning.learn(PUBLISHED, ([], [])) == learning.Learnt(PUBLISHED, 0)


def test_groups_weigh_twice_as_much_as_companies():
    opposite = [(worse, better) for better, worse in PREFERS_PLACE]
    group, company = (learning.learn(PUBLISHED, sides).weights for sides in ((PREFERS_PLACE, []), ([], opposite)))

    both = learning.learn(PUBLISHED, (PREFERS_PLACE, opposite)).weights

    assert both["text"] == pytest.approx((2 * group["text"] + company["text"]) / 3, abs=1e-3)


def test_what_was_not_decided_teaches_nothing():
    decided(2, good="accepted", bad="proposed")

    assert learning.pairs() == ([], [])


def test_a_draft_is_proposed_with_its_report(capsys):
    decided(3)

    out = learn(capsys, at_least=3)

    version = WeightsVersion.objects.get(origin="learnt")
    assert f"3 pairs of decisions: {version} is proposed" in out
    assert "passed  step" in out
    assert version.is_draft
    assert version.reports.get().is_done
    assert weights.active().version == "hand-4"


def test_too_few_decisions_write_nothing(capsys):
    decided(2)

    before = WeightsVersion.objects.count()

    assert "nothing is proposed" in learn(capsys, at_least=3)
    assert WeightsVersion.objects.count() == before

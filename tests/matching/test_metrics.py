"""Figures of a ranking, by table."""

import pytest

from matching import metrics


@pytest.mark.parametrize(
    ("ranked", "relevant", "expected"),
    [
        (["a", "b"], {"a"}, 1.0),
        (["b", "a"], {"a"}, 0.6309),
        (["b", "c"], {"a"}, 0.0),
        (["a", "b", "c"], {"a", "c"}, 0.9197),
        ([*"bcdefghijk", "a"], {"a"}, 0.0),  # eleventh
        ([*"bcdefghij", "a"], {"a"}, 0.2891),  # tenth
    ],
)
def test_ndcg_looks_at_the_first_ten(ranked, relevant, expected):
    assert metrics.ndcg(ranked, relevant) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("place", "expected"), [(0, 0.5), (49, 0.5), (50, 0.0)])
def test_recall_looks_at_the_first_fifty(place, expected):
    ranked = [str(number) for number in range(60)]
    ranked[place] = "a"

    assert metrics.recall(ranked, {"a", "absent"}) == expected


def test_a_figure_carries_its_noise_and_is_the_same_each_time():
    figure = metrics.figure([0.0, 1.0] * 50)

    assert figure == metrics.figure([0.0, 1.0] * 50)
    assert figure.mean == 0.5
    assert 0.35 < figure.low < 0.5 < figure.high < 0.65
    assert metrics.figure([]) == (0.0, 0.0, 0.0, 0)


def test_tracks_are_measured_apart_and_a_query_without_a_run_counts_for_nothing_found():
    found = metrics.by_track({"q1": ["a"]}, {"new": {"q1": {"a"}, "q2": {"b"}}, "known": {"q1": {"a"}}})

    assert found["new"]["ndcg@10"].mean == 0.5
    assert found["known"]["recall@50"].mean == 1.0


@pytest.mark.parametrize(
    ("better", "worse", "expected"),
    [([2], [1], 1.0), ([1], [2], 0.0), ([1], [1], 0.5), ([3, 1], [2], 0.5), ([], [1], None), ([1], [], None)],
)
def test_auc_counts_how_often_the_better_scores_higher(better, worse, expected):
    assert metrics.auc(better, worse) == expected


@pytest.mark.parametrize(
    ("after", "lost"), [([0.4] * 9, True), ([0.5] * 9, False), ([0.6] * 9, False), ([0.0, 1.0, 0.4] * 3, False)]
)
def test_a_loss_within_noise_is_none(after, lost):
    assert metrics.is_loss([0.5] * 9, after) is lost

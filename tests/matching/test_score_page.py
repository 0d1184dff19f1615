"""Everyone may read how the score is computed, as it is computed now."""

import pytest
from django.urls import reverse
from django.utils import timezone

from matching import meanings
from matching.models import WeightsVersion


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_renders_the_version_in_force_and_those_before(client, rows, django_assert_num_queries):
    standing = WeightsVersion.objects.count()
    numbers = {"weights": {"text": 1.0}, "strong": 50.0, "good": 40.0, "trade": 0.5}
    for number in range(rows):
        WeightsVersion.objects.create(
            **numbers, version=f"v{number}", state="former", activated_at=timezone.now(), note=f"Raison {number}."
        )
    WeightsVersion.objects.create(**numbers, version="essai", note="Brouillon secret.")

    with django_assert_num_queries(3):  # the versions; a savepoint around them
        response = client.get(reverse("matching:score"))

    assert response.context["version"].version == "hand-4"
    assert len(response.context["published"]) == rows + standing
    assert "Raison 0." in response.text
    assert "Brouillon secret." not in response.text


def test_the_shares_of_all_criteria_make_100_the_heaviest_first(client):
    criteria = client.get(reverse("matching:score")).context["criteria"]

    shares = [criterion["share"] for criterion in criteria]
    assert sum(shares) == pytest.approx(100)
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 19


def test_every_weight_of_the_version_in_force_has_its_words():
    assert set(WeightsVersion.objects.get(version="hand-4").weights) == set(meanings.MEANINGS)


def test_the_bands_are_those_of_the_version_in_force(client):
    page = client.get(reverse("matching:score")).text

    assert "un score de 45 au moins" in page
    assert "un score de 30 au moins" in page
    assert "0,2 fois" in page

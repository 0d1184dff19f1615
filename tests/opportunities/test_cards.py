from datetime import timedelta

import pytest
from django.utils import timezone, translation

from opportunities.cards import Card
from tests.factories import OpportunityFactory


def card(**facts):
    return Card.of(OpportunityFactory(published=True, answer_by=None, **facts))


@pytest.mark.parametrize(
    ("days", "said", "soon"),
    [
        (-1, "Close le ", False),
        (0, ", dernier jour", True),
        (1, ", encore 1 jour", True),
        (7, ", encore 7 jours", True),
        (8, ", encore 8 jours", False),
    ],
)
def test_the_deadline_is_said_in_days(days, said, soon):
    shown = card(apply_by=timezone.localdate() + timedelta(days=days))

    assert said in shown.deadline
    assert shown.deadline.endswith(said) or days < 0
    assert shown.soon == soon


@pytest.mark.parametrize("apply_by", [timedelta(days=30), None])
def test_one_closed_before_its_day_gives_no_days_left(apply_by):
    opportunity = OpportunityFactory(published=True, answer_by=None, apply_by=None)
    opportunity.apply_by = apply_by and timezone.localdate() + apply_by
    opportunity.state = "closed"

    shown = Card.of(opportunity)

    assert (shown.deadline, shown.days_left, shown.soon) == ("Candidatures closes", None, False)


def test_one_without_a_deadline_says_so():
    shown = card(apply_by=None)

    assert (shown.deadline, shown.soon) == ("Sans date limite", False)


def test_a_long_list_of_places_is_cut():
    shown = card(apply_by=None, places=["MA", "TN", "DZ", "EG", "SN"])

    assert shown.places == "Maroc, Tunisie, Algérie et 2 de plus"


def test_words_follow_the_language():
    opportunity = OpportunityFactory(published=True, places=["MA"])

    with translation.override("en"):
        shown = Card.of(opportunity)

    assert shown.places == "Morocco"


@pytest.mark.parametrize(("language", "said"), [("fr", ""), ("en", "en")])
def test_a_text_in_another_language_than_the_page_says_so(language, said):
    shown = card(apply_by=None, language=language)

    assert shown.lang == said


def test_a_confidential_group_is_named_by_its_alias_alone():
    shown = card(apply_by=None, confidential=True, alias="Un groupe de l'énergie")

    assert shown.public_name == "Un groupe de l'énergie"

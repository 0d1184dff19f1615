"""What a moderator is told to look at: computed beside the text, never a verdict."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opportunities import duplicates, hints
from tests.factories import OpportunityFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
LONG = "Nous cherchons une entreprise pour la fourniture et la pose de vannes sur un réseau d'eau. " * 4


def told(**fields):
    given = {"description": LONG, "apply_by": timezone.localdate() + timedelta(days=30)}
    opportunity = OpportunityFactory(**{**given, "answer_by": None, **fields})
    return [(hint.field, hint.text) for hint in hints.of(opportunity)]


def test_a_careful_text_has_none():
    assert told() == []


@pytest.mark.parametrize(
    ("fields", "field", "word"),
    [
        ({"title": "VANNES POUR LE MAROC"}, "titre", "capitales"),
        ({"description": "Des vannes."}, "description", "11 caractères"),
        ({"description": LONG + " Écrivez à export@demo.example."}, "description", "coordonnées"),
        ({"description": LONG + " Appelez le 01 99 00 12 34."}, "description", "coordonnées"),
        ({"benefits": "Voir www.demo.example."}, "ce que la PME y gagne", "adresse web"),
        ({"title": "Alternance au Maroc"}, "titre", "Alternance"),
        ({"description": LONG + " Poste en CDI."}, "description", "CDI"),
        ({"description": LONG + " We are hiring."}, "description", "hiring"),
    ],
)
def test_each_thing_to_look_at_is_told_with_its_field(fields, field, word):
    [(where, text)] = told(**fields)

    assert where == field
    assert word in text


@pytest.mark.parametrize(("days", "said"), [(9, 1), (10, 0)])
def test_fewer_than_ten_days_to_apply_are_told(days, said):
    assert len(told(apply_by=timezone.localdate() + timedelta(days=days))) == said


@pytest.mark.parametrize(("length", "said"), [(299, 1), (300, 0)])
def test_a_description_under_three_hundred_characters_is_told(length, said):
    assert len(told(description="a" * length)) == said


def test_short_capitals_are_a_name_and_not_a_shout():
    assert told(title="RATP DEV") == []


def test_a_confidential_group_s_name_is_told_wherever_it_stands():
    group = OrganisationFactory(group=True, name="DÉMO Onde Noire")

    found = told(owner=group, confidential=True, alias="Un groupe de l'eau", benefits="Avec Onde Noire, loin.")

    assert any(field == "ce que la PME y gagne" and "Onde" in text for field, text in found)


class TestLikelyDuplicates:
    def test_the_same_title_of_the_same_group_in_the_same_country(self):
        first = OpportunityFactory(published=True, title="Vannes pour Casablanca", places=["MA"])
        again = OpportunityFactory(
            submitted=True, owner=first.owner, title="Vannes papillon pour Casablanca", places=["MA"]
        )

        assert list(duplicates.likely(again)) == [first]

    def test_another_group_takes_a_closer_likeness(self):
        OpportunityFactory(published=True, title="Pompes et vannes en Égypte", places=["MA"])
        same = OpportunityFactory(published=True, title="Vannes pour Casablanca (lot 2)", places=["MA"])
        again = OpportunityFactory(submitted=True, title="Vannes pour Casablanca", places=["MA"])

        assert list(duplicates.likely(again)) == [same]

    def test_another_country_and_drafts_are_none(self):
        first = OpportunityFactory(published=True, title="Vannes pour Casablanca", places=["MA"])
        OpportunityFactory(owner=first.owner, title="Vannes pour Casablanca", places=["TN"], submitted=True)
        draft = OpportunityFactory(owner=first.owner, title="Vannes pour Casablanca", places=["MA"])

        assert list(duplicates.likely(draft)) == [first]
        assert not duplicates.likely(first)

"""What a moderator is told to look at: computed beside the text, never a verdict."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from accounts.models import Email
from opportunities import duplicates, hints, moderation
from opportunities.models import RejectReason
from opportunities.unwanted import UNWANTED
from tests.factories import OpportunityFactory, OrganisationFactory, UserFactory, group_user

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
        ({"benefits": "Voir w\u200bww.demo.example."}, "ce que la PME y gagne", "adresse web"),
        ({"benefits": "Voir http\u00ads:&#47;/demo.example."}, "ce que la PME y gagne", "adresse web"),
        ({"description": LONG + " Poste en C\u200bD\u200bI."}, "description", "CDI"),
        ({"title": "Alternance au Maroc"}, "titre", "Alternance"),
        ({"description": LONG + " Poste en CDI."}, "description", "CDI"),
        ({"description": LONG + " We are hiring."}, "description", "hiring"),
        ({"title": "Levée de fonds pour une usine"}, "titre", "appel à investir"),
        ({"description": LONG + " Nous cherchons des investisseurs."}, "description", "investir"),
        ({"description": LONG + " Seeking investors for a plant."}, "description", "Seeking investors"),
        ({"benefits": "Une entrée au capital est possible."}, "ce que la PME y gagne", "capital"),
        ({"title": "Bureaux meublés à louer à Rabat"}, "titre", "immobilière"),
        ({"description": LONG + " Office space in Rabat for rent."}, "description", "for rent"),
        ({"description": LONG + " Real estate listing."}, "description", "immobilière"),
        ({"description": LONG + " Profitez d'une remise de 20 % !"}, "description", "publicité"),
        ({"teaser": "Notre cabinet vous propose ses services à l'export."}, "en une phrase", "publicité"),
        ({"description": LONG + " Free trial for one month."}, "description", "Free trial"),
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


@pytest.mark.parametrize(
    "text",
    [
        "Accueil d'un VIE dans nos bureaux de Rabat, en location-gérance.",
        "Construction d'un ensemble immobilier et de bureaux pour un client public.",
        "Un investisseur local finance l'usine ; nous en équipons les bureaux.",
        "Nous proposons nos bureaux, nos contacts et notre stand.",
        "A private investor funds the plant. Land is provided by the State.",
        "Prestations de maintenance à prix coûtant, gratuites la première année.",
    ],
)
def test_what_groups_may_well_say_is_not_taken_for_what_we_refuse(text):
    assert told(description=LONG + text) == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_whoever_begins_a_post_and_everyone_else_may_read_what_is_not_published(client, language):
    guide = reverse("opportunities:unpublished")
    spoken = {"Accept-Language": language}
    read = client.get(guide, headers=spoken)
    client.force_login(group_user())
    begun = client.get(reverse("opportunities:create"), headers=spoken)

    with translation.override(language):
        texts = {str(escape(str(one.text))) for one in UNWANTED}
    for page in (read, begun):
        assert {text for text in texts if text in page.text} == texts
    assert f'href="{guide}"' in begun.text


def test_whoever_is_refused_reads_why_and_where_the_list_is():
    opportunity = OpportunityFactory(submitted=True)

    moderation.reject(opportunity, by=UserFactory(staff=True), reason="property")

    [mail] = Email.objects.all()
    for text in (mail.text, mail.html):
        assert "annonce immobilière" in text
        assert settings.SITE_URL + reverse("opportunities:unpublished") in text


def test_each_thing_that_we_refuse_has_its_reason_and_each_reason_but_another_its_line():
    assert {one.reason for one in UNWANTED} == set(RejectReason) - {RejectReason.OTHER}


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

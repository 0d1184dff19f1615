import pytest

from opportunities import leaks
from tests.factories import OpportunityFactory, OrganisationFactory


def secret(name="DÉMO Groupe Zéphyrion Énergie", website="", **fields):
    fields = {"contact_email": "a@gmail.com", "deputy_email": "b@gmail.com"} | fields
    return OpportunityFactory(secret=True, owner=OrganisationFactory(group=True, name=name, website=website), **fields)


@pytest.mark.parametrize(
    "text",
    [
        "Une offre de DÉMO Groupe Zéphyrion Énergie.",
        "Zephyrion cherche",
        "chez ZÉPHYRION, au Maroc",
        "Z é p h y r i o n",
        "zéphy-rion",
        "ZephyrionServices",
        "zephyrion.example",
        "l’équipe Zéphyrion",
        "**Zéphyrion**",
    ],
)
def test_the_group_is_recognised_however_it_is_written(text):
    assert leaks.found(secret(teaser=text)) != {}


@pytest.mark.parametrize(
    "text", ["Un groupe français de l'énergie", "Énergie solaire", "Un zéphyr", "démo", "Group of companies", ""]
)
def test_words_that_anyone_may_use_are_let_through(text):
    assert leaks.found(secret(teaser=text)) == {}


@pytest.mark.parametrize("field", ["title", "teaser", "description", "benefits", "alias"])
def test_every_public_text_is_read(field):
    assert leaks.found(secret(**{field: "Avec Zéphyrion"})) == {field: "Zéphyrion"}


def test_the_fields_of_its_kind_are_read_too():
    opportunity = secret(details={"role": "Aider ZEPHYRION", "desks": 3})

    assert leaks.found(opportunity) == {"details.role": "ZEPHYRION"}


@pytest.mark.parametrize(
    "text", ["Voir www.turbovia.example", "écrire à jeanne@turbovia.example", "Turbovia recrute", "turbovia example"]
)
def test_its_site_and_its_mail_domain_give_it_away(text):
    by_site = secret(website="https://www.turbovia.example/fr", teaser=text)
    by_mail = secret(contact_email="dominique@turbovia.example", teaser=text)

    assert set(leaks.found(by_site)) == set(leaks.found(by_mail)) == {"teaser"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Appelez le 01 99 00 12 34.", "01 99 00 12 34"),
        ("Écrivez à essai@ailleurs.example.", "essai@ailleurs.example"),
        ("Écrivez à essai\u200b@ailleurs.example.", "essai@ailleurs.example"),
    ],
)
def test_coordinates_of_whoever_it_may_be_give_it_away(text, told):
    assert leaks.found(secret(description=text)) == {"description": told}
    assert leaks.found(secret(details={"role": text})) == {"details.role": told}


def test_a_notice_that_everyone_may_read_does_not():
    assert leaks.found(secret(description="L'avis : https://avis.example/2027/123456789")) == {}


def test_a_public_mail_provider_gives_nothing_away():
    assert leaks.found(secret(contact_email="dominique@orange.fr", teaser="Un jus d'orange")) == {}


def test_a_short_name_is_found_as_a_word_and_only_so():
    assert leaks.found(secret(name="DÉMO QZF", teaser="Le QZF")) == {"teaser": "QZF"}
    assert leaks.found(secret(name="DÉMO QZF", teaser="aqzfa")) == {}


def test_an_open_opportunity_may_name_its_group():
    opportunity = secret(teaser="Zéphyrion cherche")
    opportunity.confidential = False

    assert leaks.found(opportunity) == {}


@pytest.mark.parametrize("written", ["Z&eacute;phyrine", "&#90;ephyrine", "Hippolyte Quetzal"])
def test_entities_and_contacts_names_tell_too(written):
    owner = OrganisationFactory(group=True, name="DÉMO Zéphyrine")
    opportunity = OpportunityFactory(owner=owner, secret=True, contact_name="Hippolyte Quetzal", description=written)

    assert "description" in leaks.found(opportunity)


@pytest.mark.parametrize("text", ["Avec ZYF.", "les filiales d'Onde Noire", "onde-noire", "OndeNoireServices"])
def test_the_other_names_by_which_a_group_is_known_give_it_away(text):
    opportunity = secret(teaser=text)
    opportunity.owner.group_profile.known_names = ["Zyf", "Onde Noire"]
    opportunity.owner.group_profile.save()

    assert set(leaks.found(opportunity)) == {"teaser"}


@pytest.mark.parametrize("text", ["Une onde radio", "Du noir", "le zyfe"])
def test_a_word_of_one_of_them_gives_nothing_away(text):
    opportunity = secret(teaser=text)
    opportunity.owner.group_profile.known_names = ["Zyf", "Onde Noire"]
    opportunity.owner.group_profile.save()

    assert leaks.found(opportunity) == {}

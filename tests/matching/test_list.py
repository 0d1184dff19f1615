import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from matching.models import Match
from tests.factories import MatchFactory, OpportunityFactory, OrganisationFactory, group_user, sme_user

LIST = "/opportunites/"


def text_of(response):
    """Without the marks around what was searched for."""
    return re.sub("</?mark>", "", unescape(response.content.decode()))


def titles(response):
    """In the order of the page."""
    text = text_of(response)
    named = {opportunity: text.find(f">{opportunity}</a>") for opportunity in TITLES}
    return [title for title, place in sorted(named.items(), key=lambda pair: pair[1]) if place >= 0]


TITLES = ["Vannes pour Rabat", "Turbines pour Tunis", "Parfums pour Madrid"]


@pytest.fixture
def three():
    """Published one after the other; the first closes last."""
    now, today = timezone.now(), timezone.localdate()
    places, kinds = ["MA", "TN", "ES"], ["portage", "event", "event"]
    return [
        OpportunityFactory(
            published=True,
            title=title,
            published_at=now - timedelta(days=3 - number),
            apply_by=today + timedelta(days=30 - number),
            answer_by=None,
            kind=kinds[number],
            places=[places[number]],
            teaser="Un besoin précis.",
            description="",
        )
        for number, title in enumerate(TITLES)
    ]


def test_the_list_is_at_its_address():
    assert reverse("matching:opportunity_list") == LIST


@pytest.mark.parametrize("rows", [1, 3])
def test_a_visitor_sees_what_is_open_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    shown = OpportunityFactory.create_batch(rows, published=True)
    hidden = [
        OpportunityFactory(title="Brouillon caché"),
        OpportunityFactory(submitted=True, title="Soumise cachée"),
        OpportunityFactory(closed=True, title="Clôturée cachée"),
        OpportunityFactory(published=True, title="Passée cachée", apply_by=timezone.localdate() - timedelta(days=1)),
    ]
    client.get(LIST, {"q": "nimporte"})  # fills the catalogue

    with django_assert_num_queries(2):  # what changed, the cards
        response = client.get(LIST)

    text = unescape(response.content.decode())
    assert [card.title for card in shown if card.title not in text] == []
    assert [card.title for card in hidden if card.title in text] == []
    with django_assert_num_queries(1):  # the cards are still drawn
        client.get(LIST)


@pytest.mark.parametrize("rows", [1, 3])
def test_an_sme_sees_its_fit_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    user = sme_user()
    for number in range(rows):
        MatchFactory(company=user.organisation, score=70 + number)
    MatchFactory(band="strong", opportunity=Match.objects.first().opportunity)  # another company's fit
    client.force_login(user)
    client.get(LIST, {"q": "nimporte"})

    with django_assert_num_queries(
        9
    ):  # user, membership, hidden, what changed, dates of matches, cards, matches; shown: 2
        response = client.get(LIST)

    assert response.content.decode().count("band--good") == rows
    assert "band--strong" not in response.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [2, 1, 0]),
        ({"tri": "echeance"}, [2, 1, 0]),
        ({"q": "pour"}, [2, 1, 0]),
        ({"q": "Vannes"}, [0]),
        ({"q": "vane"}, [0]),
        ({"q": "tunisie"}, [1]),
        ({"type": "event"}, [2, 1]),
        ({"zone": "Z-AFN"}, [1, 0]),
        ({"pays": ["ES", "MA"], "type": "event"}, [2]),
        ({"pays": "XX", "type": "nimporte"}, [2, 1, 0]),
        ({"page": "7"}, [2, 1, 0]),
    ],
)
def test_the_address_decides_what_is_shown_and_in_what_order(client, three, query, expected):
    response = client.get(LIST, query)

    assert (response.status_code, titles(response)) == (200, [TITLES[number] for number in expected])


def test_the_nearest_deadline_comes_first_and_none_comes_last(client, three):
    three[2].apply_by = None
    three[2].save()

    assert titles(client.get(LIST, {"tri": "echeance"})) == [TITLES[1], TITLES[0], TITLES[2]]


def test_an_sme_may_sort_by_fit_and_what_has_none_follows(client, three):
    user = sme_user()
    MatchFactory(opportunity=three[1], company=user.organisation, score=40)
    MatchFactory(opportunity=three[0], company=user.organisation, score=80)
    MatchFactory(opportunity=three[2], company=user.organisation, score=0, eligible=False)
    MatchFactory(opportunity=three[2], score=99)
    client.force_login(user)

    response = client.get(LIST, {"tri": "adequation"})

    assert titles(response) == [TITLES[0], TITLES[1], TITLES[2]]


@pytest.mark.parametrize("who", [None, group_user])
def test_who_is_no_sme_is_not_offered_to_sort_by_fit(client, three, who):
    if who:
        client.force_login(who())

    response = client.get(LIST, {"tri": "adequation", "q": "pour"}, follow=True)

    assert (response.status_code, "adequation" in response.content.decode()) == (200, False)


def test_pages_hold_twenty_and_keep_the_filters(client):
    OpportunityFactory.create_batch(21, published=True, kind="portage")

    first = client.get(LIST, {"type": "portage"})
    second = client.get(LIST, {"type": "portage", "page": 2})

    assert [r.content.decode().count("<article") for r in (first, second)] == [20, 1]
    assert "21 opportunités ouvertes" in second.content.decode()
    assert "?type=portage&amp;page=2" in first.content.decode()


def test_the_count_agrees_in_number(client):
    OpportunityFactory(published=True)

    assert "1 opportunité ouverte<" in client.get(LIST).content.decode()


def test_htmx_gets_the_results_alone_and_the_address_to_show(client, three, htmx):
    response = client.get(LIST, {"q": "", "tri": "recentes", "type": "event"}, headers=htmx)

    text = response.content.decode()
    assert ("<html" in text, 'id="results"' in text, "facette-type" in text) == (False, True, True)
    assert response["HX-Push-Url"] == f"{LIST}?type=event"
    assert "HX-Request" in response["Vary"]


def test_htmx_pushes_the_bare_address_when_nothing_is_chosen(client, htmx):
    assert client.get(LIST, {"q": "", "tri": "recentes"}, headers=htmx)["HX-Push-Url"] == LIST


def test_the_back_button_gets_the_whole_page(client, three, htmx):
    response = client.get(LIST, headers=htmx | {"HX-History-Restore-Request": "true"})

    assert "<html" in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ({"q": "", "tri": "recentes"}, "?"),
        ({"q": "", "type": "event", "tri": "recentes"}, "?type=event"),
        ({"q": "eau", "tri": "pertinence"}, "?q=eau"),
    ],
)
def test_a_form_sent_without_javascript_leads_to_the_clean_address(client, sent, address):
    response = client.get(LIST, sent)

    assert (response.status_code, response["Location"]) == (302, f"{LIST}{address}")


def test_filters_in_force_are_ticked_and_can_be_taken_away(client, three):
    text = client.get(LIST, {"q": "pour", "type": "event", "pays": "ES"}).content.decode()

    assert 'value="event" checked' in text
    assert 'href="?q=pour&amp;type=event"' in text
    assert 'href="?q=pour&amp;pays=ES"' in text
    assert 'name="robots" content="noindex, follow"' in text


def test_the_plain_list_may_be_indexed(client, three):
    assert "noindex" not in client.get(LIST).content.decode()


def test_nothing_found_says_which_filter_stands_in_the_way(client, three):
    text = unescape(client.get(LIST, {"type": "portage", "pays": "ES"}).content.decode())

    assert "Aucune opportunité ouverte ne réunit tous ces critères" in text
    assert "sans «\xa0Portage\xa0»\xa0: 1 opportunité<" in text
    assert "sans «\xa0Espagne\xa0»\xa0: 1 opportunité<" in text


def test_nothing_found_says_which_word_stands_in_the_way(client, three):
    text = unescape(client.get(LIST, {"q": "turbines espagne"}).content.decode())

    assert 'href="?q=turbines">sans «\xa0espagne\xa0»\xa0: 1 opportunité<' in text
    assert 'href="?q=espagne">sans «\xa0turbines\xa0»\xa0: 1 opportunité<' in text


def test_when_one_less_is_not_enough_each_is_tried_alone(client, three):
    asked = {"q": "turbines", "type": "portage", "pays": "ES", "secteur": "eau"}

    text = unescape(client.get(LIST, asked).content.decode()).replace("\xa0", " ")

    assert 'href="?pays=ES">« Espagne » seulement : 1 opportunité<' in text
    assert 'href="?q=turbines">« turbines » seulement : 1 opportunité<' in text


def test_the_words_found_are_marked_and_nothing_else_is_let_through(client):
    OpportunityFactory(published=True, title="<b>Robinet</b> & tuyaux", teaser="Des vannes et des pompes.")

    page = client.get(LIST, {"q": "vanne"}).content.decode()

    assert "&lt;b&gt;<mark>Robinet</mark>&lt;/b&gt; &amp; tuyaux" in page
    assert "Des <mark>vannes</mark> et des pompes." in page
    assert "<mark>" not in client.get(LIST).content.decode()


def test_an_empty_list_says_so(client):
    assert "n'est ouverte aujourd'hui" in unescape(client.get(LIST).content.decode())


def test_a_corrected_search_says_what_it_searched(client, three):
    text = text_of(client.get(LIST, {"q": "turbnies"}))

    assert "Rien pour «\xa0turbnies\xa0»" in text
    assert "Turbines pour Tunis" in text


def test_a_confidential_group_is_in_no_byte_of_the_list(client):
    group = OrganisationFactory(group=True, name="DÉMO Zéphyrine Énergie", website="https://zephyrine.example")
    OpportunityFactory(published=True, owner=group, secret=True, contact_email="x@zephyrine.example")
    sme = sme_user()

    anonymous = client.get(LIST)
    client.force_login(sme)
    signed_in = client.get(LIST, {"q": "zephyrine"})

    assert "Groupe du secteur de l'énergie" in unescape(anonymous.content.decode())
    assert [r.content.lower().count(b"phyrine") for r in (anonymous,)] == [0]
    assert "DÉMO Zéphyrine" not in unescape(signed_in.content.decode())


def test_what_was_typed_is_escaped(client):
    text = client.get(LIST, {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in text


def test_a_card_is_drawn_anew_when_its_opportunity_or_match_changes(client):
    user = sme_user()
    match = MatchFactory(company=user.organisation)
    client.force_login(user)
    assert "band--good" in client.get(LIST).content.decode()

    Match.objects.filter(pk=match.pk).update(band="strong", computed_at=timezone.now())
    match.opportunity.title = "Un nouveau titre"
    match.opportunity.save()
    text = client.get(LIST).content.decode()

    assert ("band--strong" in text, "Un nouveau titre" in text) == (True, True)


def test_a_card_without_fit_is_drawn_once_for_everybody(client, three, django_assert_num_queries):
    client.force_login(sme_user())
    client.get(LIST)

    with django_assert_num_queries(1):  # what changed
        Client().get(LIST)


def test_a_fit_that_comes_while_the_list_is_drawn_is_nobody_else_s(client, three):
    user, came = sme_user(), []

    def match_meanwhile(execute, sql, *rest):
        if '"teaser"' in sql and not came:  # the cards are read
            came.append(True)
            MatchFactory(company=user.organisation, opportunity=three[0])
        return execute(sql, *rest)

    client.force_login(user)
    client.get(LIST, {"q": "nimporte"})
    with connection.execute_wrapper(match_meanwhile):
        client.get(LIST)

    assert came
    assert "band--" not in Client().get(LIST).content.decode()
    assert "band--good" in client.get(LIST).content.decode()


def test_only_get_is_answered(client):
    assert client.post(LIST).status_code == 405


def test_the_list_speaks_english(client):
    OpportunityFactory(published=True, places=["DE"], kind="event")

    text = client.get(LIST, headers={"accept-language": "en"}).content.decode()

    assert ('lang="en"' in text, "Germany" in text, "Allemagne" in text) == (True, True, False)


def test_the_first_words_typed_bring_relevance(client, three):
    """The form sends nothing for the usual order, which is not the same with words and without."""
    plain = client.get(LIST).content.decode()
    with_words = client.get(LIST, {"q": "pour", "tri": "recentes"}).content.decode()

    assert '<option value="" selected>plus récentes</option>' in plain
    assert '<option value="">pertinence</option>' in with_words
    assert '<option value="recentes" selected>plus récentes</option>' in with_words

"""The list with words: ways out of nothing, what the reader hid, and lines of the body that were found."""

import json
import re
from html import unescape

import pytest
from django.urls import reverse

from matching import dismiss
from tests.factories import OpportunityFactory, sme_user

pytestmark = pytest.mark.django_db
LIST = reverse("matching:opportunity_list")


def text(response):
    return unescape(response.content.decode()).replace("\xa0", " ")


def test_of_a_facet_with_several_values_the_whole_may_be_taken_away(client):
    OpportunityFactory(published=True, kind="portage", places=["MA"])

    page = text(client.get(LIST, {"type": "portage", "pays": ["ES", "IT"]}))

    assert 'href="?type=portage">sans « Pays » : 1 opportunité<' in page


def test_what_the_company_hid_is_in_no_list_and_no_count(client):
    user = sme_user()
    kept, hidden = (OpportunityFactory(published=True, kind="portage", places=["MA"]) for _ in range(2))
    OpportunityFactory(published=True, kind="event", places=["ES"])
    dismiss.dismiss(hidden, by=user, reason="sector")
    everyone = client.get(LIST, {"type": "portage"})
    client.force_login(user)

    mine = client.get(LIST, {"type": "portage"})
    nothing = client.get(LIST, {"type": "portage", "pays": "ES"})

    def counted(response):
        return re.search(r'value="portage"[^>]*>.*?(\d+)', response.content.decode(), re.DOTALL)[1]

    assert (list(mine.context["page"]), mine.context["page"].paginator.count) == ([kept.pk], 1)
    assert (counted(everyone), counted(mine)) == ("2", "1")
    assert [chip.count for chip in mine.context["chips"]] == [2]
    assert [chip.count for chip in nothing.context["ways_out"]] == [1, 1]


def test_a_word_of_the_body_alone_is_shown_in_its_line(client):
    OpportunityFactory(
        published=True,
        title="Chantier à Rabat",
        teaser="Près de Rabat.",
        description="Il faut des **vannes** sûres.",
    )

    page = client.get(LIST, {"q": "vanne"}).content.decode()

    assert re.search(r"des <mark>vannes</mark>\s+sûres", page)


def test_a_word_of_the_title_needs_no_line_of_the_body(client):
    OpportunityFactory(published=True, title="Vannes", teaser="Près de Rabat.", description="Des vannes encore.")

    assert "Des <mark>" not in client.get(LIST, {"q": "vanne"}).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_lines_of_the_body_take_no_query_of_their_own(client, rows, django_assert_num_queries):
    for number in range(rows):
        OpportunityFactory(
            published=True, title=f"Station {number}", teaser="Rabat.", description="Il faut des vannes."
        )
    for number in range(3 - rows):  # under three results another spelling is looked for
        OpportunityFactory(published=True, title=f"Vannes {number}")
    client.get(LIST, {"q": "pompe"})  # the catalogue is read, and the thesaurus, once for the process

    with django_assert_num_queries(2):
        page = client.get(LIST, {"q": "vanne"}).content.decode()

    assert page.count("des <mark>vannes</mark>") == rows


def test_a_single_unknown_word_is_helped(client):
    OpportunityFactory(published=True)

    page = text(client.get(LIST, {"q": "xyzzyx"}))

    assert "Aucune opportunité ouverte ne réunit tous ces critères" in page
    assert "Essayez un mot plus général, le nom d'un pays ou celui d'un secteur." in page
    assert "Voir toutes les opportunités ouvertes" in page


@pytest.mark.parametrize("page", [LIST, reverse("home")])
def test_what_is_shared_has_a_title_and_a_description(client, page):
    head = client.get(page).content.decode()

    for name in ("og:title", "og:description", "og:url", "og:image"):
        assert head.count(f'property="{name}"') == 1


def test_structured_data_stand_in_the_page_and_cannot_end_their_block(client):
    opportunity = OpportunityFactory(published=True, title="Vannes </script><b>& pompes")

    page = client.get(opportunity.get_absolute_url()).content.decode()

    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1]
    alone = client.get(reverse("matching:structured", args=[opportunity.pk]))
    assert json.loads(block) == alone.json()
    assert json.loads(block)["name"] == opportunity.title
    assert "<b>& pompes" not in page

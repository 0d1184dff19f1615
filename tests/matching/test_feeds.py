"""What machines read: a feed with the filters of the list, a site map, structured data; and what is over."""

import json
from datetime import UTC, date, datetime, timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone

from opportunities import amendments
from opportunities.models import Amendment
from tests.factories import MatchFactory, MembershipFactory, OpportunityFactory, UserFactory, sme_user

ATOM = "{http://www.w3.org/2005/Atom}"
SITE = "http://localhost:8000"
FEED, SITEMAP = "/opportunites.atom", "/sitemap.xml"


def entries(response):
    return [entry.findtext(f"{ATOM}title") for entry in ElementTree.fromstring(response.content).iter(f"{ATOM}entry")]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_feed_holds_what_is_open_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    shown = [OpportunityFactory(published=True).title for _ in range(rows)]
    OpportunityFactory()
    OpportunityFactory(closed=True)
    client.get(FEED)

    with django_assert_num_queries(3):  # what changed, the rows, when they last did for the public
        response = client.get(FEED)

    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert sorted(entries(response)) == sorted(shown)


def test_the_feed_obeys_the_words_and_filters_of_the_list(client):
    OpportunityFactory(published=True, title="Vannes à Rabat", places=["MA"])
    OpportunityFactory(published=True, title="Vannes à Dakar", places=["SN"])
    OpportunityFactory(published=True, title="Câbles à Rabat", places=["MA"], description="", teaser="")

    assert entries(client.get(FEED, {"q": "robinet", "pays": "MA"})) == ["Vannes à Rabat"]
    assert f'href="{FEED}?q=robinet&amp;pays=MA"' in client.get("/opportunites/?q=robinet&pays=MA").content.decode()


def test_an_entry_is_dated_by_the_last_change_that_the_public_reads(client, time_machine):
    monday = datetime(2026, 6, 1, 9, tzinfo=UTC)
    time_machine.move_to(monday, tick=False)
    draft = OpportunityFactory(submitted=True, apply_by=date(2026, 7, 31), answer_by=date(2026, 8, 15))
    draft.record(by=None, changes={"title": ["Vanne", draft.title]})
    time_machine.shift(timedelta(hours=1))
    draft.publish(by=None)
    member = MembershipFactory(organisation=draft.owner).user
    published = dated(client)

    time_machine.shift(timedelta(days=1))
    draft.record(by=None, changes={"deputy": [None, "Une personne"]})  # nobody outside reads it
    draft.confirm()
    still = dated(client)
    time_machine.shift(timedelta(days=1))
    amendments.amend(draft, {"apply_by": ["2026-07-31", "2026-06-20"]}, by=member)
    asked = dated(client)
    time_machine.shift(timedelta(days=1))
    amendments.accept(Amendment.objects.get(), by=UserFactory(is_staff=True))

    hour = monday + timedelta(hours=1)
    assert [published, still, asked] == [(hour, hour)] * 3
    assert dated(client) == (hour, hour + timedelta(days=3))


def dated(client):
    """When the one entry was published, and last changed."""
    [entry] = ElementTree.fromstring(client.get(FEED).content).iter(f"{ATOM}entry")
    return tuple(datetime.fromisoformat(entry.findtext(f"{ATOM}{name}")) for name in ("published", "updated"))


def test_the_newest_fifty_come_first(client):
    now = timezone.now()
    for number in range(52):
        OpportunityFactory(published=True, title=f"Affaire {number}", published_at=now - timedelta(hours=number))

    assert entries(client.get(FEED)) == [f"Affaire {number}" for number in range(50)]


def test_the_site_map_holds_what_is_open_and_no_more(client):
    shown = OpportunityFactory(published=True)
    over = [
        OpportunityFactory(closed=True),
        OpportunityFactory(),
        OpportunityFactory(published=True, apply_by=timezone.localdate() - timedelta(days=1), answer_by=None),
    ]

    text = client.get(SITEMAP).content.decode()

    assert f"<loc>{SITE}{shown.get_absolute_url()}</loc>" in text
    assert [one for one in over if one.get_absolute_url() in text] == []
    assert ElementTree.fromstring(text) is not None
    assert f"Sitemap: {SITE}{SITEMAP}" in client.get("/robots.txt").content.decode()


def test_structured_data_say_what_the_page_says_and_the_page_links_to_them(client):
    opportunity = OpportunityFactory(published=True, secret=True, owner__name="DÉMO Zéphyrine")
    page = client.get(opportunity.get_absolute_url()).content.decode()
    url = reverse("matching:structured", args=[opportunity.pk])

    response = client.get(url)
    told = json.loads(response.content)

    assert f'<link rel="alternate" type="application/ld+json" href="{url}">' in page
    assert response["Content-Type"] == "application/ld+json"
    assert (told["name"], told["url"]) == (opportunity.title, SITE + opportunity.get_absolute_url())
    assert told["seller"]["name"] == opportunity.alias
    assert "phyrine" not in json.dumps(told, ensure_ascii=False)
    assert "<script>" not in page
    assert not response.has_header("X-Robots-Tag")
    opportunity.close(by=None)
    assert client.get(url)["X-Robots-Tag"] == "noindex"


def test_there_are_none_of_what_is_not_public(client):
    assert client.get(reverse("matching:structured", args=[OpportunityFactory().pk])).status_code == 404


def test_a_page_that_is_shared_shows_its_own_title(client):
    opportunity = OpportunityFactory(published=True)

    page = unescape(client.get(opportunity.get_absolute_url()).content.decode())

    assert f'<meta property="og:title" content="{opportunity.title}">' in page
    assert f'<meta property="og:description" content="{opportunity.teaser}">' in page
    assert 'property="og:image"' in page


def test_what_is_over_keeps_its_page_away_from_search_engines_with_others_alike(client):
    over = OpportunityFactory(closed=True, sectors=["eau"], places=["MA"])
    alike = [
        OpportunityFactory(published=True, title="Même métier, même pays"),
        OpportunityFactory(published=True, title="Même métier", places=["DE"]),
    ]
    OpportunityFactory(published=True, title="Tout autre", sectors=["culture"], places=["US"], kind="event")
    OpportunityFactory(closed=True, title="Close aussi")

    page = unescape(client.get(over.get_absolute_url()).content.decode())

    assert "Opportunité clôturée" in page
    assert '<meta name="robots" content="noindex">' in page
    shown = [
        title for title in [*(one.title for one in alike), "Tout autre", "Close aussi"] if f">{title}</a>" in page
    ]
    assert shown == ["Même métier, même pays", "Même métier"]
    assert page.index("Même métier, même pays") < page.index(">Même métier</a>")


def test_an_sme_sees_its_fit_with_those_alike(client):
    person = sme_user()
    over = OpportunityFactory(closed=True)
    MatchFactory(company=person.organisation)
    client.force_login(person)

    assert "band--good" in client.get(over.get_absolute_url()).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_that_is_over_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    over = OpportunityFactory(closed=True)
    for _ in range(rows):
        OpportunityFactory(published=True)
    client.get("/opportunites/")

    with django_assert_num_queries(6):  # it, its criteria, questions, files, what changed, the others
        client.get(over.get_absolute_url())

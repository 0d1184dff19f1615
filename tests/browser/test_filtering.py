"""Filters on a phone: however many are laid open, what they find is counted in sight and one touch away."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, broken_rules
from tests.factories import OpportunityFactory

pytestmark = pytest.mark.django_db(transaction=True)
LIST = reverse("matching:opportunity_list")


@pytest.fixture(autouse=True)
def _found():
    OpportunityFactory.create_batch(3, published=True, places=["MA"], title="Vannes pour Rabat")
    OpportunityFactory(published=True, places=["JP"], title="Vannes pour Osaka")


@pytest.fixture
def phone(page, live_server):
    page.set_viewport_size(PHONE)
    page.goto(live_server.url + LIST)
    return page


def lay_open(page):
    page.locator("#filtres > summary").click()
    folded = page.locator(".facet:not([open]) > summary")
    while folded.count():
        folded.first.click()


def choose(page, country):
    lay_open(page)
    page.get_by_role("checkbox", name=re.compile(f"^{country}")).check()


def count(page, text):
    return page.get_by_role("heading", name=text)


def test_while_filters_are_laid_open_what_they_find_is_counted_in_sight_and_one_touch_away(phone):
    choose(phone, "Maroc")
    see = phone.get_by_role("button", name="Voir les 3 opportunités")
    expect(see).to_be_in_viewport(ratio=1)
    assert broken_rules(phone) == []

    see.click()

    expect(count(phone, "3 opportunités ouvertes")).to_be_in_viewport(ratio=1)
    expect(phone.locator("article").first).to_be_in_viewport()
    expect(phone.locator("#filtres > summary")).to_be_in_viewport(ratio=1)
    assert phone.evaluate("document.activeElement.id") == "combien"
    assert phone.url.endswith(f"{LIST}?pays=MA")
    phone.go_back()
    expect(count(phone, "4 opportunités ouvertes")).to_be_visible()


def test_a_filter_that_is_applied_stays_under_the_finger(phone):
    lay_open(phone)
    box = phone.get_by_role("checkbox", name=re.compile("^Maroc"))
    box.scroll_into_view_if_needed()
    before = box.bounding_box()["y"]

    box.check()
    expect(count(phone, "3 opportunités ouvertes")).to_be_attached()

    assert box.is_checked()
    assert abs(box.bounding_box()["y"] - before) < 3


def test_a_search_closes_the_filters_it_was_typed_above(phone):
    choose(phone, "Maroc")
    phone.get_by_role("searchbox").fill("osaka")
    phone.keyboard.press("Enter")

    expect(phone.get_by_role("heading", level=2).first).to_be_in_viewport()
    expect(phone.locator("#filtres")).not_to_have_attribute("open", "")


def test_where_nothing_is_found_the_button_says_so_and_leads_to_the_ways_out(phone):
    choose(phone, "Maroc")
    phone.get_by_role("searchbox").fill("osaka")
    phone.keyboard.press("Enter")
    expect(count(phone, "0 opportunité ouverte")).to_be_visible()
    lay_open(phone)

    phone.get_by_role("button", name="Aucune opportunité : que faire ?").click()

    expect(phone.get_by_role("link", name=re.compile("Maroc")).first).to_be_in_viewport()


def test_without_javascript_the_button_in_sight_applies_them_and_what_they_find_comes_first(plain):
    page = plain()
    page.goto(LIST)
    choose(page, "Maroc")
    expect(page.get_by_role("button", name=re.compile("^Voir les"))).to_be_hidden()
    apply = page.get_by_role("button", name="Appliquer les filtres")
    expect(apply).to_be_in_viewport(ratio=1)

    apply.click()

    expect(count(page, "3 opportunités ouvertes")).to_be_in_viewport(ratio=1)
    expect(page.locator("article").first).to_be_in_viewport()


def test_on_a_wide_screen_nothing_stands_between_the_filters_and_what_they_find(page, live_server):
    page.goto(live_server.url + LIST)
    page.locator("#filtres").get_by_role("checkbox").first.check()

    expect(page.get_by_role("link", name=re.compile("Retirer le filtre"))).to_be_visible()
    expect(page.locator("#voir")).to_be_hidden()
    assert page.url != live_server.url + LIST

"""The frame of every page, in a real browser: by keyboard, on a phone, without JavaScript, under the strict policy."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import OpportunityFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    "name", ["home", "accessibility", "account_login", "account_reset_password", "account_email_verification_sent"]
)
def test_public_pages_break_no_rule(page, live_server, axe, console, name, size):
    page.set_viewport_size(size)

    page.goto(live_server.url + reverse(name))

    axe()
    assert console == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.ignore_template_errors  # allauth's own templates read what may be absent
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    "name", ["account_email", "account_change_password", "mfa_index", "mfa_list_webauthn", "account_logout"]
)
def test_pages_of_ones_own_account_break_no_rule(page, live_server, axe, console, sign_in, name, size):
    sign_in(UserFactory(password="correct horse"))
    page.set_viewport_size(size)

    page.goto(live_server.url + reverse(name))

    axe()
    assert console == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


ROOM = """field => {
  const pen = document.createElement("canvas").getContext("2d"), style = getComputedStyle(field)
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`
  const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
  return room - pen.measureText(field.placeholder).width }"""


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", ["home", "matching:opportunity_list"])
def test_on_a_phone_the_search_box_shows_all_that_it_suggests(page, live_server, name, language):
    page.set_viewport_size(PHONE)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])

    page.goto(live_server.url + reverse(name))

    assert page.locator("html").get_attribute("lang") == language
    assert page.get_by_role("searchbox").first.evaluate(ROOM) >= 0


def test_a_missing_page_breaks_no_rule(page, live_server, axe):
    page.goto(live_server.url + "/nulle-part/")

    axe()


def test_on_a_phone_the_menu_opens_by_keyboard_and_closes_on_escape(page, live_server, axe):
    page.set_viewport_size(PHONE)
    page.goto(live_server.url)
    link = page.get_by_role("navigation", name="Principale").get_by_role("link", name="Opportunités")
    expect(link).not_to_be_visible()

    page.get_by_text("Menu", exact=True).focus()
    page.keyboard.press("Enter")

    expect(link).to_be_visible()
    axe()
    page.keyboard.press("Escape")
    expect(link).not_to_be_visible()


def test_on_a_desk_the_menu_lies_open_and_the_keyboard_reaches_it(page, live_server):
    page.goto(live_server.url)
    seen = []
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))

    assert seen[:4] == ["Aller au contenu", "Pacte International", "Opportunités", "Pour les PME"]


def test_without_javascript_the_menu_opens_and_the_language_changes(browser, live_server):
    context = browser.new_context(java_script_enabled=False, locale="fr-FR", viewport=PHONE)
    page = context.new_page()
    page.goto(live_server.url + reverse("accessibility"))

    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("banner").get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()


def test_what_is_wrong_takes_the_focus(page, live_server):
    page.goto(live_server.url + reverse("account_login"))
    page.get_by_label("Mot de passe", exact=True).fill("faux")
    page.get_by_role("textbox").first.fill("personne@example.com")

    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()

    expect(page.locator("[data-error-summary]")).to_be_focused()


def test_filtering_draws_no_complaint_from_the_browser(page, live_server, console):
    OpportunityFactory.create_batch(3, published=True, places=["MA"])
    page.goto(live_server.url + reverse("matching:opportunity_list"))

    page.get_by_role("checkbox").first.check()
    expect(page.get_by_label("Filtres actifs")).to_be_visible()

    assert console == []

"""Everything by keyboard alone: the way there is short, each stop shows, and Enter does what it should."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from matching.models import Application, Introduction
from tests.factories import PASSWORD, ApplicationFactory, OpportunityFactory, group_user, sme_user

pytestmark = pytest.mark.django_db(transaction=True)
SHOWN = """() => {
    const style = getComputedStyle(document.activeElement);
    return parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none" || style.boxShadow !== "none";
}"""
AT = "document.activeElement.matches('{}')"


@pytest.fixture
def tab(page):
    """Go on by Tab until the stop that `there` (a test in the page) tells; each stop on the way must show."""

    def tab(there, most=60):
        for _ in range(most):
            page.keyboard.press("Tab")
            assert page.evaluate(SHOWN), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            if page.evaluate(there):
                return
        raise AssertionError(f"{there} is out of reach")

    return tab


def test_the_first_stop_skips_to_the_content(page, live_server, tab):
    page.goto(live_server.url + reverse("matching:opportunity_list"))

    tab("document.activeElement.textContent.trim() === 'Aller au contenu'", most=1)
    page.keyboard.press("Enter")
    tab("document.querySelector('main').contains(document.activeElement)", most=1)


def test_searching_and_filtering(page, live_server, tab):
    OpportunityFactory(published=True, places=["MA"], title="Vannes pour le Maroc")
    OpportunityFactory(published=True, places=["JP"], title="Vannes pour le Japon")
    page.goto(live_server.url + reverse("matching:opportunity_list"))

    tab(AT.format("[type=search]"))
    page.keyboard.type("vannes maroc")
    page.keyboard.press("Enter")
    expect(page.locator("#results article")).to_have_count(1)

    page.goto(live_server.url + reverse("matching:opportunity_list"))
    tab(AT.format("input[type=checkbox]"))
    page.keyboard.press("Space")
    expect(page.get_by_text("Filtres actifs").or_(page.get_by_label("Filtres actifs")).first).to_be_attached()
    assert page.evaluate(AT.format("input[type=checkbox]:checked"))  # one stays where one was


def test_signing_in_by_enter(page, live_server):
    user = sme_user()
    user.set_password(PASSWORD)
    user.save()
    page.goto(live_server.url + reverse("account_login"))

    page.get_by_role("textbox").first.focus()
    page.keyboard.type(user.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Votre tableau de bord")).to_be_visible()


def test_applying(page, live_server, sign_in, tab):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    sign_in(user)
    page.goto(live_server.url + opportunity.get_absolute_url())

    tab("document.activeElement.textContent.trim() === 'Candidater'")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Votre candidature")).to_be_visible()
    tab(AT.format("textarea"))
    page.keyboard.type("Nous fabriquons ces vannes.")
    tab(AT.format("button[name=next]"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Relire et envoyer")).to_be_visible()
    tab(AT.format("input[type=checkbox]"))
    page.keyboard.press("Space")
    tab("document.activeElement.textContent.trim() === 'Envoyer ma candidature'")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Votre candidature est partie").first).to_be_visible()
    assert Application.objects.get().state == "sent"


def test_accepting(page, live_server, sign_in, tab):
    person = group_user()
    application = ApplicationFactory(
        sent=True, opportunity=OpportunityFactory(published=True, owner=person.organisation)
    )
    sign_in(person)
    page.goto(live_server.url + reverse("matching:application_review", args=[application.pk]))

    tab("document.activeElement.textContent.trim() === 'Accepter et mettre en relation'")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Accepter")
    tab(AT.format("button[name=confirm]"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("part à l'instant")).to_be_visible()
    assert Introduction.objects.count() == 1


def test_folded_lists_of_a_form_open_by_enter(page, live_server, sign_in, tab):
    sign_in(group_user())
    page.goto(live_server.url + reverse("accounts:group_profile_edit"))

    tab(AT.format("main summary"))
    page.keyboard.press("Enter")
    tab(AT.format("input[type=checkbox]"), most=1)
    page.keyboard.press("Space")

    assert page.evaluate("document.activeElement.checked")

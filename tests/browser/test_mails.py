import pytest
from django.urls import reverse

from matching import introduce
from tests.factories import (
    ApplicationFactory,
    EmailFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    sme_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_development_mailbox_breaks_no_rule_and_shows_the_html(page, live_server, axe, console, settings, width):
    settings.DEBUG = True
    email = EmailFactory(html="<html lang='fr'><title>Bonjour</title><main><h1>Bonjour Ada</h1></main></html>")
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(live_server.url + reverse("mails"))
    axe()
    page.get_by_role("link", name=email.subject).click()
    page.frame_locator("iframe").get_by_role("heading", name="Bonjour Ada").wait_for()
    axe()

    assert console == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_introduction_fits_a_phone_with_long_addresses(page):
    company = sme_user(name="DÉMO Constructions hydrauliques de la vallée").organisation
    group = OrganisationFactory(group=True)
    opportunity = OpportunityFactory(
        published=True,
        owner=group,
        title="Robinetterie et compteurs " * 4,
        contact_email="prenom-compose.nom-compose.export@example.com",
    )
    application = ApplicationFactory(sent=True, opportunity=opportunity, company=company)
    decider = MembershipFactory(organisation=group).user
    html = introduce.accept(application, by=decider, message="").email.html
    page.set_viewport_size({"width": 390, "height": 844})

    page.set_content(html)

    assert page.evaluate("document.documentElement.scrollWidth") == 390

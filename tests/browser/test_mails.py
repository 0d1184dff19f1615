import pytest
from django.urls import reverse

from tests.factories import EmailFactory

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

"""A train enters a tunnel: nothing typed is lost, and nothing leaves twice."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import ApplicationFactory

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Nous livrons des vannes au Maroc depuis vingt ans."


@pytest.fixture
def form(page, live_server, sign_in):
    draft = ApplicationFactory(pitch="")
    sign_in(draft.contact)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + reverse("matching:application_edit", args=[draft.pk]))
    page.get_by_label("Votre candidature en quelques lignes").fill(WORDS)
    return draft


def test_without_a_network_the_page_stays_and_says_so(page, form):
    save = page.get_by_role("button", name="Enregistrer le brouillon")
    page.context.set_offline(True)
    save.click()
    expect(page.get_by_text("Pas de réseau : rien n'est parti")).to_be_visible()
    expect(page.get_by_label("Votre candidature en quelques lignes")).to_have_value(WORDS)

    page.context.set_offline(False)
    save.click()

    expect(page.get_by_text("Le brouillon est enregistré")).to_be_visible()
    form.refresh_from_db()
    assert form.pitch == WORDS


def test_what_was_stopped_on_its_way_may_be_sent_again(page, form):
    save = page.get_by_role("button", name="Enregistrer le brouillon")
    page.clock.install()
    stay = {"status": 204}  # the page stays, as when the person stops it
    page.route(
        "**/modifier/", lambda route: route.fulfill(**stay) if route.request.method == "POST" else route.fallback()
    )
    save.click()
    expect(save).to_have_attribute("aria-disabled", "true")
    page.unroute("**/modifier/")
    page.clock.fast_forward(16_000)

    save.click()

    expect(page.get_by_text("Le brouillon est enregistré")).to_be_visible()

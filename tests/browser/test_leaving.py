"""Leaving a team in a real browser, at a desk and on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import colleague, sme_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_member_leaves_the_team(page, live_server, sign_in, axe, console, width):
    other = colleague(sme_user())
    organisation = other.organisation
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(other)
    page.goto(live_server.url + reverse("accounts:members"))
    axe()

    page.get_by_role("link", name="Quitter").click()
    axe()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Quitter").click()

    expect(page.get_by_text(f"Vous avez quitté {organisation}")).to_be_visible()
    axe()
    assert console == []
    assert not organisation.memberships.active().filter(user=other).exists()

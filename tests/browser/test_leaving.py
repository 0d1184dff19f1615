"""Leaving a team, or seeming to, in a real browser, at a desk and on a phone."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Membership
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


@pytest.mark.parametrize("width", [1280, 390])
def test_who_administers_recognises_a_colleague_whose_address_has_moved(
    page, live_server, sign_in, axe, console, width
):
    admin = sme_user()
    other = colleague(admin).membership
    Membership.objects.filter(pk=other.pk).update(moved_at=timezone.now())
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(admin)
    page.goto(live_server.url + reverse("accounts:members"))
    expect(page.get_by_text(f"Son adresse est {other.user.email}")).to_be_visible()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"moved-{width}.png", full_page=True)
    axe()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name=f"Elle est toujours de l'équipe {other.user}").click()

    expect(page.get_by_text("fait toujours partie de l'équipe")).to_be_visible()
    assert console == []
    assert Membership.objects.get(pk=other.pk).moved_at is None

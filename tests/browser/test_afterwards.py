"""After publication, in a real browser at both sizes: a material edit with two applicants, a withdrawal with five."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Email
from matching.models import Application
from opportunities.models import Amendment, Opportunity
from tests.factories import ApplicationFactory, OpportunityFactory, group_user

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def opportunity(sign_in):
    user = group_user()
    sign_in(user)
    return OpportunityFactory(owner=user.organisation, created_by=user, published=True)


@pytest.fixture(params=SIZES)
def fine(page, axe, console, request):
    """Break no rule at this size; keep a picture where SCREENSHOTS names a folder."""
    page.set_viewport_size(SIZES[request.param])

    def check(name):
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"after-{name}-{request.param}.png", full_page=True)
        axe()
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[request.param]["width"]
        assert console == []

    return check


def follow(page, live_server, opportunity, action):
    page.goto(live_server.url + reverse("opportunities:manage", args=[opportunity.pk]))
    page.get_by_role("main").get_by_role("link", name=action, exact=True).click()


def test_a_material_edit_with_two_applicants(page, live_server, opportunity, fine):
    applications = ApplicationFactory.create_batch(2, sent=True, opportunity=opportunity)
    follow(page, live_server, opportunity, "Modifier")
    fine("edit")

    page.locator("#id_languages_must summary").click()
    page.locator("#id_languages_must").get_by_label("Anglais").check()
    page.get_by_role("button", name="Continuer").click()
    for one in applications:
        expect(page.get_by_text(one.company.name)).to_be_visible()
    expect(page.get_by_text("anglais (exigé)").first).to_be_visible()
    fine("edit-confirm")
    page.get_by_role("button", name="Demander cette modification").click()

    expect(page.get_by_role("heading", name="Une modification attend notre équipe")).to_be_visible()
    fine("edit-waiting")
    assert Amendment.objects.get().state == "pending"
    assert not opportunity.criteria.exists()


def test_a_withdrawal_with_five_applicants(page, live_server, opportunity, fine):
    applications = ApplicationFactory.create_batch(5, sent=True, opportunity=opportunity)
    follow(page, live_server, opportunity, "Retirer")
    expect(page.get_by_text("5 candidatures en cours s'arrêteront là.")).to_be_visible()
    fine("withdraw")

    page.get_by_label("Motif").fill("Le client a renoncé à son projet.")
    page.get_by_role("button", name="Voir qui sera prévenu").click()
    for one in applications:
        expect(page.get_by_text(one.company.name)).to_be_visible()
    fine("withdraw-confirm")
    page.get_by_role("button", name="Retirer cette opportunité").click()

    expect(page.get_by_text("L'opportunité est retirée.")).to_be_visible()
    assert Application.objects.filter(state="cancelled").count() == 5
    assert Email.objects.filter(template="application_cancelled").count() == 5


def test_an_extension_and_a_closing(page, live_server, opportunity, fine):
    ApplicationFactory(opportunity=opportunity)
    later = timezone.localdate() + timedelta(days=60)
    follow(page, live_server, opportunity, "Prolonger")
    page.get_by_label("Candidatures jusqu'au").fill(str(later))
    page.get_by_label("Réponse promise").fill(str(later))
    page.get_by_role("button", name="Voir qui sera prévenu").click()
    expect(page.get_by_role("button", name="Donner ces dates")).to_be_visible()
    fine("extend")
    page.get_by_role("button", name="Donner ces dates").click()
    expect(page.get_by_text("Celles qui candidatent reçoivent un message")).to_be_visible()

    page.get_by_role("link", name="Clôturer les candidatures").click()
    page.get_by_label("Nous avons trouvé").check()
    page.get_by_role("button", name="Voir qui sera prévenu").click()
    expect(page.get_by_role("button", name="Clôturer les candidatures")).to_be_visible()
    fine("close")
    page.get_by_role("button", name="Clôturer les candidatures").click()

    expect(page.get_by_text("Les candidatures sont closes.")).to_be_visible()
    assert Opportunity.objects.get().apply_by == later

"""A group answers ten applicants at once, by keyboard alone, at a desk and on a phone; the pages break no rule."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Email
from matching.models import Application
from matching.views.applicants import PER_PAGE
from tests.factories import ApplicationFactory, MatchFactory, OpportunityFactory, group_user

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(params=SIZES)
def fine(page, axe, console, request):
    """Break no rule at this size; keep a picture where SCREENSHOTS names a folder."""
    page.set_viewport_size(SIZES[request.param])

    def check(name):
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"applicants-{name}-{request.param}.png", full_page=True)
        axe()
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[request.param]["width"]
        assert console == []

    return check


@pytest.fixture
def ten(sign_in):
    user = group_user()
    sign_in(user)
    opportunity = OpportunityFactory(owner=user.organisation, created_by=user, published=True)
    for place in range(10):
        row = ApplicationFactory(sent=True, opportunity=opportunity)
        MatchFactory(opportunity=opportunity, company=row.company, score=90 - 5 * place)
    return opportunity


@pytest.fixture
def many(ten):
    """Three more than a page holds."""
    for _ in range(PER_PAGE + 3 - 10):
        row = ApplicationFactory(sent=True, opportunity=ten)
        MatchFactory(opportunity=ten, company=row.company, score=30)
    return ten


def press(page, control, key="Enter"):
    """As the keyboard does: it must be able to hold the focus."""
    control.focus()
    expect(control).to_be_focused()
    page.keyboard.press(key)


def test_a_bulk_decision_over_ten_by_keyboard(page, live_server, ten, fine):
    page.goto(live_server.url + reverse("matching:applicants", args=[ten.pk]))
    fine("list")
    press(page, page.get_by_role("link", name="Tout cocher"))
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(10)
    expect(boxes.nth(9)).to_be_checked()
    press(page, boxes.nth(9), "Space")
    expect(boxes.nth(9)).not_to_be_checked()
    press(page, boxes.nth(9), "Space")

    press(page, page.get_by_role("button", name="Décliner"))
    expect(page.get_by_role("heading", name="Décliner ces candidatures ?")).to_be_visible()
    fine("reason")
    press(page, page.get_by_role("button", name="Voir les messages"))
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Raison").select_option("size")
    page.get_by_label("Votre mot à l'entreprise").fill("Ce chantier veut de plus grandes équipes.")
    press(page, page.get_by_role("button", name="Voir les messages"))
    expect(page.get_by_role("heading", name="Le message exact")).to_be_visible()
    assert not Email.objects.exists()
    fine("messages")
    press(page, page.get_by_role("button", name="Décliner et envoyer"))

    expect(page.get_by_text("10 réponses négatives sont parties.")).to_be_visible()
    assert Application.objects.filter(state="declined").count() == 10
    assert Email.objects.filter(template="application_declined").count() == 10


def test_beyond_one_page_it_says_what_it_ticks_and_moves_no_other(page, live_server, many, fine):
    page.goto(live_server.url + reverse("matching:applicants", args=[many.pk]))
    press(page, page.get_by_role("link", name=f"Cocher les {PER_PAGE} de cette page"))
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(PER_PAGE)
    expect(page.get_by_text("3 autres sont sur d'autres pages, et ne bougeront pas.")).to_be_visible()
    fine("page-ticked")

    press(page, page.get_by_role("button", name="Décliner"))
    expect(page.get_by_text(f"{PER_PAGE} entreprises seront prévenues")).to_be_visible()
    page.get_by_label("Raison").select_option("size")
    press(page, page.get_by_role("button", name="Voir les messages"))
    press(page, page.get_by_role("button", name="Décliner et envoyer"))
    expect(page.get_by_text(f"{PER_PAGE} réponses négatives sont parties.")).to_be_visible()
    assert Application.objects.filter(state="sent").count() == 3

    press(page, page.get_by_role("link", name="À répondre (3)"))
    press(page, page.get_by_role("link", name="Tout cocher"))
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    press(page, page.get_by_role("button", name="Présélectionner"))
    expect(page.get_by_role("button", name="Présélectionner et prévenir")).to_be_visible()
    fine("shortlist")
    press(page, page.get_by_role("button", name="Présélectionner et prévenir"))
    expect(page.get_by_text("3 candidatures présélectionnées.")).to_be_visible()
    assert Email.objects.filter(template="application_shortlisted").count() == 3
    assert Email.objects.filter(template="application_declined").count() == PER_PAGE


def test_four_side_by_side_and_all_accepted_within_the_places(page, live_server, ten, fine):
    page.goto(live_server.url + reverse("matching:applicants", args=[ten.pk]))
    for place in range(4):
        page.get_by_role("checkbox").nth(place).check()
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("heading", name="Comparer")).to_be_visible()
    fine("compare")
    page.get_by_role("link", name="Revenir à la liste").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(4)

    page.get_by_role("button", name="Accepter").click()
    expect(page.get_by_role("heading", name="Accepter ces candidatures ?")).to_be_visible()
    fine("accept")
    page.get_by_role("button", name="Accepter et mettre en relation").click()
    expect(page.get_by_text("4 réponses positives sont parties.")).to_be_visible()

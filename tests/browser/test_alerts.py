"""An alert from the search that is saved to the last message, on a phone, with JavaScript and without."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Email
from matching import alerts, reminders
from matching.models import AlertSettings, SavedSearch
from tests.factories import MatchFactory, OpportunityFactory, sme_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["javascript", "without"])
def browser_context_args(browser_context_args, request):
    return {**browser_context_args, "viewport": {"width": 390, "height": 844}, "java_script_enabled": request.param}


@pytest.fixture(autouse=True)
def _office_hours(monkeypatch):
    for module in (alerts, reminders):
        monkeypatch.setattr(module, "at_work", lambda now: True)


def look():
    """As if the time had come."""
    now = timezone.now()
    AlertSettings.objects.exclude(frequency="none").update(next_at=now)
    SavedSearch.objects.exclude(frequency="none").update(next_at=now)
    return alerts.tell_due(timezone.now())


def new(person, title):
    match = MatchFactory(company=person.organisation, opportunity=OpportunityFactory(published=True, title=title))
    return match.opportunity


def test_from_saving_to_unsubscribing_while_signed_out(page, live_server, sign_in, settings):
    settings.SITE_URL = live_server.url
    person = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])
    OpportunityFactory(published=True, title="Vannes déjà là", published_at=timezone.now() - timedelta(days=2))
    sign_in(person)

    page.goto(f"{live_server.url}/opportunites/?q=vannes&pays=MA")
    page.get_by_role("link", name="Enregistrer cette recherche").click()
    expect(page.get_by_label("Nom de l'alerte")).to_have_value("vannes, Maroc")
    page.get_by_label("une fois par jour").check()
    page.get_by_role("button", name="Enregistrer l'alerte").click()
    expect(page.get_by_text("L'alerte est enregistrée")).to_be_visible()
    new(person, "Vannes toutes neuves")
    assert look() == 1

    mail = Email.objects.get(template="proposals")
    assert "Vannes toutes neuves" in mail.text
    assert "Vannes déjà là" not in mail.text
    page.goto(live_server.url + reverse("matching:notifications"))
    expect(page.get_by_role("button", name="Vannes toutes neuves")).to_be_visible()
    page.get_by_role("button", name="Tout marquer comme lu").click()
    expect(page.get_by_text("0 non lue")).to_be_visible()

    page.context.clear_cookies()
    page.goto(mail.unsubscribe_url)
    page.get_by_role("button", name="Arrêter toutes les alertes").click()
    expect(page.get_by_role("heading", name="C'est fait")).to_be_visible()
    new(person, "Vannes d'après")

    assert look() == 0


def test_a_reminder_is_asked_for_and_given_up_from_the_page(page, live_server, sign_in):
    opportunity = OpportunityFactory(published=True)
    sign_in(sme_user())

    page.goto(live_server.url + opportunity.get_absolute_url())
    page.get_by_role("button", name="Suivre", exact=True).click()
    expect(page.get_by_text("Vous suivez cette opportunité")).to_be_visible()
    page.goto(live_server.url + reverse("matching:follows"))
    page.get_by_role("link", name=opportunity.title).click()
    page.get_by_role("button", name="Ne plus suivre").click()

    expect(page.get_by_role("button", name="Suivre", exact=True)).to_be_visible()

"""After publication, in a real browser at both sizes: a material edit with two applicants, a withdrawal with five."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Email
from matching import tasks
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


def accept_the_amendment(page, opportunity, fine):
    """Staff, in the admin: from the queue to the page that asks."""
    page.get_by_role("link", name=re.compile(r"^1\s+Modifications à relire")).click()
    page.get_by_role("link", name=opportunity.title).click()
    expect(page.get_by_text("anglais (exigé)")).to_be_visible()
    fine("edit-staff")
    page.get_by_role("link", name="Accepter", exact=True).click()
    fine("edit-staff-confirm")
    page.get_by_role("button", name="Accepter", exact=True).click()
    expect(page.get_by_text("« Accepter » : c'est fait.")).to_be_visible()


def test_a_material_edit_with_two_applicants(page, live_server, opportunity, sign_in, to_admin, fine):
    applications = stays, edits = ApplicationFactory.create_batch(2, sent=True, opportunity=opportunity)
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
    assert not opportunity.criteria.exists()
    assert not Email.objects.exists()

    staff = to_admin()
    accept_the_amendment(page, opportunity, fine)
    tasks.settle_introductions()
    tasks.settle_introductions()
    mails = Email.objects.filter(template="application_changed")
    assert sorted(mails.values_list("to", flat=True)) == sorted([one.contact.email] for one in applications)
    for mail in mails:
        assert "- Critères Avant : – Maintenant : anglais (exigé)" in " ".join(mail.text.split())
    assert Amendment.objects.get().history.get().actor == staff

    sign_in(stays.contact)
    page.goto(live_server.url + stays.get_absolute_url())
    fine("edit-asked-again")
    page.get_by_role("button", name="Confirmer ma candidature").click()
    expect(page.get_by_text("C'est confirmé : votre candidature reste en place.")).to_be_visible()
    expect(page.get_by_role("button", name="Confirmer ma candidature")).to_have_count(0)
    fine("edit-confirmed")
    sign_in(edits.contact)
    page.goto(live_server.url + edits.get_absolute_url())
    page.get_by_role("link", name="Modifier ma candidature").click()
    fine("edit-revise")
    page.get_by_label("Votre candidature en quelques lignes").fill("Notre équipe parle anglais.")
    page.get_by_role("button", name="Enregistrer les changements").click()
    expect(page.get_by_text("Vos changements sont enregistrés")).to_be_visible()

    sign_in(opportunity.created_by)
    page.goto(live_server.url + reverse("matching:application_review", args=[edits.pk]))
    expect(page.get_by_text("Notre équipe parle anglais.")).to_be_visible()
    fine("edit-read-again")
    assert set(Application.objects.values_list("state", "recheck_by")) == {("sent", None)}
    assert opportunity.criteria.get().must is True


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
    assert not Email.objects.exists()
    assert Opportunity.objects.get().state == "published"
    page.get_by_role("button", name="Retirer cette opportunité").click()

    expect(page.get_by_text("L'opportunité est retirée.")).to_be_visible()
    assert Application.objects.filter(state="cancelled").count() == 5
    told = Email.objects.filter(template="application_cancelled")
    assert sorted(told.values_list("to", flat=True)) == sorted([one.contact.email] for one in applications)


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

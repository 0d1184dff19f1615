"""On a telephone: questions of the profile answered on the way, a thin file completed, a portage recommended."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Certificate, Email
from matching import apply
from matching.models import Application
from tests.browser.test_applying import PITCH, button, fine, phone, url  # noqa: F401
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    PortageRequestFactory,
    sme_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_question_of_the_profile_is_answered_without_losing_a_word(phone, live_server, sign_in, fine):  # noqa: F811
    user, opportunity, page = sme_user(), OpportunityFactory(published=True), phone
    asked = ("certifications", "unknown", 0, 10, {"lacks": ["iso-9001"]})
    MatchFactory(opportunity=opportunity, company=user.organisation, parts=[asked])
    sign_in(user)
    page.goto(live_server.url + url("application_start", opportunity))
    fine("missing")

    page.get_by_label("Votre candidature en quelques lignes").fill(PITCH)
    page.get_by_role("button", name=re.compile("^Répondre")).click()
    expect(page.get_by_text("Le brouillon est enregistré")).to_be_visible()
    page.locator("#id_form-0-code").select_option("iso-9001")
    button(page, "Enregistrer").click()

    expect(page.get_by_label("Votre candidature en quelques lignes")).to_have_value(PITCH)
    assert Certificate.objects.get().code == "iso-9001"
    page.goto(live_server.url + reverse("accounts:profile"))
    expect(page.get_by_text("Combien d'opportunités ouvrirait chaque réponse ?")).to_be_visible()
    fine("profile")


def test_a_thin_file_goes_back_is_completed_and_read_again(phone, live_server, sign_in, fine):  # noqa: F811
    application, page = ApplicationFactory(), phone
    apply.send(application, by=application.contact, consented=True)
    Application.objects.update(seen_at=timezone.now())
    group = MembershipFactory(organisation=application.opportunity.owner).user
    sign_in(group)
    page.goto(live_server.url + url("application_decline", application))
    page.get_by_label("Raison").select_option("incomplete")
    page.get_by_label("Votre mot à l'entreprise").fill("Quelles sont vos références ?")
    button(page, "Voir le message").click()
    expect(page.get_by_text("Rien n'est décliné")).to_be_visible()
    fine("send-back")
    button(page, "Demander de compléter").click()

    sign_in(application.contact)
    page.goto(live_server.url + url("application_status", application))
    fine("asked")
    page.get_by_role("link", name="Compléter mon dossier").click()
    fine("complete")
    page.get_by_label("Votre candidature en quelques lignes").fill("Nos références : Rabat et Tanger.")
    button(page, "Enregistrer les changements").click()

    expect(page.get_by_text("le groupe lira cette version")).to_be_visible()
    sign_in(group)
    page.goto(live_server.url + url("application_review", application))
    expect(page.get_by_text("Nos références : Rabat et Tanger.")).to_be_visible()
    expect(page.get_by_text("Nous avons complété notre dossier")).to_be_visible()


def test_a_sponsor_of_a_portage_writes_signed_out(phone, live_server, sign_in, fine):  # noqa: F811
    asked, page = PortageRequestFactory(), phone
    sign_in(asked.contact)
    page.goto(live_server.url + asked.get_absolute_url())
    page.get_by_role("link", name="Demander une recommandation").click()
    fine("portage-sponsor")
    page.get_by_label("Nom de la personne").fill("DÉMO Dominique Parrain")
    page.get_by_label("Au titre de").select_option("cce")
    page.get_by_label("Son e-mail").fill("parrain@cci.demo.example")
    button(page, "Envoyer la demande").click()
    page.context.clear_cookies()

    page.goto(
        live_server.url + re.search(r"/recommandations/\S+", Email.objects.get(template="sponsor_invited").text)[0]
    )
    fine("portage-recommend")
    page.get_by_label("Votre recommandation").fill("Une équipe sérieuse.")
    button(page, "Transmettre ma recommandation").click()
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()

    sign_in(asked.contact)
    page.goto(live_server.url + asked.get_absolute_url())
    expect(page.get_by_text("Une équipe sérieuse.")).to_be_visible()
    fine("portage-status")

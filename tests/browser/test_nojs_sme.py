"""What an SME does beside applying alone, with JavaScript off: forms and links alone."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Email
from matching.models import Application, Partner, PortageRequest, Sponsor, Standing
from opportunities.models import Opening, Pledge
from tests.factories import ApplicationFactory, OpportunityFactory, sme_user
from tests.opportunities.test_attachments import WHOLE, joined

pytestmark = pytest.mark.django_db(transaction=True)


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def path_in(mail):
    return re.search(r"http://localhost:8000(/\S+)", mail.text)[1]


def test_a_confidential_file_behind_the_pledge(plain):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    joined(opportunity, content=WHOLE, size=len(WHOLE), confidential=True)
    page = plain(user)
    page.goto(opportunity.get_absolute_url())

    page.get_by_role("link", name="plan.pdf").click()
    expect(page.get_by_role("heading", name="Fichiers confidentiels")).to_be_visible()
    assert not Pledge.objects.exists()
    press(page, "Je m'engage, et j'ouvre les fichiers")
    with page.expect_download() as download:
        press(page, "plan.pdf")

    assert download.value.suggested_filename.endswith(".pdf")
    assert Pledge.objects.get().company == user.organisation
    assert Opening.objects.get().person == user


def test_inviting_a_partner_who_joins(plain):
    lead, partner = sme_user(), sme_user()
    application = ApplicationFactory(contact=lead)
    page = plain(lead)
    page.goto(reverse("matching:application_edit", args=[application.pk]))
    page.get_by_role("link", name="Candidater en groupement").click()
    press(page, "Inviter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("SIREN de l'entreprise").fill(partner.organisation.siren)
    page.get_by_label("Votre mot").fill("Répondons ensemble.")
    press(page, "Inviter")
    expect(page.get_by_text(partner.organisation.name).first).to_be_visible()

    other = plain(partner)
    other.goto(path_in(Email.objects.get(template="partner_invited")))
    expect(other.get_by_text("Répondons ensemble.")).to_be_visible()
    press(other, "Rejoindre le groupement")
    assert Partner.objects.get().state == "invited"  # the box is not ticked
    other.get_by_label("Ce que votre entreprise apporte").fill("Le montage.")
    other.get_by_label("J'accepte que").check()
    press(other, "Rejoindre le groupement")
    expect(other.get_by_text("Vous êtes dans le groupement").first).to_be_visible()

    other.locator("details.fold > summary").click()
    press(other, "Quitter le groupement")
    expect(other.get_by_text("Vous avez quitté le groupement").first).to_be_visible()
    assert Partner.objects.get().state == "left"


def test_declining_to_be_a_partner(plain):
    lead, partner = sme_user(), sme_user()
    application = ApplicationFactory(contact=lead)
    its = {"application": application, "opportunity": application.opportunity, "invited_by": lead}
    Partner.objects.create(company=partner.organisation, **its)
    page = plain(partner)
    page.goto(reverse("matching:applications"))

    page.get_by_role("main").get_by_role("link", name=application.opportunity.title).click()
    press(page, "Décliner l'invitation")

    expect(page.get_by_role("main")).to_be_visible()
    assert Partner.objects.get().state == "declined"


def test_asking_for_portage_and_taking_it_back(plain):
    user = sme_user()
    page = plain(user)
    page.goto(reverse("matching:sme_dashboard"))
    page.get_by_role("link", name="Demander un portage").click()
    page.get_by_role("link", name="Demander un portage").click()
    press(page, "Envoyer ma demande")
    expect(page.get_by_text("Cochez au moins une aide.").first).to_be_visible()

    page.get_by_label("Pays", exact=True).select_option(label="Maroc")
    page.get_by_label("dans les 6 mois").check()
    page.get_by_label("mise en relation avec des clients").check()
    page.get_by_label("Votre projet en quelques lignes").fill("Vendre nos vannes aux stations de pompage.")
    page.get_by_label("J'accepte que mon projet").check()
    press(page, "Envoyer ma demande")
    expect(page.get_by_text("Votre demande est partie").first).to_be_visible()
    assert PortageRequest.objects.get().state == "to_review"

    page.get_by_role("link", name="Retirer ma demande").click()
    press(page, "Retirer la demande")
    assert PortageRequest.objects.get().state == "withdrawn"


def test_withdrawing_what_was_sent(plain):
    user = sme_user()
    application = ApplicationFactory(contact=user, sent=True)
    page = plain(user)
    page.goto(application.get_absolute_url())

    page.get_by_role("link", name="Retirer ma candidature").click()
    expect(page.get_by_role("heading", name="Retirer cette candidature ?")).to_be_visible()
    assert Application.objects.get().state == "sent"
    press(page, "Retirer la candidature")

    expect(page.get_by_text("C'est fait : candidature retirée")).to_be_visible()
    assert Application.objects.get().state == "withdrawn"
    assert Email.objects.get().template == "application_withdrawn"


def test_not_for_me_and_shown_again(plain):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    page = plain(user)
    page.goto(opportunity.get_absolute_url())

    page.get_by_role("link", name="Pas pour moi").click()
    press(page, "Masquer l'opportunité")
    expect(page.get_by_text("Choisissez une raison").first).to_be_visible()
    page.get_by_role("radio").first.check()
    press(page, "Masquer l'opportunité")
    expect(page.get_by_role("main")).to_be_visible()
    assert Standing.objects.get().dismissed_by == user
    page.goto(reverse("matching:dismissed"))
    page.get_by_role("main").get_by_role("button").first.click()

    assert Standing.objects.get().dismissed_at is None


def test_a_recommendation_by_somebody_without_an_account(plain):
    user = sme_user()
    application = ApplicationFactory(contact=user, sent=True)
    page = plain(user)
    page.goto(application.get_absolute_url())
    page.get_by_role("link", name="Demander une recommandation").click()
    page.get_by_label("Nom de la personne").fill("DÉMO Dominique Parrain")
    page.get_by_label("Au titre de").select_option("cci")
    page.get_by_label("Son e-mail").fill("parrain@cci.demo.example")
    press(page, "Envoyer la demande")
    expect(page.get_by_text("DÉMO Dominique Parrain").first).to_be_visible()

    stranger = plain()
    stranger.goto(path_in(Email.objects.get(template="sponsor_invited")))
    stranger.get_by_label("Votre recommandation").fill("Une équipe que je suis depuis dix ans.")
    press(stranger, "Transmettre ma recommandation")
    expect(stranger.get_by_role("heading", name="Merci")).to_be_visible()

    assert Sponsor.objects.get().text == "Une équipe que je suis depuis dix ans."
    page.reload()
    expect(page.get_by_text("Une équipe que je suis depuis dix ans.")).to_be_visible()


def test_a_profile_filled_from_a_text_line_by_line(plain):
    user = sme_user()
    page = plain(user)
    page.goto(reverse("accounts:profile_import"))
    page.get_by_role("textbox").first.fill("Nous sommes certifiés ISO 9001 et EN 9100. Notre équipe parle espagnol.")

    press(page, "Lire et proposer")
    boxes = page.get_by_role("main").get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    profile = user.organisation.sme_profile
    assert not profile.certificates.exists()
    for place in range(3):
        boxes.nth(place).uncheck()
    page.get_by_role("checkbox", name=re.compile("^ISO 9001")).check()
    press(page, "Ajouter ce que j'ai coché")

    expect(page.get_by_role("main")).to_be_visible()
    assert list(profile.certificates.values_list("code", flat=True)) == ["iso-9001"]

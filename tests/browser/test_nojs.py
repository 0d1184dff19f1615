"""Everything a person does, with JavaScript off: forms and links alone."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Organisation
from matching.models import Application, Introduction
from opportunities.models import Opportunity
from tests.factories import ApplicationFactory, OpportunityFactory, group_user, luhn_siren, sme_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_searching_filtering_and_turning_pages(plain):
    OpportunityFactory.create_batch(21, published=True, places=["MA"])
    OpportunityFactory(published=True, places=["JP"], title="Vannes pour le Japon")
    page = plain()
    page.goto(reverse("matching:opportunity_list"))

    page.get_by_role("searchbox").fill("vannes")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("heading", name="22 opportunités ouvertes")).to_be_visible()

    page.locator("#filtres > summary").click()
    page.get_by_role("checkbox", name=re.compile("^Maroc")).check()
    page.get_by_role("button", name="Appliquer les filtres").click()
    expect(page.get_by_role("heading", name="21 opportunités ouvertes")).to_be_visible()
    expect(page.get_by_role("link", name="Vannes pour le Japon")).to_have_count(0)

    page.get_by_role("link", name="Suivante").click()
    expect(page.locator("article")).to_have_count(1)
    page.go_back()
    expect(page.locator("article")).to_have_count(20)


def test_signing_up(plain):
    page = plain()
    page.goto(reverse("accounts:signup"))
    page.get_by_role("link", name="Je suis une PME ou une ETI").click()

    page.get_by_label("Numéro SIREN").fill(luhn_siren(77))
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Raison sociale").fill("DÉMO Sans Script")
    page.get_by_label("Prénom").fill("Dominique")
    page.get_by_label("Nom", exact=True).fill("Essai")
    page.get_by_label("Adresse e-mail professionnelle").fill("dominique@example.com")
    page.get_by_label("Mot de passe").fill("une longue phrase facile")
    page.get_by_role("button", name=re.compile("créer mon compte", re.IGNORECASE)).click()

    expect(page.get_by_role("heading", name="Vérifiez votre boîte de réception")).to_be_visible()
    assert Organisation.objects.get().name == "DÉMO Sans Script"
    assert not EmailAddress.objects.get().verified


def test_saving_a_section_of_the_profile_with_its_lines(plain):
    user = sme_user()
    page = plain(user)
    page.goto(reverse("accounts:profile_section", args=["export"]))

    page.get_by_label("Pays").first.select_option("MA")
    page.get_by_label("Votre expérience").first.select_option("regular")
    page.get_by_role("button", name="Enregistrer et ajouter d'autres lignes").click()
    expect(page.get_by_label("Pays")).to_have_count(4)
    page.get_by_label("Pays").nth(1).select_option("TN")
    page.get_by_role("button", name="Enregistrer", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("Quelle expérience en avez-vous ?")
    page.get_by_label("Votre expérience").nth(1).select_option("never")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("Votre profil est à jour.")).to_be_visible()
    assert set(user.organisation.sme_profile.experiences.values_list("place", flat=True)) == {"MA", "TN"}


def test_applying(plain):
    user, opportunity = sme_user(), OpportunityFactory(published=True)
    page = plain(user)
    page.goto(opportunity.get_absolute_url())

    page.get_by_role("button", name="Candidater").click()
    page.get_by_label("Votre candidature en quelques lignes").fill("Nous fabriquons ces vannes.")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Envoyer ma candidature").click()
    assert Application.objects.get().state == "draft"  # the box is not ticked
    page.get_by_role("checkbox", name="J'accepte").check()
    page.get_by_role("button", name="Envoyer ma candidature").click()

    expect(page.get_by_text("Votre candidature est partie").first).to_be_visible()
    assert Application.objects.get().state == "sent"


def test_accepting(plain):
    person = group_user()
    application = ApplicationFactory(
        sent=True, opportunity=OpportunityFactory(published=True, owner=person.organisation)
    )
    page = plain(person)
    page.goto(reverse("matching:group_dashboard"))

    page.get_by_role("link", name=application.opportunity.title).click()
    page.get_by_role("link", name=application.company.name).click()
    page.get_by_role("link", name="Accepter et mettre en relation").click()
    page.get_by_label("Votre mot à l'entreprise").fill("Au plaisir de vous lire.")
    page.get_by_role("button", name="Voir le message avec mon mot").click()
    expect(page.get_by_text("Au plaisir de vous lire.").last).to_be_visible()
    assert not Introduction.objects.exists()
    page.get_by_role("button", name="Mettre en relation").click()

    expect(page.get_by_text("part à l'instant")).to_be_visible()
    assert "Au plaisir de vous lire." in Introduction.objects.get().email.text
    assert Opportunity.objects.get().state == "published"


def test_answering_several_at_once(plain):
    person = group_user()
    opportunity = OpportunityFactory(published=True, owner=person.organisation)
    rows = ApplicationFactory.create_batch(3, sent=True, opportunity=opportunity)
    page = plain(person)
    page.goto(reverse("matching:applicants", args=[opportunity.pk]))

    page.get_by_role("link", name="Tout cocher").click()
    page.get_by_role("checkbox", name=rows[2].company.name).uncheck()
    page.get_by_role("button", name="Décliner").click()
    page.get_by_role("button", name="Voir les messages").click()
    expect(page.get_by_role("button", name="Décliner et envoyer")).to_have_count(0)  # no reason was chosen
    page.get_by_label("Raison").select_option("size")
    page.get_by_label("Votre mot à l'entreprise").fill("Ce chantier veut de plus grandes équipes.")
    page.get_by_role("button", name="Voir les messages").click()
    page.get_by_role("button", name="Voir son message").last.click()
    expect(page.get_by_text("Ce chantier veut de plus grandes équipes.").last).to_be_visible()
    assert not Application.objects.filter(state="declined").exists()
    page.get_by_role("button", name="Décliner et envoyer").click()

    expect(page.get_by_text("2 réponses négatives sont parties.")).to_be_visible()
    assert Application.objects.get(state="sent") == rows[2]


def test_a_question_and_its_answer(plain):
    person = group_user()
    application = ApplicationFactory(
        sent=True, opportunity=OpportunityFactory(published=True, owner=person.organisation)
    )
    page = plain(person)
    page.goto(reverse("matching:application_review", args=[application.pk]))
    page.get_by_role("link", name="Poser une question").click()
    page.get_by_label("Votre question").fill("Quel délai pour dix vannes ?")
    page.get_by_role("button", name="Voir le message").click()
    assert not application.messages.exists()
    page.get_by_role("button", name="Envoyer la question").click()
    expect(page.get_by_text("Quel délai pour dix vannes ?").first).to_be_visible()

    page = plain(application.contact)
    page.goto(application.get_absolute_url())
    page.get_by_role("link", name="Répondre à la question").click()
    page.get_by_label("Votre réponse").fill("Trois mois.")
    page.get_by_role("button", name="Envoyer ma réponse").click()

    expect(page.get_by_text("Trois mois.").first).to_be_visible()
    assert [message.side for message in application.messages.all()] == ["group", "sme"]

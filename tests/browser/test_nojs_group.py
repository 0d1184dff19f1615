"""What a group, its people and the staff do, with JavaScript off: forms and links alone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts import joining
from accounts.models import Email, JoinRequest, Organisation, OrganisationImport, Signature
from opportunities.models import Amendment, Opportunity
from tests.accounts.company_files import line, written
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    OpportunityFactory,
    UserFactory,
    group_user,
    sme_user,
)

pytestmark = pytest.mark.django_db(transaction=True)


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def author():
    return group_user()


@pytest.fixture
def managed(plain, author):
    """The page from which its group follows a published one that somebody has applied to."""
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author, published=True)
    ApplicationFactory(sent=True, opportunity=opportunity)
    page = plain(author)
    page.goto(reverse("opportunities:manage", args=[opportunity.pk]))
    return page


def test_amending_what_is_published(managed):
    managed.get_by_role("main").get_by_role("link", name="Modifier", exact=True).click()
    managed.get_by_label("Titre").fill("")
    press(managed, "Continuer")
    expect(managed.get_by_role("alert")).to_be_visible()
    managed.get_by_label("Titre").fill("Des vannes et leurs pompes")
    managed.locator("#id_languages_must summary").click()
    managed.locator("#id_languages_must").get_by_label("Anglais").check()
    press(managed, "Continuer")
    expect(managed.get_by_text("anglais (exigé)").first).to_be_visible()
    assert not Amendment.objects.exists()
    press(managed, "Demander cette modification")

    expect(managed.get_by_role("heading", name="Une modification attend notre équipe")).to_be_visible()
    assert Amendment.objects.get().changes["title"][1] == "Des vannes et leurs pompes"
    assert not Email.objects.exists()


def test_withdrawing_what_is_published(managed):
    managed.get_by_role("main").get_by_role("link", name="Retirer", exact=True).click()
    managed.get_by_label("Motif").fill("Le client a renoncé à son projet.")
    press(managed, "Voir qui sera prévenu")
    assert not Email.objects.exists()
    press(managed, "Retirer cette opportunité")

    expect(managed.get_by_text("L'opportunité est retirée.")).to_be_visible()
    assert Opportunity.objects.get().state == "withdrawn"
    assert Email.objects.get().template == "application_cancelled"


def test_signing_the_charter(plain, author):
    charter = CharterFactory(in_force=True)
    page = plain(author)
    page.goto(reverse("matching:group_dashboard"))

    page.get_by_role("main").get_by_role("link", name="Lire et signer la charte").click()
    press(page, "Signer la charte")

    expect(page.get_by_text("C'est signé")).to_be_visible()
    signed = Signature.objects.get()
    assert (signed.charter, signed.organisation, signed.person) == (charter, author.organisation, author)


def test_asking_to_join_and_being_let_in(plain):
    admin, person = sme_user(), UserFactory()
    page = plain(person)
    page.goto(reverse("dashboard"))
    page.get_by_role("main").get_by_role("link", name="Rejoindre ou inscrire une organisation").click()
    page.get_by_label("Numéro SIREN").fill(admin.organisation.siren)
    press(page, "Continuer")
    page.get_by_label("Un mot pour la personne qui administre").fill("Je dirige l'export.")
    press(page, "Demander à la rejoindre")
    expect(page.get_by_text("Votre demande est transmise")).to_be_visible()

    other = plain(admin)
    other.goto(reverse("accounts:members"))
    other.get_by_role("link", name="Répondre").click()
    expect(other.get_by_text("Je dirige l'export.")).to_be_visible()
    other.get_by_label("Rôle").select_option("reader")
    press(other, "L'accepter dans l'équipe")
    expect(other.get_by_text("fait partie de votre équipe")).to_be_visible()
    assert person.memberships.get().role == "reader"


def test_refusing_who_asks_to_join(plain):
    admin = sme_user()
    asked = joining.ask(admin.organisation, by=UserFactory())
    page = plain(admin)
    page.goto(asked.get_absolute_url())

    page.get_by_label("Motif").fill("Nous ne vous connaissons pas.")
    press(page, "Refuser la demande")

    expect(page.get_by_text("est refusée")).to_be_visible()
    assert JoinRequest.objects.get().state == "refused"
    assert "Nous ne vous connaissons pas." in Email.objects.get(template="join_refused").text


def test_staff_import_companies_after_a_preview(plain):
    page = plain(UserFactory(staff=True))
    page.goto(reverse("admin:accounts_organisationimport_changelist"))
    page.get_by_role("link", name="Importer un fichier").click()
    page.get_by_role("button", name="Lire le fichier").click()
    expect(page.get_by_text("Choisissez un fichier.").first).to_be_visible()
    sent = {"name": "pme.csv", "mimeType": "text/csv", "buffer": written([line(1), line(2, siren="12")])}
    page.locator("input[type=file]").set_input_files(sent)
    page.get_by_label("des PME ou ETI").check()
    page.get_by_role("button", name="Lire le fichier").click()

    expect(page.get_by_role("heading", name="Ce que ce fichier ferait")).to_be_visible()
    expect(page.get_by_text("Un SIREN compte neuf chiffres.")).to_be_visible()
    assert not Organisation.objects.exists()
    page.get_by_role("link", name="Lancer l'import").click()
    page.get_by_role("button", name="Lancer l'import").click()

    expect(page.get_by_role("heading", name="Ce que ce fichier a fait")).to_be_visible()
    assert OrganisationImport.objects.get().state == "done"
    assert Organisation.objects.get().name == "DÉMO Import 1"

"""What one meets beyond a page's first sight: what follows a button, and what a form says is wrong."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from opportunities import enquiries
from tests.browser.test_walk import walk  # noqa: F401 - a fixture
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    group_user,
    sme_user,
)
from tests.opportunities.test_attachments import WHOLE, joined

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]


def go(walk, name, *args):  # noqa: F811
    walk.page.goto(walk.base + reverse(name, args=args))


def press(walk, name):  # noqa: F811
    walk.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_what_a_group_meets_further(walk):  # noqa: F811
    person = group_user()
    for name in ("DÉMO Filiale", "DÉMO Autre Filiale"):
        MembershipFactory(user=person, organisation=OrganisationFactory(group=True, name=name))
    opportunity = OpportunityFactory(published=True, owner=person.organisation, created_by=person)
    ApplicationFactory.create_batch(2, sent=True, opportunity=opportunity)
    question = enquiries.ask(opportunity, by=sme_user(), text="Où livrer ?")
    walk.sign_in(person)

    go(walk, "opportunities:answer", question.pk)
    walk.refused("Publier la réponse", "enquiry answer")
    go(walk, "matching:transfer", opportunity.pk)
    walk.refused("Voir qui sera prévenu", "transfer")
    walk.page.get_by_label("DÉMO Filiale", exact=True).check()
    press(walk, "Voir qui sera prévenu")
    expect(walk.page.get_by_text("Le contact sera")).to_be_visible()
    walk.look("transfer, shown")
    go(walk, "matching:export", opportunity.pk)
    with walk.page.expect_download() as download:
        press(walk, "Texte (CSV)")
    walk.look("export, taken")
    go(walk, "matching:transfer", opportunity.pk)
    walk.page.get_by_label("DÉMO Filiale", exact=True).check()
    press(walk, "Voir qui sera prévenu")
    press(walk, "La confier à DÉMO Filiale")
    walk.look("transfer, done")

    assert walk.problems == {}
    assert download.value.suggested_filename.endswith(".csv")
    opportunity.refresh_from_db()
    assert opportunity.owner.name == "DÉMO Filiale"


def test_what_an_sme_meets_further(walk):  # noqa: F811
    person, opportunity = sme_user(), OpportunityFactory(published=True)
    joined(opportunity, content=WHOLE, size=len(WHOLE), confidential=True)
    draft = ApplicationFactory(contact=person, opportunity=opportunity)
    walk.sign_in(person)

    walk.visit("pledge, with a file", reverse("opportunities:pledge", args=[opportunity.pk]))
    press(walk, "Je m'engage, et j'ouvre les fichiers")
    expect(walk.page.get_by_role("button", name="plan.pdf")).to_be_visible()
    walk.look("pledged")
    go(walk, "matching:application_send", draft.pk)
    walk.refused("Envoyer ma candidature", "send")
    go(walk, "matching:application_partners", draft.pk)
    walk.refused("Inviter", "partners")
    go(walk, "matching:application_sponsor", draft.pk)
    walk.refused("Envoyer la demande", "sponsor")
    go(walk, "matching:portage_ask")
    walk.refused("Envoyer ma demande", "portage")
    go(walk, "matching:dismiss", opportunity.pk)
    walk.refused("Masquer l'opportunité", "dismissal")
    walk.page.goto(f"{walk.base}{reverse('matching:search_save')}?q=vannes")
    walk.page.get_by_role("main").get_by_role("textbox").first.fill("")
    walk.refused("Enregistrer l'alerte", "search")

    assert walk.problems == {}


def test_what_staff_meet_further(walk):  # noqa: F811
    gone, stays = OrganisationFactory(name="DÉMO Vannes"), OrganisationFactory(name="DÉMO Les Vannes")
    MembershipFactory(organisation=gone)
    walk.sign_in(UserFactory(staff=True))

    for name in ("accounts_organisationimport", "opportunities_noticeimport"):
        go(walk, f"admin:{name}_add")
        walk.refused("Lire le fichier", f"staff {name}")
        picture = {"name": "pme.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n\x00\x00"}
        walk.page.locator("input[type=file]").set_input_files(picture)
        walk.refused("Lire le fichier", f"staff {name}, a picture")
    go(walk, "admin:accounts_organisation_transition", gone.pk, "merge")
    walk.refused("Réunir avec une autre", "staff merge, nobody")
    walk.page.get_by_label("SIREN").fill(stays.siren)
    press(walk, "Réunir avec une autre")
    press(walk, "Réunir les deux")
    expect(walk.page.get_by_text("elles n'en font plus qu'une")).to_be_visible()
    walk.look("staff merge, done")
    walk.visit("staff, the one that has gone", reverse("admin:accounts_organisation_change", args=[gone.pk]))

    assert walk.problems == {}

"""Applying on a telephone, from the sign-up to the sending: alone, with partners, to a group one knows, too late."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Email
from matching import introduce, partners
from matching.models import Application, Partner
from opportunities.models import Opportunity
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    sme_user,
)

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
PITCH = "Nous fabriquons ces vannes depuis vingt ans."


class Hand:
    """Counts what a person does: each tap, each field filled in, each link opened from a mail."""

    def __init__(self):
        self.actions = 0

    def tap(self, locator):
        self.actions += 1
        locator.click()

    def type(self, locator, text):
        self.actions += 1
        locator.fill(text)

    def open(self, page, address):
        self.actions += 1
        page.goto(address)


@pytest.fixture
def phone(page):
    page.set_viewport_size(PHONE)
    return page


@pytest.fixture
def fine(page, axe, console):
    """Break no rule at either size; keep a picture where SCREENSHOTS names a folder."""

    def check(name):
        for size, viewport in {"phone": PHONE, "desk": DESK}.items():
            page.set_viewport_size(viewport)
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"applying-{name}-{size}.png", full_page=True)
            axe()
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        page.set_viewport_size(PHONE)
        assert console == []

    return check


def button(page, name):
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def url(name, thing):
    return reverse(f"matching:{name}", args=[thing.pk])


def test_from_sign_up_to_a_first_application_in_under_fifteen_actions(phone, live_server):
    opportunity, hand, page = OpportunityFactory(published=True), Hand(), phone
    page.goto(live_server.url + opportunity.get_absolute_url())

    hand.tap(page.get_by_role("main").get_by_role("link", name="Créer un compte"))
    hand.type(page.get_by_label("Numéro SIREN"), "000000109")
    hand.tap(button(page, "Continuer"))
    expect(page.get_by_role("heading", name="DÉMO Vannes du Vexin")).to_be_visible()
    hand.type(page.get_by_label("Prénom"), "Dominique")
    hand.type(page.get_by_label("Nom", exact=True), "Essai")
    hand.type(page.get_by_label("Adresse e-mail professionnelle"), "dominique@example.com")
    hand.type(page.get_by_label("Mot de passe"), "une longue phrase facile")
    hand.tap(button(page, "Oui, créer mon compte"))
    expect(page.get_by_role("heading", name="Vérifiez votre boîte de réception")).to_be_visible()
    letter = Email.objects.get(template="confirm_email").text
    hand.open(page, live_server.url + re.search(r"https?://[^/\s]+(/\S+)", letter)[1])
    hand.tap(page.get_by_role("main").get_by_role("button").first)
    expect(page.get_by_role("main").get_by_role("link", name=opportunity.title)).to_be_visible()
    hand.type(page.get_by_label("Votre candidature en quelques lignes"), PITCH)
    hand.tap(button(page, "Continuer"))
    hand.tap(page.get_by_label("J'accepte que"))
    hand.tap(button(page, "Envoyer ma candidature"))

    expect(page.get_by_text("Votre candidature est partie").first).to_be_visible()
    assert Application.objects.get().state == "sent"
    assert hand.actions < 15


def test_three_companies_apply_together_and_one_leaves(phone, live_server, sign_in, fine):
    lead, stays, leaves = sme_user(), sme_user(), sme_user()
    opportunity, page = OpportunityFactory(published=True), phone
    parts = {
        lead: [("codes", "met", 20, 20), ("place", "missing", 0, 15)],
        stays: [("codes", "missing", 0, 20), ("place", "met", 12, 15)],
    }
    for person, answers in parts.items():
        MatchFactory(opportunity=opportunity, company=person.organisation, parts=answers)
    sign_in(leaves)
    page.goto(live_server.url + url("partners_wanted", opportunity))
    fine("board-empty")
    page.get_by_label("Ce que vous apportez, et ce que vous cherchez").fill("Nous montons sur place.")
    button(page, "Montrer mon entreprise aux autres PME").click()

    sign_in(lead)
    page.goto(live_server.url + opportunity.get_absolute_url())
    button(page, "Candidater").click()
    page.get_by_label("Votre candidature en quelques lignes").fill(PITCH)
    button(page, "Enregistrer le brouillon").click()
    page.get_by_role("link", name="Candidater en groupement").click()
    fine("lead-empty")
    page.get_by_label("SIREN de l'entreprise").fill(stays.organisation.siren)
    page.get_by_label("Votre mot").fill("Répondons ensemble.")
    button(page, "Inviter").click()
    expect(page.get_by_text(stays.organisation.name).first).to_be_visible()
    page.get_by_role("link", name="Voir les entreprises qui cherchent un partenaire").click()
    fine("board")
    page.get_by_role("link", name=re.compile("L'inviter dans mon groupement")).click()
    button(page, "Inviter").click()

    for person in (stays, leaves):
        sign_in(person)
        page.goto(live_server.url + reverse("matching:applications"))
        page.get_by_role("main").get_by_role("link", name=opportunity.title).click()
        if person == stays:
            fine("invited")
        page.get_by_label("Ce que votre entreprise apporte").fill("Le montage.")
        page.get_by_label("J'accepte que").check()
        button(page, "Rejoindre le groupement").click()
        expect(page.get_by_text("Vous êtes dans le groupement").first).to_be_visible()
    fine("joined")
    page.locator("details.fold > summary").click()
    button(page, "Quitter le groupement").click()
    expect(page.get_by_text("Vous avez quitté le groupement").first).to_be_visible()

    sign_in(lead)
    draft = Application.objects.get()
    page.goto(live_server.url + url("application_partners", draft))
    fine("lead")
    page.goto(live_server.url + url("application_send", draft))
    fine("send")
    page.get_by_label("J'accepte que").check()
    button(page, "Envoyer ma candidature").click()
    expect(page.get_by_text("Votre candidature est partie").first).to_be_visible()

    sign_in(MembershipFactory(organisation=opportunity.owner).user)
    page.goto(live_server.url + url("application_review", draft))
    fine("review")
    expect(page.get_by_text("Ensemble : 2 critères remplis sur 2.")).to_be_visible()
    expect(page.get_by_text(leaves.organisation.name)).to_have_count(0)
    states = {one.company: one.state for one in Partner.objects.all()}
    assert states == {stays.organisation: "joined", leaves.organisation: "left"}


def test_already_in_contact_with_the_group_the_mail_takes_up_the_exchange(phone, live_server, sign_in, fine):
    application, page = ApplicationFactory(), phone
    sign_in(application.contact)
    page.goto(live_server.url + url("application_send", application))
    page.get_by_label("J'accepte que").check()
    page.get_by_label("Nous sommes déjà en contact avec ce groupe").check()
    button(page, "Envoyer ma candidature").click()
    expect(page.get_by_text("Votre candidature est partie").first).to_be_visible()
    fine("status")

    sign_in(MembershipFactory(organisation=application.opportunity.owner).user)
    page.goto(live_server.url + url("application_review", application))
    expect(page.get_by_text("L'entreprise dit être déjà en contact avec vous.")).to_be_visible()
    page.get_by_role("link", name="Accepter et mettre en relation").click()
    button(page, "Mettre en relation").click()
    expect(page.get_by_text("part à l'instant")).to_be_visible()

    assert Email.objects.get(template="introduction").subject.startswith("Relance par Pacte International")
    assert Email.objects.filter(template="introduction").count() == 1


def test_a_hidden_group_is_asked_about_once_its_name_is_known(phone, live_server, sign_in, fine):
    application, page = ApplicationFactory(sent=True, opportunity__secret=True), phone
    introduction = introduce.accept(application, by=MembershipFactory(organisation=application.opportunity.owner).user)
    introduction.move("sent", by=None, sent_at=timezone.now())
    sign_in(application.contact)

    page.goto(live_server.url + url("application_status", application))
    fine("contact")
    page.get_by_label("oui, nous étions déjà en contact").check()
    button(page, "Enregistrer").click()

    expect(page.get_by_text("C'est noté, merci.")).to_be_visible()
    application.refresh_from_db()
    assert application.in_contact == "yes"


def test_a_deadline_that_passes_while_the_form_is_open_loses_nothing(phone, live_server, sign_in, fine):
    draft, page = ApplicationFactory(pitch="", opportunity__answer_by=None), phone
    sign_in(draft.contact)
    page.goto(live_server.url + url("application_edit", draft))
    page.get_by_label("Votre candidature en quelques lignes").fill("Une heure de travail.")
    yesterday = timezone.localdate() - timedelta(days=1)
    Opportunity.objects.update(state="closed", apply_by=yesterday, closed_at=timezone.now() - timedelta(hours=2))
    Application.objects.update(created_at=timezone.now() - timedelta(days=2))
    past_grace = timezone.localtime().hour * 60 + timezone.localtime().minute > 15
    if not past_grace:
        Opportunity.objects.update(apply_by=yesterday - timedelta(days=1))

    button(page, "Continuer").click()

    expect(page.get_by_text("L'envoi n'est plus possible")).to_be_visible()
    expect(page.get_by_label("Votre candidature en quelques lignes")).to_have_value("Une heure de travail.")
    fine("too-late")
    draft.refresh_from_db()
    assert (draft.state, draft.pitch) == ("draft", "Une heure de travail.")


def test_a_sponsor_writes_through_the_link_signed_out_and_both_sides_read_it(phone, live_server, sign_in, fine):
    application, page = ApplicationFactory(sent=True), phone
    sign_in(application.contact)
    page.goto(live_server.url + url("application_status", application))
    page.get_by_role("link", name="Demander une recommandation").click()
    fine("sponsor")
    page.get_by_label("Nom de la personne").fill("DÉMO Dominique Parrain")
    page.get_by_label("Au titre de").select_option("cci")
    page.get_by_label("Son e-mail").fill("parrain@cci.demo.example")
    button(page, "Envoyer la demande").click()
    expect(page.get_by_text("La demande part à")).to_be_visible()

    page.context.clear_cookies()
    link = re.search(r"/recommandations/\S+", Email.objects.get(template="sponsor_invited").text)[0]
    page.goto(live_server.url + link)
    fine("recommend")
    page.get_by_label("Votre recommandation").fill("Une équipe sérieuse.")
    button(page, "Transmettre ma recommandation").click()
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()

    sign_in(application.contact)
    page.goto(live_server.url + url("application_keeping", application))
    fine("keeping")
    button(page, "Donner mon accord pour 12 mois").click()
    expect(page.get_by_text("Une équipe sérieuse.")).to_be_visible()
    sign_in(MembershipFactory(organisation=application.opportunity.owner).user)
    page.goto(live_server.url + url("application_review", application))
    expect(page.get_by_text("Une équipe sérieuse.")).to_be_visible()
    button(page, "Garder pour plus tard").click()
    page.goto(live_server.url + reverse("matching:kept"))
    fine("kept")
    expect(page.get_by_role("link", name=application.company.name)).to_be_visible()


def test_a_link_by_mail_tells_a_company_that_is_not_signed_in_of_its_invitation(phone, live_server, sign_in, fine):
    draft, page = ApplicationFactory(), phone
    partners.invite(draft, by=draft.contact, email="quelqu-un@example.com")
    link = re.search(r"/groupements/invitation/\S+", Email.objects.get(template="partner_invited").text)[0]

    page.goto(live_server.url + link)
    expect(page.get_by_role("heading", name=f"{draft.company.name} vous propose")).to_be_visible()
    fine("partner_invitation")
    page.get_by_role("link", name="J'ai déjà un compte").click()
    expect(page).to_have_url(re.compile("/compte/login/"))
    sign_in(sme_user())
    page.goto(live_server.url + link)

    expect(button(page, "Rejoindre le groupement")).to_be_visible()

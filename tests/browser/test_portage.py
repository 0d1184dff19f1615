"""A portage on a telephone, from asking to what came of the introduction, through real processes.

The SME asks, staff put it to the group that is there and that the engine finds near, the group asks something, the SME
answers, the group accepts. Until then nobody at the group reads whose project it is. Then each says what came of it.
"""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.kill.town import Town

PASSWORD = "une phrase longue et facile"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of the staff's authenticator app
GROUP, SME, STAFF = "h.quetzal@ondenoire.example", "camille@vannes.example", "equipe@pacte.example"
COMPANY = "DÉMO Vannes de l'Oise"
PEOPLE = f"""
from allauth.mfa.totp.internal.auth import TOTP
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
staff = UserFactory(email="{STAFF}", staff=True, password="{PASSWORD}")
TOTP.activate(staff, "{SECRET}")
group = OrganisationFactory(group=True, name="DÉMO Onde Noire", profile__places=["MA"], profile__sector="eau",
    profile__presentation="Stations de pompage et vannes au Maroc.")
OrganisationFactory(group=True, name="DÉMO Ailleurs", profile__places=["JP"])
MembershipFactory(organisation=group, user=UserFactory(
    email="{GROUP}", first_name="Hippolyte", last_name="Quetzal", password="{PASSWORD}"))
sme = OrganisationFactory(name="{COMPANY}", postcode="60000", city="Beauvais", profile__sectors=["eau"],
    profile__products="Vannes et robinets pour l'eau", profile__wanted_places=["MA"])
MembershipFactory(organisation=sme, user=UserFactory(
    email="{SME}", first_name="Camille", last_name="Oise", password="{PASSWORD}"))
"""


@pytest.fixture
def town(browser):  # which skips before anything starts
    town = Town()
    town.migrate()
    town.manage("shell", code=PEOPLE)
    town.start("worker")
    town.start("beat")
    town.open()
    yield town
    town.close()


@pytest.fixture
def people(browser, town):
    """Three persons, each with a telephone, and all that the group's was ever shown."""
    pages = {}
    for who in ["group", "staff", "sme"]:
        context = browser.new_context(base_url=town.site, locale="fr-FR", viewport={"width": 390, "height": 800})
        context.set_default_timeout(30_000)
        pages[who] = context.new_page()
    shown = []
    pages["group"].on("response", lambda answer: keep(answer, shown))
    yield pages, shown
    for page in pages.values():
        page.context.close()


def keep(answer, shown):
    if answer.request.resource_type == "document" and answer.ok:
        shown.append(answer.text())


def sign_in(page, email, to):
    page.goto(f"/compte/login/?next={to}")
    page.get_by_role("textbox").first.fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()


def ask(page):
    sign_in(page, SME, "/pme/")
    page.get_by_role("link", name="Demander un portage").click()
    page.get_by_role("link", name="Demander un portage").click()
    page.get_by_label("Pays", exact=True).select_option(label="Maroc")
    page.get_by_label("dans les 6 mois").check()
    page.get_by_label("mise en relation avec des clients").check()
    page.get_by_label("Votre projet en quelques lignes").fill("Vendre nos vannes aux stations de pompage.")
    page.get_by_label("J'accepte que mon projet").check()
    fits(page)
    page.get_by_role("button", name="Envoyer ma demande").click()
    expect(page.get_by_text("Votre demande est partie").first).to_be_visible()
    fits(page)


def route(page):
    """Staff see the group that is there, how it fits, and no other."""
    sign_in(page, STAFF, "/admin/")
    page.wait_for_url("**/2fa/authenticate/**")
    page.get_by_label("Code", exact=True).fill(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30)))
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Demandes de portage à examiner")).click()
    page.get_by_role("link", name=COMPANY).click()
    page.get_by_role("link", name="Proposer à des groupes").click()
    expect(page.get_by_role("checkbox")).to_have_count(1)
    page.get_by_label(re.compile(r"DÉMO Onde Noire · .*\(\d+\)")).check()
    page.get_by_role("button", name="Proposer à des groupes").click()
    expect(page.get_by_text("« Proposer à des groupes » : c'est fait.")).to_be_visible()


def question(page):
    sign_in(page, GROUP, "/groupe/")
    page.get_by_role("link", name="Lire et répondre").click()
    page.get_by_role("link", name="Une PME (Hauts-de-France)").click()
    fits(page)
    page.get_by_role("link", name="Poser une question").click()
    page.get_by_label("Votre question").fill("Avez-vous un agent sur place ?")
    page.get_by_role("button", name="Envoyer la question").click()
    expect(page.get_by_text("La question part")).to_be_visible()


def reply(page):
    page.reload()
    page.get_by_role("link", name="Répondre à la question").click()
    page.get_by_label("Votre réponse").fill("Pas encore.")
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(page.get_by_text("transmise au groupe")).to_be_visible()


def accept(page):
    page.reload()
    expect(page.get_by_text("Pas encore.")).to_be_visible()
    page.get_by_role("link", name="Accepter", exact=True).click()
    page.get_by_label("Votre mot à l'entreprise").fill("Au plaisir de vous lire.")
    page.get_by_role("button", name="Actualiser l'aperçu").click()
    expect(page.get_by_text("« Au plaisir de vous lire. »")).to_be_visible()
    fits(page)


def fits(page):
    """Nothing is wider than the telephone."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def recipients(mail):
    return {address.addr_spec for header in ("To", "Cc") for address in getattr(mail[header], "addresses", ())}


def whole(mail):
    return "\n".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")


def test_a_portage_goes_from_asking_to_what_came_of_its_introduction_on_a_telephone(town, people):
    pages, shown = people

    ask(pages["sme"])
    town.wait(lambda: town.query("select 1 from matching_portagerequest where fits <> '{}'"))
    route(pages["staff"])
    question(pages["group"])
    reply(pages["sme"])
    accept(pages["group"])
    before = list(shown)
    town.wait(lambda: town.query("select 1 from accounts_email having count(*) = count(sent_at)"))
    mails = list(town.sink.mails)
    pages["group"].get_by_role("button", name="Accepter et mettre en relation").click()
    expect(pages["group"].get_by_text("part à l'instant")).to_be_visible()
    town.wait(lambda: [mail for mail in town.sink.mails if recipients(mail) == {GROUP, SME}])

    secrets = [COMPANY, "DÉMO Vannes de l&#x27;Oise", SME, "Camille Oise", "Beauvais"]
    assert len(before) >= 6  # sign-in, dashboard, list, file, question, file, file, acceptance
    assert [secret for secret in secrets for page in before if secret in page] == []
    to_group = [mail for mail in mails if recipients(mail) == {GROUP}]
    assert len(to_group) == 2  # put to it, and answered
    assert [secret for secret in secrets for mail in to_group if secret in whole(mail) + mail["Subject"]] == []
    [introduction] = [mail for mail in town.sink.mails if recipients(mail) == {GROUP, SME}]
    for name in [COMPANY, "Camille Oise", "DÉMO Onde Noire", "Hippolyte Quetzal", "Au plaisir de vous lire."]:
        assert name in introduction.get_body(("plain",)).get_content()
    town.wait(lambda: town.query("select 1 from matching_portageintroduction where state = 'sent'"))
    pages["group"].reload()
    expect(pages["group"].get_by_text("Camille Oise").first).to_be_visible()
    pages["sme"].reload()
    expect(pages["sme"].get_by_text("DÉMO Onde Noire").first).to_be_visible()
    they_met_and_agree(pages)


def they_met_and_agree(pages):
    """The group says that they met, then that the portage is agreed; its company confirms, and the group reads so."""
    tell(pages["group"], "Oui, le contact a eu lieu")
    tell(pages["group"], "Le portage est convenu")
    pages["sme"].reload()
    expect(pages["sme"].get_by_text("le groupe dit que le portage est convenu")).to_be_visible()
    tell(pages["sme"], "Le portage est convenu")
    pages["group"].reload()
    expect(pages["group"].get_by_text("L'entreprise confirme que le portage est convenu.")).to_be_visible()


def tell(page, said):
    page.get_by_role("link", name="Dire ce qui en est sorti").click()
    fits(page)
    page.get_by_label(said, exact=True).check()
    page.get_by_role("button", name="Enregistrer ma réponse").click()
    expect(page.get_by_text("C'est noté, merci.")).to_be_visible()
    fits(page)

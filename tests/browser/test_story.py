"""The main job end to end, in a real browser and through real processes: web, worker, beat, database, mail server.

A group posts under an alias, staff publish, the worker scores, an SME finds it and applies, the group accepts, and one
mail introduces both. Until that mail nobody outside the group reads its name.
"""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone
from playwright.sync_api import expect

from tests.kill.town import Town
from tests.test_confidential import TELLTALES, told

pytestmark = pytest.mark.long

PASSWORD = "une phrase longue et facile"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of the staff's authenticator app
GROUP, SME, STAFF = "h.quetzalcoatl@ondenoire.example", "camille@vannes.example", "equipe@pacte.example"
DEPUTY, ALIAS, TITLE = "ursule@ondenoire.example", "Groupe du secteur de l'eau", "Vannes pour une station au Maroc"
MANY = 20  # SMEs that compete

PEOPLE = f"""
from allauth.mfa.totp.internal.auth import TOTP
from accounts.models import Reference
from tests.factories import MembershipFactory, OpportunityFactory, OrganisationFactory, UserFactory, sme_user
staff = UserFactory(email="{STAFF}", staff=True, password="{PASSWORD}")
TOTP.activate(staff, "{SECRET}")
group = OrganisationFactory(group=True, name="DÉMO Zéphyrine-Barracuda Eaux", website="https://www.barracuda.example")
person = UserFactory(email="{GROUP}", first_name="Hippolyte", last_name="Quetzalcóatl", password="{PASSWORD}")
MembershipFactory(organisation=group, user=person)
sme = OrganisationFactory(name="DÉMO Vannes de l'Oise", profile__sectors=["eau"],
    profile__products="Vannes et robinets pour l'eau", profile__languages=["fr", "en"], profile__wanted_places=["MA"])
Reference.objects.create(profile=sme.sme_profile, title="Vannes d'une station de pompage à Tanger", place="MA")
MembershipFactory(organisation=sme, user=UserFactory(
    email="{SME}", first_name="Camille", last_name="Oise", password="{PASSWORD}"))
for _ in range({MANY}):
    sme_user(profile__sectors=["bois"], profile__products="Charpentes")
    OpportunityFactory(published=True, sectors=["bois"], places=["JP"], title="Charpentes pour un hôtel au Japon")
"""

SCORED = """select c.name from matching_match join accounts_organisation c on c.id = company_id
join opportunities_opportunity o on o.id = opportunity_id"""


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
    """Three persons, each with a browser, and all that the SME's was ever shown."""
    pages = {}
    for who in ["group", "staff", "sme"]:
        context = browser.new_context(base_url=town.site, locale="fr-FR", viewport={"width": 1280, "height": 800})
        context.set_default_timeout(30_000)
        pages[who] = context.new_page()
    shown = []

    def keep(answer):
        if answer.request.resource_type in {"document", "fetch", "xhr"} and answer.ok:
            shown.append(f"{answer.url}\n{answer.all_headers()}\n{answer.text()}")

    pages["sme"].on("response", keep)
    yield pages, shown
    for page in pages.values():
        page.context.close()


def sign_in(page, email):
    page.get_by_role("textbox").first.fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()


def post(page):
    """The group tells what it looks for, and not who it is."""
    page.goto("/compte/login/")
    sign_in(page, GROUP)
    page.get_by_role("link", name="Déposer une opportunité").first.click()
    page.get_by_role("main").get_by_role("link", name=re.compile("Co-export")).click()
    page.get_by_label("Titre").fill(TITLE)
    page.get_by_label("En une phrase").fill("Un fabricant de vannes pour équiper une station de pompage.")
    page.get_by_label("Description").fill("Nous cherchons **un fabricant de vannes** pour une station de pompage.")
    page.get_by_label("Rôle attendu de la PME").fill("Fournir et monter les vannes.")
    page.get_by_text("Afrique du Nord").first.click()
    page.get_by_label("Maroc", exact=True).check()
    page.get_by_text("Construction et environnement").click()
    page.get_by_label("Eau et assainissement").check()
    proceed(page)
    proceed(page)
    page.get_by_label("Garder le nom du groupe confidentiel").check()
    page.get_by_label("Nom affiché à la place").fill(ALIAS)
    page.get_by_label("Montant en jeu pour la PME").select_option("50k-250k")
    proceed(page)
    page.get_by_label("Candidatures jusqu'au").fill(str(timezone.localdate() + timedelta(days=20)))
    page.get_by_label("Réponse promise").fill(str(timezone.localdate() + timedelta(days=30)))
    expect(page.locator("#id_contact_email")).to_have_value(GROUP)
    page.get_by_label("Nom du suppléant").fill("Ursule Ondenoire")
    page.locator("#id_deputy_email").fill(DEPUTY)
    proceed(page)
    page.get_by_role("button", name="Soumettre").click()
    expect(page.get_by_text("En validation").first).to_be_visible()


def proceed(page):
    page.get_by_role("button", name="Enregistrer et continuer").click()


def publish(page):
    """Staff come with their password and the code of their phone, and publish by the page that asks first."""
    page.goto("/admin/")
    sign_in(page, STAFF)
    page.wait_for_url("**/2fa/authenticate/**")
    page.get_by_label("Code", exact=True).fill(format_hotp_value(hotp_value(SECRET, int(time.time()) // 30)))
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Opportunités à valider")).click()
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="Publier").click()
    page.get_by_label("J'ai relu la liste de contrôle").check()
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_text("« Publier » : c'est fait.")).to_be_visible()


def apply(page):
    """The SME finds it by search, reads why it fits, and applies."""
    page.goto("/")
    page.get_by_role("searchbox").first.fill("vanes pompage maroc")  # a letter short
    page.keyboard.press("Enter")
    expect(page.locator("#results article")).to_have_count(1)
    page.goto("/compte/login/?next=/opportunites/%3Fq=vannes")
    sign_in(page, SME)
    page.locator("#results").get_by_role("link", name=TITLE).click()
    expect(page.get_by_text(ALIAS).first).to_be_visible()
    why = page.get_by_role("table", name="Pourquoi : critère par critère")
    expect(why.get_by_text("Maroc").first).to_be_visible()
    expect(why.get_by_text("Eau et assainissement").first).to_be_visible()
    page.get_by_role("button", name="Candidater").click()
    page.get_by_label("Votre candidature en quelques lignes").fill("Nous équipons déjà Tanger.")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("checkbox", name="J'accepte").check()
    page.get_by_role("button", name="Envoyer ma candidature").click()
    expect(page.get_by_text("Votre candidature est partie").first).to_be_visible()


def accept(page):
    page.goto("/groupe/")
    page.get_by_role("link", name=TITLE).first.click()
    page.get_by_role("link", name="DÉMO Vannes de l'Oise").click()
    page.get_by_role("link", name="Accepter et mettre en relation").click()
    page.get_by_label("Votre mot à l'entreprise").fill("Au plaisir de vous lire.")
    page.get_by_role("button", name="Voir le message avec mon mot").click()
    page.get_by_role("button", name="Mettre en relation").click()
    expect(page.get_by_text("part à l'instant")).to_be_visible()


def whole(mail):
    """A mail as its reader could see it: headers, text, HTML."""
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *parts])


def recipients(mail):
    return {address.addr_spec for header in ("To", "Cc") for address in getattr(mail[header], "addresses", ())}


def test_a_confidential_opportunity_ends_in_one_introduction(town, people):
    pages, shown = people
    matches = f"{SCORED} where o.title = '{TITLE}' order by score desc"

    post(pages["group"])
    publish(pages["staff"])
    town.wait(lambda: town.query(matches))
    apply(pages["sme"])
    town.wait(lambda: {SME} in [recipients(mail) for mail in town.sink.mails])
    before, read = list(town.sink.mails), list(shown)
    accept(pages["group"])
    town.wait(lambda: town.query("select 1 from matching_introduction where state = 'sent'"))

    assert (len(town.query(matches)), town.query(matches)[0]) == (MANY + 1, ("DÉMO Vannes de l'Oise",))
    assert len(read) >= 8  # home, list, sign-in, list, detail, text, re-reading, status
    assert [page.partition("\n")[0] for page in read if told(page)] == []
    assert {str(mail["Subject"]): told(whole(mail)) for mail in before if recipients(mail) - {GROUP, DEPUTY}} != {}
    assert [mail["Subject"] for mail in before if recipients(mail) - {GROUP, DEPUTY} and told(whole(mail))] == []
    [introduction] = [mail for mail in town.sink.mails if recipients(mail) >= {GROUP, SME}]
    assert recipients(introduction) == {GROUP, SME, DEPUTY}
    for name in ["DÉMO Zéphyrine-Barracuda Eaux", "Hippolyte Quetzalcóatl", "DÉMO Vannes de l'Oise", "Camille Oise"]:
        assert name in introduction.get_body(("plain",)).get_content()
    assert "Au plaisir de vous lire." in introduction.get_body(("html",)).get_content()
    assert set(told(whole(introduction))) == set(TELLTALES)
    ids = [mail["Message-ID"] for mail in town.sink.mails]
    assert len(ids) == len(set(ids))
    pages["sme"].reload()
    expect(pages["sme"].get_by_text("DÉMO Zéphyrine-Barracuda Eaux").first).to_be_visible()
    assert told(pages["sme"].content()) != []  # what is kept of pages would have told
    assert town.query("select distinct state from accounts_email") == [("sent",)]

"""Every page as its reader, in a real browser, wide and narrow: no rule broken, no complaint, nothing overflowing.

SCREENSHOTS=1 keeps a picture of each under var/screenshots/.
"""

import os
import re
import time

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.internal.userkit import user_id_to_str
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.urls import reverse

from accounts.models import Email, Organisation, User
from matching import refresh
from matching.models import Application, Introduction
from opportunities.models import Opportunity
from pacte.demo import load, people
from tests.browser.conftest import broken_rules
from tests.conftest import CommittingClient
from tests.factories import PASSWORD, UserFactory, colleague, group_user, sign_in_staff, sme_user
from tests.pages import ACT, ANYONE, EVERY, GROUP, NOT_HTML, PUBLIC, SME, TEAM, staff_urls

pytestmark = [
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
    pytest.mark.ignore_template_errors,  # templates of allauth and of the admin read what may be absent
]
SIZES = [(1280, 800), (390, 844)]
PICTURES = settings.BASE_DIR / "var" / "screenshots"
LIST = "/opportunites/"


class Walk:
    """Looks at pages and notes what is wrong with each."""

    def __init__(self, page, base, console):
        self.page, self.base, self.console, self.problems = page, base, console, {}
        self.every_contrast = False  # at each width; it is half of what a look costs, and colours seldom depend on it

    def sign_in(self, user):
        """With the session of somebody who signed in a moment ago, second factor and all."""
        client = CommittingClient()
        sign_in_staff(client, user) if user.is_staff else client.force_login(user)
        session = client.session
        asked_again = {"method": "password", "at": time.time(), "reauthenticated": True}
        session["account_authentication_methods"] = [*session.get("account_authentication_methods", []), asked_again]
        session["account_authentication_methods_user"] = user_id_to_str(user)
        session.save()
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": self.base}])

    def visit(self, what, url, status=200):
        del self.console[:]
        answer = self.page.goto(self.base + url)
        problems = [] if answer.status == status else [f"answers {answer.status}"]
        if any(word in self.page.url.partition("?")[0] and word not in url for word in ["login", "reauthenticate"]):
            problems.append("asks to sign in")
        self.look(what, problems, is_error=status >= 400)

    def look(self, what, problems=(), *, is_error=False):
        """At what the browser shows now."""
        page, found = self.page, list(problems)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            but = [] if self.every_contrast or width == SIZES[0][0] else ["color-contrast"]
            found += [f"{width}: {rule}" for rule in broken_rules(page, but=but)]
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                found.append(f"{width}: {wide} px wide, by {page.evaluate(TOO_WIDE, width)}")
            if os.environ.get("SCREENSHOTS"):
                name = re.sub(r"\W+", "-", what)
                page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        if (titles := page.locator("h1").count()) != 1:
            found.append(f"{titles} h1")
        found += [text for text in self.console if not (is_error and "Failed to load resource" in text)]
        if found:
            self.problems[f"{what} {page.url.removeprefix(self.base)}"] = list(dict.fromkeys(found))

    def refused(self, button, what):
        """Press it, and look at what the form says is wrong."""
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        self.page.locator("[data-error-summary]").first.wait_for()
        self.look(f"{what}, refused", is_error=True)


def give_a_security_key(page):
    """A key that touches itself, plugged into the browser."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True}
    always = {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key | always})


TOO_WIDE = """width => [...document.querySelectorAll("main *, header *, footer *")]
  .filter(one => one.getBoundingClientRect().right > width + 1).slice(0, 4)
  .map(one => one.tagName.toLowerCase() + "." + one.className)"""


@pytest.fixture
def walk(page, live_server, console):
    page.set_default_timeout(10_000)
    return Walk(page, live_server.url, console)


@pytest.fixture
def demo(transactional_db):
    """A smaller demonstration: every kind, every state."""
    load.load(40, 60)
    refresh.refresh_due()


def of_table(*roles):
    """The pages of the table that may be read, for these roles; no files."""
    return [page for page in EVERY if page.role in roles and page.methods != ACT and page.name not in NOT_HTML]


def one_of_each_state(things):
    return {thing.state: thing for thing in things}.items()


def test_what_everyone_sees(walk, demo):
    walk.every_contrast = True
    for page in of_table(PUBLIC):
        walk.visit(str(page), page.url(User.objects.get(email=people.SME)))
    for query in ["?q=vannes", "?q=xyzzyx", "?q=vanes", "?pays=MA&secteur=eau&tri=echeance", "?page=2", "?page=99"]:
        walk.visit(f"list {query}", LIST + query)
    for kind, opportunity in {one.kind: one for one in Opportunity.objects.open()}.items():
        walk.visit(f"detail of {kind}", opportunity.get_absolute_url())
    walk.visit("detail of a closed one", Opportunity.objects.filter(state="closed")[0].get_absolute_url())
    for siren in ["000000109", "000000158", "000000133", Organisation.objects.smes()[0].siren, "12"]:
        walk.visit(f"sign-up with {siren}", f"{reverse('accounts:signup_sme')}?siren={siren}")

    assert walk.problems == {}


def test_what_a_newcomer_meets(walk):
    Opportunity.objects.all().delete()
    for what, url in {"home": "/", "list": LIST, "search": f"{LIST}?q=eau"}.items():
        walk.visit(f"empty {what}", url)
    walk.sign_in(sme_user())
    for page in of_table(TEAM, SME):
        if not page.owned:
            walk.visit(f"new SME's {page}", page.url())
    walk.sign_in(group_user())
    for page in of_table(TEAM, GROUP):
        if not page.owned and page.name != "opportunities:create_kind":
            walk.visit(f"new group's {page}", page.url())
    walk.sign_in(group_user(waiting=True))
    walk.visit("unapproved group", reverse("matching:group_dashboard"))
    walk.sign_in(UserFactory())
    walk.visit("somebody of no organisation", reverse("dashboard"))

    assert walk.problems == {}


def test_what_an_sme_sees(walk, demo):
    person = User.objects.get(email=people.SME)
    person.organisation.record(by=person, changes={"products": ["Pompes", "Vannes"], "references": ["", "Un puits"]})
    walk.sign_in(person)
    for page in of_table(ANYONE, TEAM, SME):
        walk.visit(str(page), page.url(person))
    walk.visit("profile, with its history", reverse("accounts:profile"))
    walk.page.get_by_text("Ce qui a changé récemment").click()
    walk.look("profile, its history open")
    own = Application.objects.filter(company=person.organisation)
    for state, application in one_of_each_state(own):
        walk.visit(f"application {state}", reverse("matching:application_status", args=[application.pk]))
    for band, match in {one.band: one for one in person.organisation.matches.all()}.items():
        walk.visit(f"detail, fit {band}", match.opportunity.get_absolute_url())
    for query in ["", "?tri=adequation", "?page=2"]:
        walk.visit(f"list {query}", LIST + query)
    walk.sign_in(colleague(person, role="reader"))
    for page in of_table(TEAM, SME):
        if not page.for_editors and not page.owned:
            walk.visit(f"reader's {page}", page.url())
    walk.visit("refused", reverse("matching:group_dashboard"), status=403)

    assert walk.problems == {}


def test_what_a_profile_refuses(walk):
    walk.sign_in(sme_user())
    for section, filled in {
        "activite": {"Codes CPV": "ABC"},
        "export": {"Dernière année": "2999"},
        "capacites": {"Valable jusqu'au": "2030-01-01"},
    }.items():
        walk.page.goto(walk.base + reverse("accounts:profile_section", args=[section]))
        for label, text in filled.items():
            walk.page.get_by_label(label).first.fill(text)
        walk.refused("Enregistrer", f"profile section {section}")
    walk.page.goto(walk.base + reverse("accounts:reference_add"))
    walk.refused("Enregistrer", "reference")
    group = group_user(name="DÉMO Grand Large")
    walk.sign_in(group)
    walk.page.goto(walk.base + reverse("accounts:group_profile_edit"))
    walk.page.get_by_label("Nom public").fill(group.organisation.name)
    walk.refused("Enregistrer", "group profile")

    assert walk.problems == {}


def test_what_a_group_sees(walk, demo):
    person = User.objects.get(email=people.GROUP)
    walk.sign_in(person)
    for page in of_table(TEAM, GROUP):
        walk.visit(str(page), page.url(person))
    for state, opportunity in one_of_each_state(Opportunity.objects.owned_by(person)):
        walk.visit(f"opportunity {state}", reverse("opportunities:manage", args=[opportunity.pk]))
        walk.visit(f"applicants of {state}", reverse("matching:applicants", args=[opportunity.pk]))
        walk.visit(f"own page of {state}", opportunity.get_absolute_url())
    for state, application in one_of_each_state(Application.objects.received_by(person)):
        walk.visit(f"file {state}", reverse("matching:application_review", args=[application.pk]))
    opportunity = next(page for page in EVERY if page.name == "opportunities:edit").owned(person)
    Opportunity.objects.filter(pk=opportunity.pk).update(teaser="", sectors=[], contact_email="")
    walk.visit("what is missing", f"{reverse('opportunities:edit', args=[opportunity.pk])}?verifier=1")
    waiting = Application.objects.received_by(person).waiting()[0]
    walk.page.goto(walk.base + reverse("matching:application_decline", args=[waiting.pk]))
    walk.page.get_by_label("Raison").select_option(index=1)
    walk.page.get_by_role("button", name="Voir le message").click()
    walk.look("decline, previewed")

    assert walk.problems == {}


def unlike(urls):
    """Without the pages that the admin makes alike for every kind of thing, but the first of each."""
    alike = {}
    for what, url in urls.items():
        kind = what.rpartition(" ")[2]
        alike.setdefault(kind if kind in {"history", "delete"} else what, (what, url))
    return dict(alike.values())


def test_what_staff_see(walk, demo, monkeypatch):
    monkeypatch.setattr(ModelAdmin, "list_per_page", 10)  # rows are alike
    staff = User.objects.get(email=people.STAFF)
    walk.sign_in(staff)
    for what, url in unlike(staff_urls()).items():
        walk.visit(f"staff {what}", url)
    for state, one in one_of_each_state(Opportunity.objects.all()):
        walk.visit(f"staff opportunity {state}", reverse("admin:opportunities_opportunity_change", args=[one.pk]))
    for state, one in one_of_each_state(Introduction.objects.all()):
        walk.visit(f"staff introduction {state}", reverse("admin:matching_introduction_change", args=[one.pk]))
    for model in ["group", "sme"]:
        waiting = Organisation.objects.filter(kind=model).first()
        walk.visit(f"staff {model}", reverse("admin:accounts_organisation_change", args=[waiting.pk]))
    submitted = Opportunity.objects.filter(state="submitted")[0]
    for name in ["publish", "request-changes", "reject"]:
        url = reverse("admin:opportunities_opportunity_transition", args=[submitted.pk, name])
        walk.visit(f"staff {name}", url)
    walk.refused("Refuser", "staff reject")
    walk.page.goto(walk.base + reverse("admin:accounts_email_changelist"))
    walk.page.locator("#action-toggle").check()
    walk.page.locator("select[name=action]").select_option("retry_selected")
    walk.page.locator("button[name=index]").click()
    walk.page.get_by_role("heading", name="Relancer l'envoi de ces e-mails").wait_for()
    walk.look("staff asked before a bulk action")

    assert walk.problems == {}


def test_the_pages_of_ones_own_account(walk):
    user = UserFactory(password=PASSWORD)
    key = get_emailconfirmation_model().create(EmailAddress.objects.get(user=user)).key
    reset = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, token = reset.split("-", 1)
    for name in ["login", "reset_password", "reset_password_done", "reset_password_from_key_done",
                 "email_verification_sent", "inactive"]:  # fmt: skip
        walk.visit(name, reverse(f"account_{name}"))
    walk.visit("confirm", reverse("account_confirm_email", args=[key]))
    walk.visit("confirm, too late", reverse("account_confirm_email", args=["xyz"]))
    walk.visit("reset", reverse("account_reset_password_from_key", args=[uid, token]))
    walk.visit("reset, too late", reverse("account_reset_password_from_key", args=[uid, "abc-def"]))
    walk.page.goto(walk.base + reverse("account_login"))
    walk.page.get_by_role("textbox").first.fill(user.email)
    walk.page.get_by_label("Mot de passe", exact=True).fill("faux")
    walk.refused("Se connecter", "login")
    walk.sign_in(user)
    for name in ["account_email", "account_change_password", "account_logout", "account_reauthenticate", "mfa_index",
                 "mfa_activate_totp", "mfa_list_webauthn"]:  # fmt: skip
        walk.visit(name, reverse(name))

    assert walk.problems == {}


def test_the_pages_of_the_second_factor(walk):
    staff = UserFactory(staff=True, password=PASSWORD)
    client = CommittingClient()
    sign_in_staff(client, staff)
    walk.sign_in(staff)
    give_a_security_key(walk.page)
    walk.visit("mfa_add_webauthn", reverse("mfa_add_webauthn"))
    walk.page.get_by_role("button", name="Ajouter").click()
    walk.page.wait_for_url("**/2fa/recovery-codes/**")
    walk.look("mfa_recovery_codes, new")
    key = Authenticator.objects.get(user=staff, type="webauthn")
    for name in ["mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
                 "mfa_reauthenticate", "mfa_list_webauthn"]:  # fmt: skip
        walk.visit(name, reverse(name))
    walk.visit("mfa_edit_webauthn", reverse("mfa_edit_webauthn", args=[key.pk]))
    walk.visit("mfa_remove_webauthn", reverse("mfa_remove_webauthn", args=[key.pk]))
    walk.page.context.clear_cookies()
    walk.page.goto(walk.base + reverse("account_login"))
    walk.page.get_by_role("textbox").first.fill(staff.email)
    walk.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    walk.page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    walk.page.wait_for_url("**/2fa/authenticate/**")
    walk.look("mfa_authenticate")

    assert walk.problems == {}


def test_the_pages_of_what_goes_wrong(walk, monkeypatch, settings, caplog):
    walk.visit("not found", "/nulle-part/", status=404)
    walk.page.goto(walk.base + reverse("account_login"))
    walk.page.context.clear_cookies()
    walk.page.get_by_role("textbox").first.fill("personne@example.com")
    walk.page.get_by_label("Mot de passe", exact=True).fill("faux")
    walk.page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    walk.page.wait_for_load_state()
    walk.look("csrf", is_error=True)
    person = group_user()
    opportunity = next(page for page in EVERY if page.name == "opportunities:edit").owned(person)
    walk.sign_in(person)
    walk.page.goto(walk.base + reverse("opportunities:edit", args=[opportunity.pk]))
    opportunity.title = "Changé par une collègue"
    opportunity.save()
    walk.page.get_by_role("button", name="Enregistrer le brouillon").click()
    walk.page.get_by_role("alert").wait_for()
    walk.look("conflict", is_error=True)
    walk.page.context.clear_cookies()
    siren = f"{reverse('accounts:signup_sme')}?siren=000000158"
    for _ in range(30):
        CommittingClient().get(siren)
    walk.visit("too many", siren, status=429)
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    monkeypatch.setattr("pacte.views.counters", lambda: 1 / 0)
    walk.visit("broken", "/", status=500)

    assert walk.problems == {}


def test_the_development_mailbox(walk, settings):
    settings.DEBUG = True
    load.load(5, 12)
    walk.visit("mails", reverse("mails"))
    mail = Email.objects.order_by("-pk")[0]
    walk.visit("mail", reverse("mail_detail", args=[mail.pk]))

    assert walk.problems == {}

"""Real-browser fixtures: pytest-playwright on the machine's Chromium, skipped with the reason where there is none."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Error

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API keeps an event loop in this thread

HERE = Path(__file__).resolve().parent
PHONE = {"width": 390, "height": 844}
PASSWORD = "une phrase longue et facile"
CHROMIUMS = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
]
OFF = [  # a browser heeds the last such list alone: Playwright's own comes again, then
    *["AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"],
    *["HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying"],
    *["AimEnabled", "OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning"],
    *["WebUIOmniboxAimPopup", "WebUIOmniboxPopup"],  # a process at each new page, for an address bar that nobody sees
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    f"--disable-features={','.join(OFF)}",
]
BROWSER_FIXTURES = {"page", "context", "browser"}
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,  # which fetches every style sheet again, and looks for what they import beside the page
}

BROKEN = """options => axe.run(options).then(found => found.violations.map(
  rule => rule.id + " " + rule.nodes.slice(0, 3).map(node => node.target.join(" "))))"""


def chromium():
    names = [os.environ.get("CHROMIUM"), *CHROMIUMS]
    return next((found for name in names if name and (found := shutil.which(name))), None)


def why_no_browser():
    if not chromium():
        return "no Chromium here: apt-get install chromium, or set CHROMIUM=/path/to/it"
    from playwright._impl._driver import compute_driver_executable

    driver = subprocess.run([compute_driver_executable()[0], "--version"], capture_output=True, text=True)
    if driver.returncode:
        return (
            f"Playwright's node does not start (set PLAYWRIGHT_NODEJS_PATH to another): {driver.stderr.strip()[:160]}"
        )
    return None


def pytest_collection_modifyitems(items):
    wanted = [item for item in items if HERE in item.path.parents and BROWSER_FIXTURES & {*item.fixturenames}]
    if wanted and (why := why_no_browser()):
        if os.environ.get("REQUIRE_BROWSER"):  # CI sets it, so that a missing browser cannot pass for green
            raise pytest.UsageError(why)
        for item in wanted:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": chromium(), "args": ARGUMENTS, "chromium_sandbox": False}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    size = {"width": 1280, "height": 800}
    french = {"locale": "fr-FR", "timezone_id": "Europe/Paris"}
    return {**browser_context_args, **french, "viewport": size, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def playwright(django_db_setup, playwright):
    """While its loop runs Django keeps another set of connections: let none outlive it and hold the database."""
    yield playwright
    connections.close_all()


def broken_rules(page, *, but=()):
    """Accessibility rules that the page as shown breaks, each with where; `but` names those not asked."""
    page.wait_for_load_state()  # of a page half read, axe says that it has no heading
    page.evaluate("scrollTo(0, 0)")  # or a button may lie half under the header that stays in sight
    options = AXE | {"rules": {rule: {"enabled": False} for rule in but}}
    try:
        return looked_at(page, options)
    except Error:  # the page was leaving for the next one
        page.wait_for_load_state()
        return looked_at(page, options)


def looked_at(page, options):
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    return page.evaluate(BROKEN, options)


@pytest.fixture
def axe(page):
    """Call it on a loaded page: no accessibility rule may be broken."""

    def check():
        assert broken_rules(page) == []

    return check


@pytest.fixture
def console(page):
    """What the browser complained of, the content security policy's refusals among them: assert that it is empty."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@pytest.fixture
def sign_in(page, live_server):
    """Put a person's session into the browser, without the sign-in form."""
    from tests.conftest import CommittingClient

    def sign_in(user):
        client = CommittingClient()
        client.force_login(user)
        page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )

    return sign_in


@pytest.fixture
def to_admin(page, live_server):
    """Staff come to the admin with their password, then the code of their telephone; whoever was there is gone."""
    from tests.factories import UserFactory

    user = UserFactory(staff=True, password=PASSWORD)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    period = 0

    def to_admin():
        nonlocal period
        page.context.clear_cookies()
        page.goto(live_server.url + reverse("admin:index"))
        page.get_by_role("textbox").first.fill(user.email)
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
        page.wait_for_url("**/2fa/authenticate/**")
        period = max(int(time.time()) // 30, period + 1)  # no code serves twice; the next one is already taken
        time.sleep(max(0, (period - 1) * 30 - time.time()))  # but not the one after it
        page.get_by_label("Code", exact=True).fill(format_hotp_value(hotp_value(secret, period)))
        page.keyboard.press("Enter")
        page.wait_for_url("**/admin/")
        return user

    return to_admin


@pytest.fixture
def plain(browser, live_server):
    """A telephone without JavaScript, as whom one wants; staff have used their second factor."""
    from tests.conftest import CommittingClient
    from tests.factories import sign_in_staff

    contexts = []

    def plain(user=None):
        context = browser.new_context(
            java_script_enabled=False, viewport=PHONE, locale="fr-FR", base_url=live_server.url
        )
        contexts.append(context)
        if user:
            client = CommittingClient()
            sign_in_staff(client, user) if user.is_staff else client.force_login(user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        return context.new_page()

    yield plain
    for context in contexts:
        context.close()

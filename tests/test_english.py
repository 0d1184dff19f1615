"""English is complete: no French sentence outside what users wrote, in code, on pages and in mails."""

import ast
import re
import time
from datetime import UTC, datetime

import pytest
from allauth.account.internal.userkit import user_id_to_str
from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation.template import templatize

from accounts.models import User
from tests.english import ACCENTS, french, story, texts, unsaid, world
from tests.factories import PASSWORD, UserFactory, sign_in_staff, sme_user
from tests.pages import DEVELOPER, EVERY, GROUP, NOT_HTML, PUBLIC, staff_urls

TRANSLATED = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Words that are data: what the demo writes, lists of both languages.
DATA = {
    "demo",
    "taxonomy",
    "migrations",
    "devstack",
    "bench",
    "text.py",
    "registry.py",
    "leaks.py",
    "wording.py",
    "hints.py",
    "unwanted.py",
}
DATA |= {"bench.html", "500.html"}  # 500 says everything twice


def said(tree):
    """String literals that reach people without gettext."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = [node.body[0] for node in ast.walk(tree) if isinstance(node, holders) and ast.get_docstring(node)]
    spared = {id(inner) for doc in docs for inner in ast.walk(doc)}
    for node in ast.walk(tree):
        name = getattr(getattr(node, "func", None), "id", "") or getattr(getattr(node, "func", None), "attr", "")
        if isinstance(node, ast.Call) and name in TRANSLATED:
            spared |= {id(inner) for inner in ast.walk(node)}
    return [node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spared]  # fmt: skip


def test_no_french_in_code_outside_gettext():
    found = {}
    for app in ["pacte", "accounts", "opportunities", "matching"]:
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            if not DATA & set(path.parts) and (
                texts := [t for t in said(ast.parse(path.read_text())) if french(t) or ACCENTS.search(t)]
            ):
                found[str(path.relative_to(settings.BASE_DIR))] = texts
    assert found == {}


def test_no_french_in_templates_outside_translate():
    found = {}
    for path in [*settings.BASE_DIR.glob("templates/**/*.html"), *settings.BASE_DIR.glob("templates/**/*.txt")]:
        if path.name in DATA:
            continue
        bare = re.sub(r"(?s){% comment %}.*?{% endcomment %}", "", path.read_text())
        bare = re.sub(r"(?s){% blocktranslate.*?{% endblocktranslate %}", "", bare)
        bare = re.sub(r"(?s){%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", " ", bare)
        if texts := [line for line in bare.splitlines() if french(line) or ACCENTS.search(line)]:
            found[str(path.relative_to(settings.BASE_DIR))] = texts
    assert found == {}
    assert templatize("{% translate 'x' %}")  # the marks above are those that are collected


def read(client, url, data=None):
    """The French of a page that is asked for in English; `data` is posted."""
    ask = client.get if data is None else client.post
    page = ask(url, data, headers={"Accept-Language": "en"}, follow=True).content.decode()
    assert '<html lang="en' in page
    return unsaid(texts(page))


@pytest.mark.ignore_template_errors
def test_pages_of_every_role_are_english(client):
    person, sme, opportunity = world()
    story(person, sme, opportunity)
    wrong = {}
    for page in EVERY:
        if "GET" not in page.methods or page.role == DEVELOPER or page.name in NOT_HTML:
            continue
        who = person if page.role == GROUP else sme
        client.logout() if page.role == PUBLIC else client.force_login(who)
        url = page.url(who)
        User.objects.update(language="en", first_name="Robin", last_name="Smith", job_title="")
        if found := read(client, url):
            wrong[str(page)] = found
        answers = "POST" in page.methods and not page.to_open  # with a page, not with a file
        if answers and (found := read(client, url, {})):  # what a form says of an empty answer
            wrong[f"{page} sent"] = found
    assert wrong == {}


@pytest.mark.ignore_template_errors
def test_pages_of_staff_are_english(client):
    urls = staff_urls()
    staff = UserFactory(staff=True, language="en")
    sign_in_staff(client, staff)
    wrong = {what: found for what, url in urls.items() if (found := read(client, url))}

    assert wrong == {}


ALONE = [
    "account_login", "account_inactive", "account_email_verification_sent", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key_done",
]  # fmt: skip
SIGNED_IN = [
    "account_logout", "account_email", "account_change_password", "account_reauthenticate", "mfa_index",
    "mfa_reauthenticate", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn",
]  # fmt: skip
SECURED = ["mfa_index", "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_reauthenticate"]


def signed_in_just_now(client, person):
    """allauth asks for no password again."""
    sign_in_staff(client, person) if person.is_staff else client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = user_id_to_str(person)
    session.save()


@pytest.mark.ignore_template_errors  # allauth's own templates read what may be absent
def test_pages_of_accounts_are_english(client):
    stale = [reverse("account_confirm_email", args=["none"]),
             reverse("account_reset_password_from_key", args=["a", "b-c"])]  # fmt: skip
    wrong = {url: found for url in [*map(reverse, ALONE), *stale] if (found := read(client, url))}
    for names, person in [(SIGNED_IN, sme_user(name="DEMO")), (SECURED, UserFactory(staff=True))]:
        signed_in_just_now(client, person)
        User.objects.update(language="en", first_name="Robin", last_name="Smith")
        wrong |= {name: found for name in names if (found := read(client, reverse(name)))}

    assert wrong == {}


@pytest.mark.ignore_template_errors
def test_what_accounts_refuse_is_said_in_english(client):
    person = UserFactory(password=PASSWORD)
    asked = {"account_login": {"login": person.email, "password": "wrong"}, "account_reset_password": {"email": "x"}}
    wrong = {name: found for name, data in asked.items() if (found := read(client, reverse(name), data))}
    signed_in_just_now(client, person)
    asked = {"account_change_password": {"oldpassword": PASSWORD, "password1": "123", "password2": "1234"},
             "account_email": {"action_add": "", "email": "x"}, "mfa_activate_totp": {"code": "1"}}  # fmt: skip
    wrong |= {name: found for name, data in asked.items() if (found := read(client, reverse(name), data))}

    assert wrong == {}


def test_dates_are_written_as_in_europe():
    day = datetime(2026, 11, 3, 15, 5, tzinfo=UTC)
    with translation.override("en"):
        written = [
            formats.date_format(timezone.localtime(day), name)
            for name in ["DATE_FORMAT", "SHORT_DATE_FORMAT", "DATETIME_FORMAT"]
        ]

    assert written == ["3 November 2026", "3 Nov 2026", "3 November 2026, 16:05"]

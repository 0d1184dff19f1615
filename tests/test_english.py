"""English is complete: no French sentence outside what users wrote, in code, on pages and in mails."""

import ast
import html
import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize

from accounts.models import Email, User
from matching import apply, introduce, refresh
from opportunities import moderation
from tests.factories import OpportunityFactory, UserFactory, group_user, sign_in_staff, sme_user
from tests.pages import DEVELOPER, EVERY, GROUP, PUBLIC, staff_urls

# Small words that no English sentence holds.
FRENCH = re.compile(
    r"(?i)(?<![\w'-])(?:le|la|les|des|du|un|une|est|sont|vous|votre|vos|nous|notre|pour|avec|sans|dans|cette|ces|"
    r"aux|sur|pas|qui|que|et|ou|où|été|être|à|au|ne|se|ce|il|elle|leur|par|de|d'\w+|l'\w+|n'\w+|s'\w+|qu'\w+|"
    r"bonjour|oui|non|jamais|aucune?|envoyer|enregistrer)(?![\w'])"
)
ACCENTS = re.compile("[éèêàùœ]|ç(?!ais)")  # « français » is the same everywhere
NAMES = ["Pacte PME", "Défenseur des droits", "Français"]
WRITTEN = [  # by users, in the tests' factories
    "Vannes pour une station de pompage",
    "Vannes pour une usine d'eau",
    "Fournir et monter les vannes.",
    "Un partenaire pour équiper une station de pompage.",
    "Nous cherchons un fabricant de vannes pour une station de pompage.",
    "Une première référence dans le pays.",
    "Nous fabriquons ces vannes depuis vingt ans.",
    "Groupe du secteur de l'énergie",
]
TRANSLATED = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Words that are data: what the demo writes, lists of both languages.
DATA = {"demo", "taxonomy", "migrations", "devstack", "bench", "text.py", "registry.py", "leaks.py", "search.py"}
DATA |= {"bench.html", "500.html"}  # 500 says everything twice


def french(text):
    for name in NAMES + WRITTEN:
        text = text.replace(name, "")
    words = FRENCH.findall(text)
    return text.strip() if len(words) > 1 or (words and ACCENTS.search(text)) else ""


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


def texts(page):
    """What a page says, to eyes and ears, but for what it marks as French or as what a user wrote."""
    page = re.sub(r"(?s)<(script|style|template)\b.*?</\1>", "", page)
    page = re.sub(r'(?s)<(\w+)[^>]*\blang="fr"[^>]*>.*?</\1>', "", page)
    spoken = re.findall(r'(?:title|aria-label|alt|placeholder|content|data-label|value)="([^"]*)"', page)
    return [html.unescape(text) for text in [*spoken, *re.split(r"<[^>]*>", page)]]


def read(client, url):
    answer = client.get(url, headers={"Accept-Language": "en"}, follow=True)
    page = answer.content.decode()
    assert '<html lang="en' in page
    return [found for text in texts(page) if (found := french(text))]


@pytest.fixture
def world():
    """A group and an SME that write English, and an opportunity with all that a page may say of it."""
    person = group_user(name="DEMO Group")
    told = {"sectors": ["eau"], "products": "Valves and pumps", "languages": ["en"], "wanted_places": ["MA"]}
    sme = sme_user(name="DEMO Company", **{f"profile__{name}": value for name, value in told.items()})
    User.objects.update(language="en", first_name="Robin", last_name="Smith", job_title="Export")
    for user in (person, sme):
        user.refresh_from_db()
    opportunity = OpportunityFactory(
        owner=person.organisation, created_by=person, title="Valves", teaser="Valves wanted", language="en",
        description="Valves and pumps", sectors=["eau"], places=["MA"], benefits="A first order",
        contact_name="Robin Smith", deputy_name="Jo Smith",
    )  # fmt: skip
    opportunity.criteria.create(kind="language", code="en", must=True)
    opportunity.criteria.create(kind="certification", code="iso-9001", must=False)
    return person, sme, opportunity


def story(person, sme, opportunity):
    """From a draft to an introduction, by way of everything that writes a mail."""
    staff = UserFactory(staff=True)
    moderation.submit(opportunity, by=person)
    moderation.request_changes(opportunity, by=staff, comments=[("", "More, please.")])
    moderation.submit(opportunity, by=person)
    moderation.publish(opportunity, by=staff)
    refresh.refresh_due()
    application, _created = apply.start(opportunity, sme)
    apply.save(application, by=sme, pitch="We can do it.", contact=sme)
    apply.send(application, by=sme, consented=True)
    apply.shortlist(application, by=person)
    return application, introduce.accept(application, by=person, message="Welcome.")


@pytest.mark.ignore_template_errors
def test_pages_of_every_role_are_english(client, world):
    person, sme, opportunity = world
    story(person, sme, opportunity)
    wrong = {}
    for page in EVERY:
        if "GET" not in page.methods or page.role == DEVELOPER or page.name == "healthz":
            continue
        who = person if page.role == GROUP else sme
        client.logout() if page.role == PUBLIC else client.force_login(who)
        url = page.url(who)
        User.objects.update(language="en", first_name="Robin", last_name="Smith", job_title="")
        if found := read(client, url):
            wrong[str(page)] = found
    assert wrong == {}


@pytest.mark.ignore_template_errors
def test_pages_of_staff_are_english(client, world):
    urls = staff_urls()
    staff = UserFactory(staff=True, language="en")
    sign_in_staff(client, staff)
    wrong = {what: found for what, url in urls.items() if (found := read(client, url))}

    assert wrong == {}


@pytest.mark.ignore_template_errors
@pytest.mark.parametrize(
    "name", ["account_login", "account_reset_password", "account_email", "account_change_password", "mfa_index"]
)
def test_pages_of_accounts_are_english(client, name):
    if "login" not in name and "reset" not in name:
        client.force_login(sme_user())
    User.objects.update(language="en")

    assert read(client, reverse(name)) == []


def test_mails_to_english_readers_are_english(world):
    story(*world)

    wrong = {}
    for mail in Email.objects.all():
        assert mail.language == "en", mail.template
        if found := [text for text in [mail.subject, *mail.text.splitlines(), *texts(mail.html)] if french(text)]:
            wrong[mail.template] = found
    assert Email.objects.count() > 6
    assert wrong == {}


def test_an_english_page_s_errors_are_english(client, world):
    _person, sme, _opportunity = world
    client.force_login(sme)
    with translation.override("en"):
        answer = client.post(reverse("accounts:reference_add"), {"title": "", "year": "x"})

    assert [text for text in texts(answer.content.decode()) if french(text)] == []

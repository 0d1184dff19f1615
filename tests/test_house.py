from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template
from django.urls import get_resolver

OURS = {"pacte", "accounts", "opportunities", "matching"}
# The pages that nobody needs to sign in for. A new one is a decision: write it down here.
PUBLIC = {
    "results",
    "join",
    "home",
    "accessibility",
    "unpublished",
    "invitation",
    "charter_of_groups",
    "conditions_of_smes",
    "feed",
    "robots",
    "sitemap",
    "structured",
    "unsubscribe",
    "usefulness",
    "score",
    "healthz",
    "set_language",
    "opportunity_list",
    "opportunity_detail",
    "attachment",  # asks by itself for what is confidential
    "signup",
    "signup_sme",
    "signup_group",
    # the development mailbox: 404 unless DEBUG
    "recommend",
    "partner_invitation",
    "mails",
    "mail_detail",
    "mail_html",
}


def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True)


def test_every_template_compiles():
    root = settings.BASE_DIR / "templates"
    for path in root.rglob("*.html"):
        get_template(str(path.relative_to(root)))


def our_urls(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from our_urls(pattern.url_patterns)
        elif pattern.callback.__module__.split(".")[0] in OURS:
            yield pattern


def test_every_page_asks_for_a_login_but_those_listed():
    urls = our_urls(get_resolver().url_patterns)
    assert {url.name for url in urls if not getattr(url.callback, "login_required", True)} == PUBLIC

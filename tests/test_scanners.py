"""Mail programs and their guards follow every link of every mail, twice, signed in or not: nothing changes by it."""

import json
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.urls import resolve, reverse

from accounts.models import Email, User
from matching import partners
from tests.accounts import test_signup as signup
from tests.conftest import CommittingClient
from tests.factories import PASSWORD, ApplicationFactory, UserFactory, group_user, sign_in_staff, sme_user
from tests.pages import ANYONE, EVERY, GROUP, PUBLIC, SME, TEAM, joined
from tests.test_english_mails import write_all

pytestmark = pytest.mark.long

LINK = re.compile(r"https?://[^\s\"<>)]+")
LOOKED_AT = {  # what a page leaves behind that it was looked at: nothing and nobody is told of it
    "matching.Application": {"seen_at"},
    "matching.Exposure": ...,  # the whole table
    "matching.Standing": {"id", "seen_at"},
    "matching.Visit": ...,
    "sessions.Session": ...,
    "accounts.User": {"last_login"},
}
ONLY_LOOKS = {  # rows that only say that
    "matching.FileOpening": {"what": "file"},  # a member of the group, signed in, read the page; no file was opened
    "matching.Standing": {"proposed_at": None, "dismissed_at": None},
}
UNSIGNED = {  # what opens to whoever holds its link
    "account_confirm_email",
    "account_reset_password_from_key",
    "accounts:invitation",
    "matching:partner_invitation",
    "matching:recommend",
    "matching:unsubscribe",
    "matching:usefulness",
}


def state():
    """Every row of every table, whole, but for what says that it was looked at."""
    found = {}
    for model in apps.get_models():
        stamps = LOOKED_AT.get(model._meta.label, set())
        if not model._meta.managed or stamps is ...:
            continue
        rows = model.objects.order_by("pk")
        if model._meta.label in ONLY_LOOKS:
            rows = rows.exclude(**ONLY_LOOKS[model._meta.label])
        names = [field.name for field in model._meta.concrete_fields if field.name not in stamps]
        found[model._meta.label] = json.dumps(list(rows.values(*names)), default=str)
    return found


def write_to_others(client):
    """What allauth writes, with links that work, and an invitation of a company by somebody's address."""
    signup.send(client)
    owner = UserFactory(password=PASSWORD)
    client.post(reverse("account_reset_password"), {"email": owner.email})
    client.force_login(owner)
    client.post(reverse("account_email"), {"email": "nouvelle@example.com", "action_add": ""})
    client.logout()
    application = ApplicationFactory()
    partners.invite(application, by=application.contact, email="ailleurs@example.com")


def links_of(email):
    written = [*LINK.findall(email.text), *LINK.findall(unescape(email.html)), email.unsubscribe_url]
    return {one.removeprefix(settings.SITE_URL) or "/" for one in written if one.startswith(settings.SITE_URL)}


class Guard:
    """Follows links, and remembers what each answered and wrote."""

    def __init__(self):
        self.answers, self.wrote, self.link = {}, {}, ""

    def __call__(self, execute, sql, params, many, context):
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", sql):
            self.wrote.setdefault(self.link, set()).add(sql[:80])
        return execute(sql, params, many, context)

    def follow(self, client, links, who):
        for method in ("GET", "HEAD"):
            for link in sorted(links):
                self.link = (method, link, who)
                self.answers.setdefault(self.link, []).append(client.generic(method, link).status_code)


def test_whoever_follows_every_link_of_every_mail_changes_nothing(client, time_machine):
    write_all(time_machine)
    time_machine.move_to(Email.objects.earliest("queued_at").queued_at)  # before any link is too old
    write_to_others(client)
    links, people = set(), {}
    for mail in Email.objects.exclude(template="test"):
        links |= links_of(mail)
        for address in [*mail.to, *mail.cc]:
            people.setdefault(address, set()).update(links_of(mail))
    readers = list(User.objects.filter(email__in=people, is_active=True))
    clients = [CommittingClient() for _ in readers]
    for its, reader in zip(clients, readers, strict=True):
        its.force_login(reader)
    guard, before = Guard(), state()

    with connection.execute_wrapper(guard):
        for _ in range(2):
            guard.follow(CommittingClient(), links, "nobody")
            for its, reader in zip(clients, readers, strict=True):
                guard.follow(its, people[reader.email], reader.email)

    after = state()
    assert {name for name in before if before[name] != after[name]} == set(), guard.wrote
    unsigned = {link: name for link in links if (name := resolve(urlsplit(link).path).view_name) in UNSIGNED}
    assert set(unsigned.values()) == UNSIGNED
    assert {name for link, name in unsigned.items() if not opens(guard.answers["GET", link, "nobody"])} == set()
    assert {code for codes in guard.answers.values() for code in codes} <= {200, 302, 403, 404, 405}


def opens(codes):
    """Both times."""
    return set(codes) <= {200, 302}


PEOPLE = {TEAM: sme_user, SME: sme_user, GROUP: group_user, ANYONE: UserFactory, PUBLIC: sme_user}


@pytest.mark.parametrize("role", PEOPLE)
def test_whoever_only_follows_the_links_of_our_pages_signed_in_opens_no_file_and_changes_nothing(client, role):
    wrote = {}
    followed = [page for page in EVERY if page.role == role and "GET" in page.methods]
    for page in [
        page for page in followed if page.name != "matching:audience"
    ]:  # a worker counts, here in the request
        person = PEOPLE[role]()
        url = page.url(person)
        client.force_login(person)
        before = state()

        for method in ("GET", "HEAD"):
            client.generic(method, url)

        after = state()
        wrote[str(page)] = {name for name in before if before[name] != after[name]}

    assert {page: tables for page, tables in wrote.items() if tables} == {}


def test_staff_who_only_follow_the_link_of_a_file_leave_no_note(client):
    file = joined(group_user())
    sign_in_staff(client)
    url = reverse("admin:opportunities_opportunity_file", args=[file.opportunity_id, file.pk])
    before = state()

    codes = [client.generic(method, url).status_code for method in ("GET", "HEAD")]

    assert (codes, state()) == ([200, 200], before)

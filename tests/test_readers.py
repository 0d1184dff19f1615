"""Who only reads follows every link of their company's pages: none is refused, nothing is offered that would be."""

import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from accounts.models import Membership
from matching import proposing, subscriptions
from matching.models import Notification
from tests.factories import (
    ApplicationFactory,
    IntroductionFactory,
    MatchFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    sme_user,
)
from tests.pages import EVERY, invited, questioned, revealed, wanted

LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
FORM = re.compile(r'<form\b(?=[^>]*method="post")[^>]*>')
ACTION = re.compile(r'action="([^"]+)"')
OWN = {"opportunities:member_end"}  # anybody may leave
FOR_EDITORS = {page.name for page in EVERY if page.for_editors or page.to_send} - OWN
LEFT_ALONE = ("/compte/", "/mails/", "/langue/", "/admin/")  # not ours, or no page


@pytest.fixture
def person():
    """Who runs a company with something on each of its pages: much of it awaits their word."""
    person = sme_user(profile__sectors=["eau"])
    company = person.organisation
    parts = [("place", "unknown", 4.0, 12.1), ("sector", "met", 9.0, 12.0, {"code": "eau"})]
    fits = [OpportunityFactory(published=True) for _ in range(3)]
    for opportunity in fits:
        MatchFactory(opportunity=opportunity, company=company, parts=parts)
    fits[0].criteria.create(kind="certification", code="iso-9001", must=True)
    subscriptions.follow(person, fits[0])
    proposing.propose(fits[1], company, by=UserFactory(is_staff=True), reason="Elle y a vendu.")
    its = {"contact": person}
    ApplicationFactory(**its, opportunity__apply_by=timezone.localdate() + timedelta(days=2))
    ApplicationFactory(**its, sent=True, awaiting="sme")
    ApplicationFactory(**its, sent=True, recheck_by=date.max)
    for state in ("withdrawn", "unanswered", "cancelled", "shortlisted"):
        ApplicationFactory(**its, sent=True, state=state)
    ApplicationFactory(**its, sent=True, state="declined", decline_reason="size", decided_at=timezone.now())
    IntroductionFactory(application__contact=person)
    revealed(person), invited(person), wanted(person), questioned(person)
    return person


def crawl(client, starts):
    """What every page within reach answers, and the forms on each."""
    found, forms, queue = {}, set(), list(starts)
    while queue:
        path = queue.pop(0)
        if path in found or path.startswith(LEFT_ALONE):
            continue
        response = client.get(path)
        found[path] = response.status_code
        if response.status_code == 302:
            queue.append(urlsplit(urljoin(path, response["Location"])).path)
        if response.status_code != 200 or "text/html" not in response["Content-Type"]:
            continue
        text = response.content.decode()
        for form in FORM.findall(text):
            action = ACTION.search(form)
            forms.add((path, urlsplit(unescape(action[1])).path if action else path))
        for href in LINK.findall(text):
            link = urlsplit(urljoin(path, unescape(href)))
            if not link.scheme and not link.netloc:
                queue.append(link.path)
    return found, forms


def name_of(path):
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def test_no_link_of_an_sme_s_pages_is_refused_to_who_only_reads(client, person):
    reader = colleague(person, role=Membership.Role.READER)
    told = {"opportunity": OpportunityFactory(published=True), "kind": "proposal"}
    Notification.objects.create(user=reader, **told)
    client.force_login(reader)

    found, forms = crawl(client, ["/", reverse("dashboard")])

    assert {path for path, status in found.items() if status >= 400} == set()
    assert {(page, action) for page, action in forms if name_of(action) in FOR_EDITORS} == set()
    assert {"matching:partner", "matching:application_status", "matching:portage_status", "accounts:profile"} <= {
        name_of(path) for path in found
    }


def test_who_may_edit_finds_what_awaits_them(client, person):
    client.force_login(person)

    found, _forms = crawl(client, [reverse("matching:sme_dashboard")])

    assert {path for path, status in found.items() if status >= 400} == set()
    assert {"matching:application_edit", "matching:application_answer", "accounts:profile_section"} <= {
        name_of(path) for path in found
    }

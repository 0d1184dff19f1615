"""Official notices that answer no more: looked at outside, never inside; told to staff once it is certain."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from opportunities import links, tasks
from opportunities.models import NoticeLink
from tests.backoffice import page_of
from tests.factories import OpportunityFactory, UserFactory, sign_in_staff

URL = "https://avis.demo-ted.eu/1"
ANSWERS = {"/ici": 200, "/parti": 404, "/pour-toujours": 410, "/robots": 403, "/panne": 503}


class Notices(BaseHTTPRequestHandler):
    asked: list[str]

    def answer(self):
        self.server.asked.append(f"{self.command} {self.path}")
        status = ANSWERS.get(self.path, 302)
        if self.path == "/sans-head":
            status = 200 if self.command == "GET" else 404
        self.send_response(status)
        if status == 302:
            self.send_header(
                "Location", {"/ailleurs": "/parti", "/chez-nous": "http://10.0.0.1/"}.get(self.path, "/boucle")
            )
        self.end_headers()

    do_HEAD = do_GET = answer  # noqa: N815  # the names that the server looks for

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Notices) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/ici", ""), ("/parti", "404"), ("/pour-toujours", "410"), ("/robots", ""), ("/panne", ""),
        ("/sans-head", ""), ("/ailleurs", "404"), ("/boucle", "TooManyRedirects"),
    ],
)  # fmt: skip
def test_what_an_address_answers_is_judged_where_it_leads(server, path, problem):
    url = f"http://127.0.0.1:{server.server_port}{path}"

    assert links.problem_of(url, may_reach=lambda address: True) == problem


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/ici", "http://localhost:{port}/ici", "http://[::1]:{port}/ici", "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/", "http://0.0.0.0:{port}/ici", "file:///etc/passwd", "http://2130706433/",
        "gopher://127.0.0.1:{port}/", "http:///ici",
    ],
)  # fmt: skip
def test_nothing_of_our_own_network_is_ever_asked(server, url):
    assert links.problem_of(url.format(port=server.server_port)) == "ValueError"
    assert server.asked == []


def test_a_redirection_into_our_own_network_is_not_followed(server):
    url = f"http://127.0.0.1:{server.server_port}/chez-nous"

    assert links.problem_of(url, may_reach=lambda address: address == "127.0.0.1") == "ValueError"
    assert server.asked == ["HEAD /chez-nous"]


def tender(url=URL, **its):
    return OpportunityFactory(published=True, kind="tender", details={"notice_url": url}, **its)


@pytest.mark.django_db
def test_a_link_is_dead_for_staff_after_two_failures_days_apart(time_machine):
    opportunity = tender()
    began = timezone.now()
    seen = []

    for days in (0, 1, 3):
        time_machine.move_to(began + timedelta(days=days))
        links.look(lambda url: "404")
        seen.append([one.opportunity for one in NoticeLink.objects.dead()])

    assert seen == [[], [], [opportunity]]
    assert NoticeLink.objects.get().failing_since - began < timedelta(minutes=5)


@pytest.mark.django_db
def test_it_leaves_the_queue_once_it_answers_or_nobody_may_apply_any_more(time_machine):
    began = timezone.now()
    mended, closed = tender(), tender("https://avis.demo-ted.eu/2")
    for days in (0, 3):
        time_machine.move_to(began + timedelta(days=days))
        links.look(lambda url: "404")
    assert NoticeLink.objects.dead().count() == 2

    closed.close(by=None)
    time_machine.move_to(began + timedelta(days=6))
    links.look(lambda url: "")

    assert list(NoticeLink.objects.dead()) == []
    assert mended.notice_link.problem == ""


@pytest.mark.django_db
def test_one_that_answers_is_asked_once_a_week_and_a_corrected_one_begins_anew(time_machine):
    began = timezone.now()
    opportunity = tender()
    asked = []

    for days in (0, 1, 6, 8):
        time_machine.move_to(began + timedelta(days=days))
        links.look(lambda url, problem="404" if days == 8 else "": asked.append(url) or problem)
    opportunity.details = {"notice_url": "https://avis.demo-ted.eu/corrige"}
    opportunity.save()
    time_machine.move_to(began + timedelta(days=11))
    links.look(lambda url: asked.append(url) or "404")

    assert asked == [URL, URL, "https://avis.demo-ted.eu/corrige"]
    assert list(NoticeLink.objects.dead()) == []


@pytest.mark.django_db
def test_drafts_closed_ones_and_those_without_an_address_are_not_asked():
    OpportunityFactory(kind="tender", details={"notice_url": URL})
    OpportunityFactory(closed=True, kind="tender", details={"notice_url": URL})
    tender("")
    OpportunityFactory(published=True)

    assert list(links.due()) == []


@pytest.mark.django_db
def test_invented_addresses_are_never_asked_and_are_not_dead():
    tender("https://avis.demo.example/1")

    tasks.check_links()

    assert NoticeLink.objects.get().problem == ""


def dead_link(**its):
    opportunity = OpportunityFactory(published=True, kind="tender", details={"notice_url": URL}, **its)
    seen = {"checked_at": timezone.now(), "failing_since": timezone.now() - timedelta(days=3), "problem": "404"}
    return NoticeLink.objects.create(opportunity=opportunity, url=URL, **seen)


@pytest.mark.django_db
def test_staff_read_what_is_wrong_and_whom_to_ask_for_the_right_address(client):
    link = dead_link(contact_name="Zoé Essai", contact_email="zoe@example.com")
    zoe = UserFactory(email="zoe@example.com", phone="01 99 00 11 22")
    sign_in_staff(client)

    rows = client.get(reverse("admin:opportunities_noticelink_changelist"), {"mort": "oui"})
    page = client.get(page_of(link))

    assert link.opportunity.owner.name in rows.text
    assert "La page n'existe plus (réponse 404)" in rows.text.replace("\xa0", " ").replace("&#x27;", "'")
    assert f'<a href="{page_of(zoe)}">{zoe}</a> · zoe@example.com · 01 99 00 11 22' in page.text
    assert page_of(link.opportunity) in page.text


@pytest.mark.django_db
def test_the_right_address_is_written_where_it_was_asked_for_and_looked_at_soon(client):
    link = dead_link()
    staff = sign_in_staff(client)

    client.post(page_of(link), {"url": "https://avis.demo-ted.eu/corrige"})
    client.post(page_of(link), {"url": "https://avis.demo-ted.eu/corrige"})

    link.refresh_from_db()
    opportunity = link.opportunity
    assert opportunity.details == {"notice_url": "https://avis.demo-ted.eu/corrige"}
    assert (link.url, link.problem, link.failing_since) == ("https://avis.demo-ted.eu/corrige", "", None)
    assert list(NoticeLink.objects.dead()) == []
    assert list(links.due()) == [opportunity]
    moved = opportunity.history.latest("pk")
    assert (moved.actor, moved.changes) == (
        staff,
        {"details.notice_url": [URL, "https://avis.demo-ted.eu/corrige"]},
    )
    assert Email.objects.filter(template="opportunity_edited").count() == 1


@pytest.mark.django_db
def test_what_is_no_address_is_refused_beside_the_field(client):
    link = dead_link()
    sign_in_staff(client)

    page = client.post(page_of(link), {"url": "nulle part"})

    assert "url" in page.context["adminform"].form.errors
    link.opportunity.refresh_from_db()
    assert link.opportunity.details == {"notice_url": URL}

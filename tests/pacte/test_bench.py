import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory

from pacte.bench import wsgi
from pacte.bench.scenarios import group_people, people, scenarios, sign_in
from pacte.management.commands.bench_pages import QUERIES, Command, counted, over
from tests.factories import ApplicationFactory, MatchFactory, OpportunityFactory, group_user, sme_user


@pytest.fixture
def loaded():
    """Something is open, and someone has matches."""
    OpportunityFactory.create_batch(3, published=True, first_exporters_welcome=True)
    user = sme_user()
    MatchFactory(company=user.organisation)
    group = group_user()
    wanted = OpportunityFactory(published=True, owner=group.organisation)
    ApplicationFactory.create_batch(3, sent=True, opportunity=wanted)
    return user


@pytest.fixture
def server():
    """Answers "ok" to everything but /broken."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(500 if self.path == "/broken" else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args):
            pass

    its = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=its.serve_forever, daemon=True).start()
    yield its.server_address[1]
    its.shutdown()
    its.server_close()


def test_it_refuses_when_nothing_is_open():
    with pytest.raises(CommandError, match="Nothing is open"):
        call_command("bench_pages")


def test_the_bare_view_has_twenty_cards_by_one_query(settings, client, django_assert_num_queries):
    settings.ROOT_URLCONF = "pacte.bench.urls"
    OpportunityFactory.create_batch(21, published=True)
    soon = int(time.time()) + 1

    with django_assert_num_queries(1):
        response = client.get(f"/bench/{soon}/")

    assert response.content.count(b"<article") == 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("address", "passes"), [("/bench/1/", False), ("/opportunites/", True)])
def test_the_bare_view_goes_through_no_middleware_and_the_site_through_all(settings, address, passes):
    settings.ROOT_URLCONF = "pacte.bench.urls"
    OpportunityFactory(published=True)
    answers = []

    response = wsgi.application(
        RequestFactory().get(address).environ, lambda status, headers: answers.append((status, dict(headers)))
    )
    response.close()

    [(status, headers)] = answers
    assert (status, "Content-Security-Policy" in headers) == ("200 OK", passes)


def test_every_address_of_the_plan_answers(settings, loaded):
    settings.ROOT_URLCONF = "pacte.bench.urls"
    cookies = list(sign_in(people(2)))
    [group] = group_people(1)
    [its] = sign_in([group])

    plan = scenarios(cookies, (group, its))

    assert set(plan) == set(QUERIES)
    for scenario in plan.values():
        paths = dict.fromkeys(scenario["paths"])
        answers = {
            Client(headers={"cookie": scenario["cookies"][0]}).get(path).status_code for path in list(paths)[:5]
        }
        assert answers == {200}


def test_the_cookie_of_the_plan_signs_someone_in(loaded):
    [cookie] = sign_in(people(5))

    response = Client(headers={"cookie": cookie}).get("/opportunites/")

    assert response.context["user"] == loaded


def test_queries_are_counted_per_page(loaded):
    assert counted(scenarios([])["detail"]) == "4"


def test_no_page_of_the_plan_takes_more_queries_than_it_may(settings, loaded):
    settings.ROOT_URLCONF = "pacte.bench.urls"
    [group] = group_people(1)
    [cookie] = sign_in([group])

    queries = {name: counted(one) for name, one in scenarios(list(sign_in(people(2))), (group, cookie)).items()}

    assert over(queries) == []


def test_one_query_too_many_is_told():
    assert over({"list": "2-3", "detail": "4", "bare view": "1"}) == ["list 3 > 2"]


def test_the_load_client_reports_each_scenario(server):
    scenario = {"paths": ["/", "/broken"], "cookies": [""]}
    plan = {
        "host": "127.0.0.1",
        "port": server,
        "headers": {},
        "seconds": 1,
        "clients": 2,
        "scenarios": {"one": scenario},
    }

    command = [sys.executable, "-m", "pacte.bench.load"]
    said = subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=True)

    result = json.loads(said.stdout)["one"]
    assert set(result["statuses"]) == {"200", "500"}
    assert len(result["seconds"]) == sum(result["statuses"].values()) == result["bytes"] / 2
    assert 0.9 < result["elapsed"] < 3


def test_the_report_gives_ratios_and_says_what_failed():
    result = {"statuses": {"200": 4}, "elapsed": 1.0, "bytes": 40_000}
    times = {
        "bare view": {**result, "seconds": [0.002] * 4},
        "list": {**result, "seconds": [0.004] * 4, "statuses": {"200": 3, "500": 1}},
    }
    said = StringIO()

    Command(stdout=said, no_color=True).report(times, {"bare view": "1", "list": "2"})

    assert "list: answers other than 200: {'500': 1}" in said.getvalue()
    assert said.getvalue().splitlines()[-1].split() == ["list", "4.0", "4.0", "4", "2", "10", "2.0×", "≤6×"]

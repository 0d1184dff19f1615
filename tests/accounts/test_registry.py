"""The register's adapter against a server that answers, errs, babbles or dawdles."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlparse

import pytest

from accounts import registry
from accounts.registry import ApiRegistry, Company, FixtureRegistry, RegistryDown

ROW = {
    "siren": "732829320",
    "nom_complet": "DEMO VANNES (DV)",
    "nom_raison_sociale": "DEMO VANNES",
    "activite_principale": "28.14Z",
    "categorie_entreprise": "PME",
    "etat_administratif": "A",
    "siege": {"adresse": "12 RUE DES FORGES 60240 CHAUMONT", "code_postal": "60240", "libelle_commune": "CHAUMONT"},
}
COMPANY = Company("732829320", "DEMO VANNES", "28.14Z", "PME", "12 RUE DES FORGES 60240 CHAUMONT", "60240", "CHAUMONT")


@pytest.fixture
def server():
    """Answers what a test puts in `answer`: (status, body, seconds before each half)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body, wait = self.server.answer
            self.server.asked.append(parse_qs(urlparse(self.path).query))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for half in (body[:10], body[10:]):
                    time.sleep(wait)
                    self.wfile.write(half)
            except OSError:
                pass  # the client left, as it should

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(server, body, *, status=200, wait=0, seconds=3):
    server.answer = (status, body if isinstance(body, bytes) else json.dumps(body).encode(), wait)
    return ApiRegistry(f"http://127.0.0.1:{server.server_port}/search", seconds).lookup("732829320")


def test_a_company_is_read(server):
    assert ask(server, {"results": [ROW | {"siren": "443061841"}, ROW]}) == COMPANY
    assert server.asked[0]["q"] == ["732829320"]


def test_a_company_that_closed_is_said_to_be(server):
    assert not ask(server, {"results": [ROW | {"etat_administratif": "C"}]}).is_open


def test_what_is_missing_stays_empty(server):
    assert ask(server, {"results": [{"siren": "732829320", "siege": None}]}) == Company("732829320", "")


def test_a_neighbour_is_not_the_company(server):
    assert ask(server, {"results": [ROW | {"siren": "443061841"}]}) is None


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_an_error_is_no_answer(server, status):
    with pytest.raises(RegistryDown):
        ask(server, {"results": []}, status=status)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff\xfe", b"[]", b"{}", b'{"results": [3]}', b'{"results": null}']
)
def test_babble_is_no_answer(server, body):
    with pytest.raises(RegistryDown):
        ask(server, body)


def test_nobody_waits_long(server):
    started = time.monotonic()
    with pytest.raises(RegistryDown):
        ask(server, {"results": [ROW]}, wait=0.4, seconds=0.3)
    assert time.monotonic() - started < 1


def test_an_answer_in_drops_is_cut_short_too(server):
    with pytest.raises(RegistryDown):
        ask(server, {"results": [ROW]}, wait=0.25, seconds=0.3)


def test_a_server_that_is_not_there_is_no_answer():
    with pytest.raises(RegistryDown):
        ApiRegistry("http://127.0.0.1:1/search").lookup("732829320")


def test_an_answer_is_kept_and_a_silence_is_not(monkeypatch):
    asked = []
    real = FixtureRegistry.lookup
    monkeypatch.setattr(FixtureRegistry, "lookup", lambda self, siren: asked.append(siren) or real(self, siren))

    for siren in ["000000109", "000000109", "000000158", "000000158"]:
        registry.lookup(siren)
    for _ in range(2):
        with pytest.raises(RegistryDown):
            registry.lookup(FixtureRegistry.DOWN)

    assert asked == ["000000109", "000000158", FixtureRegistry.DOWN, FixtureRegistry.DOWN]

"""What README and deploy/ say about production, checked against the code and by running it."""

import ast
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from pacte.devstack.processes import free_port

ROOT = settings.BASE_DIR
UNITS = ["pacte-web.service", "pacte-worker@.service", "pacte-beat.service"]
IN_DEVELOPMENT_ONLY = {"DEBUG"}


def example():
    """The variables of .env.example, as a shell reads them."""
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    return dict(part.split("=", 1) for line in lines for part in shlex.split(line))


def read_by_settings():
    """Each name that settings.py asks the environment for."""
    calls = [
        node for node in ast.walk(ast.parse((ROOT / "pacte/settings.py").read_text())) if isinstance(node, ast.Call)
    ]
    return {call.args[0].value for call in calls if re.fullmatch(r"env\.\w+", ast.unparse(call.func))}


def test_the_example_names_every_variable_and_no_other():
    assert set(example()) == read_by_settings() - IN_DEVELOPMENT_ONLY


def test_the_readme_has_a_line_for_every_variable():
    table = re.findall(r"^\| `([A-Z_]+)`", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert set(table) >= read_by_settings()


def test_every_variable_without_a_harmless_default_is_asked_for():
    """Nothing set: the settings refuse to load rather than run on guesses."""
    process = subprocess.run(
        [sys.executable, "-c", "import pacte.settings"], cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True
    )

    assert "Set the SECRET_KEY environment variable" in process.stderr


def unit(name):
    """The [Service] lines of a unit, by key."""
    lines = (ROOT / "deploy" / name).read_text().partition("[Service]")[2].splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_accepts_the_units(tmp_path):
    for name in UNITS:
        text = (ROOT / "deploy" / name).read_text()
        text = re.sub(r"/srv/pacte/\.venv/bin/\w+", "/bin/true", text).replace("User=pacte", "User=root")
        (tmp_path / name.replace("@", "@mail")).write_text(text)

    units = sorted(str(path) for path in tmp_path.iterdir())
    found = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)

    complaints = [line for line in found.stderr.splitlines() if "pacte" in line]
    assert (complaints, found.returncode) == ([], 0)


class Production:
    """An installation as README describes it, but for the addresses of its services."""

    def __init__(self, folder):
        self.folder, self.port, self.started = folder, free_port(), []
        self.database = f"production_{os.getpid()}"
        database = connection.settings_dict
        server = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
        self.admin = f"{server}/postgres"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder)} | example()
        self.env |= {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": f"{server}/{self.database}",
            "REDIS_URL": settings.REDIS_URL,
            "CACHE_URL": f"{settings.REDIS_URL}/2",
            "STATIC_ROOT": str(folder / "static"),
        }
        self.sql(f"create database {self.database} template {os.environ['TEST_TEMPLATE']}")  # spares the migrations

    def sql(self, statement):
        with psycopg.connect(self.admin, autocommit=True) as server:
            server.execute(statement)

    def manage(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self, name, instance=""):
        """Run a unit's ExecStart as systemd would, on this checkout."""
        line = unit(name)["ExecStart"].replace("%i", instance).replace("%%", "%").replace("${CONCURRENCY}", "1")
        line = line.replace("/srv/pacte/.venv/bin", str(Path(sys.executable).parent))
        line = line.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}").replace("/var/lib/pacte", str(self.folder))
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(shlex.split(line), cwd=ROOT, env=self.env, stdout=log, stderr=log)
        self.started.append(process)
        return process

    def get(self, path, **headers):
        """Status, headers and body, asked as the proxy in front asks."""
        ours = {"Host": "pacte.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=ours | headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode(errors="replace")
        except OSError as error:
            return 0, {}, f"{error} {(self.folder / 'log').read_text()}"

    def until(self, true, seconds=60):
        end = time.monotonic() + seconds
        while not true() and time.monotonic() < end:
            time.sleep(0.2)
        assert true(), self.get("/healthz")[2]

    def stop(self):
        for process in self.started:
            process.terminate()
        codes = [process.wait(30) for process in self.started]
        self.sql(f"drop database {self.database} with (force)")
        return codes


@pytest.fixture(scope="module")
def production():
    folder = Path(tempfile.mkdtemp(prefix="pacte-production-"))
    site = Production(folder)
    try:
        site.manage("migrate", "-v0")
        subprocess.run([sys.executable, "-m", "pacte.devstack.fonts"], cwd=ROOT, check=True, capture_output=True)
        site.manage("collectstatic", "--noinput", "-v0")
        yield site
    finally:
        site.stop()
        shutil.rmtree(folder)


def test_django_finds_nothing_to_warn_of(production):
    assert "no issues" in production.manage("check", "--deploy", "--fail-level", "INFO")


def test_every_line_of_the_units_works(production):
    for name, instance in [(UNITS[0], ""), *((UNITS[1], queue) for queue in settings.QUEUES), (UNITS[2], "")]:
        production.start(name, instance)

    production.until(lambda: production.get("/healthz")[0] == 200)

    report = json.loads(production.get("/healthz")[2])
    assert set(report["last_worker_seconds"]) == set(settings.QUEUES)
    status, headers, page = production.get("/")
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Permissions-Policy"]
    hashed = re.search(r"/static/css/[\w-]+\.[0-9a-f]{12}\.css", page)
    assert hashed
    assert "immutable" in production.get(hashed[0])[1]["Cache-Control"]
    assert production.get("/mails/")[0] == 404
    assert production.get("/", Host="evil.test")[0] == 400


def test_without_a_broker_visitors_still_get_pages_and_monitors_the_reason(production):
    lonely = Production.__new__(Production)
    lonely.__dict__ |= production.__dict__ | {"port": free_port(), "started": []}
    lonely.env = production.env | {"REDIS_URL": "redis://:s3cret@127.0.0.1:1", "CACHE_URL": "redis://127.0.0.1:1/1"}
    web = lonely.start(UNITS[0])
    try:
        lonely.until(lambda: lonely.get("/healthz")[0] == 503)
        began = time.monotonic()
        assert lonely.get("/", Cookie="sessionid=abcdefghijklmnopqrstuvwxyz123456")[0] == 200
        assert time.monotonic() - began < 5
        problems = json.loads(lonely.get("/healthz")[2])["problems"]
        assert "broker: no answer" in problems
        assert not any("s3cret" in problem for problem in problems)
    finally:
        web.terminate()
        web.wait(30)

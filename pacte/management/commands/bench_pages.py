"""Measure pages under load, as ratios to a bare Django view in the same run."""

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test import Client, override_settings

from opportunities.models import Opportunity
from pacte.bench.scenarios import group_people, people, scenarios, sign_in

HEADERS = {"Host": "127.0.0.1", "X-Forwarded-Proto": "https", "Accept-Language": "fr", "Accept-Encoding": "identity"}
QUERIES = {  # the most that a page may take: more, and the bench fails
    "bare view": 1, "list": 2, "search, 2 facets": 3, "detail": 5, "list, signed in": 9,
    "search, 2 facets, signed in": 10, "detail, signed in": 15, "SME's dashboard": 21, "SME's applications": 8,
    "SME's follows": 8, "SME's notifications": 8, "SME's portages": 8, "SME's alerts": 10, "SME's hidden": 8,
    "partners' board": 10, "group's dashboard": 16, "group's portages": 8, "group's applicants": 22,
    "files kept": 10, "files kept, for one need": 14, "applicants compared": 14,
    "group's questions": 10,
}  # fmt: skip
BARS = {"list": 6, "detail": 6, "search, 2 facets": 10}  # signed in or not


class Command(BaseCommand):
    help = "Drive gunicorn (2 workers) on the pages people use most; print times and their ratio to a bare view."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=10, help="for each page (default 10)")
        parser.add_argument("--clients", type=int, default=2, help="connections kept alive (default 2)")
        parser.add_argument("--port", type=int, default=8765)
        parser.add_argument("--only", nargs="+", choices=QUERIES, help="these pages, beside the bare view")
        parser.add_argument("--people", type=int, default=20, help="signed-in people (default 20)")

    def handle(self, *, seconds: float, clients: int, port: int, **options: Any) -> None:
        if not Opportunity.objects.open().exists():
            raise CommandError("Nothing is open: load data first (manage.py demo --smes 50000 --opportunities 10000).")
        sessions = sign_in(people(options["people"]))
        groups = group_people(1)
        of_group = sign_in(groups)
        try:
            its = scenarios(list(sessions), (groups[0], next(iter(of_group))) if groups else None)
            if options["only"]:
                its = {name: its[name] for name in ["bare view", *options["only"]]}
            queries = {name: counted(scenario) for name, scenario in its.items()}
            plan = {"host": "127.0.0.1", "port": port, "headers": HEADERS, "seconds": seconds, "clients": clients}
            with served(port):
                times = loaded(plan | {"scenarios": its})
        finally:
            for session in [*sessions.values(), *of_group.values()]:
                session.delete()
        self.report(times, queries)
        if above := over(queries):
            raise CommandError(f"More queries than asserted: {', '.join(above)}.")

    def report(self, times: dict[str, dict[str, Any]], queries: dict[str, str]) -> None:
        columns = "{:<28} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>6}"
        self.stdout.write(columns.format("page", "p50 ms", "p95 ms", "req/s", "queries", "KB", "ratio", "bar"))
        base = statistics.median(times["bare view"]["seconds"])
        for name, result in times.items():
            if wrong := {status: n for status, n in result["statuses"].items() if status != "200"}:
                self.stdout.write(self.style.ERROR(f"{name}: answers other than 200: {wrong}"))
            seconds = sorted(result["seconds"])
            middle, number = statistics.median(seconds), len(seconds)
            self.stdout.write(
                columns.format(
                    name,
                    f"{middle * 1000:.1f}",
                    f"{seconds[int(number * 0.95)] * 1000:.1f}",
                    f"{number / result['elapsed']:.0f}",
                    queries[name],
                    f"{result['bytes'] / number / 1000:.0f}",
                    f"{middle / base:.1f}×",
                    f"≤{bar}×" if (bar := bar_of(name)) else "",
                )
            )


def over(queries: Mapping[str, str]) -> list[str]:
    """Pages that take more queries than they may."""
    most = {name: int(said.rpartition("-")[2]) for name, said in queries.items()}
    return [f"{name} {most[name]} > {QUERIES[name]}" for name in most if most[name] > QUERIES[name]]


def bar_of(name: str) -> int | None:
    return next((bar for page, bar in BARS.items() if name.startswith(page)), None)


def counted(scenario: dict[str, Any]) -> str:
    """How many queries a page takes, the least and the most over a few addresses."""
    numbers: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        numbers[-1] += 1
        return execute(sql, params, many, context)

    with override_settings(ROOT_URLCONF="pacte.bench.urls", ALLOWED_HOSTS=["*"]), connection.execute_wrapper(count):
        for path in scenario["paths"][:8]:
            numbers.append(0)
            Client(headers={"cookie": scenario["cookies"][0]}).get(path, secure=True)
    least, most = min(numbers[1:] or numbers), max(numbers[1:] or numbers)  # the very first fills the catalogue
    return str(most) if least == most else f"{least}-{most}"


@contextmanager
def served(port: int) -> Iterator[None]:
    """gunicorn with two workers, configured as in production."""
    with tempfile.TemporaryDirectory() as folder:
        environment = production(folder)
        python = [sys.executable, "-W", "ignore", "-m"]
        subprocess.run([*python, "django", "collectstatic", "--noinput", "-v0"], env=environment, check=True)  # noqa: S603
        address = f"127.0.0.1:{port}"
        web = ["gunicorn", "pacte.bench.wsgi", "--bind", address, "-k", "gthread", "--workers", "2", "--threads", "8"]
        server = subprocess.Popen(  # noqa: S603
            [*python, *web, "--no-control-socket", "--log-level", "warning"], env=environment
        )
        try:
            wait_for(server, port)
            yield
        finally:
            server.terminate()
            server.wait(20)


def production(folder: str) -> dict[str, str]:
    """Today's database and broker; DEBUG off, and everything that it then asks for."""
    environment = {name: value for name, value in os.environ.items() if name != "DEBUG"}
    return environment | {
        "DJANGO_SETTINGS_MODULE": "pacte.bench.settings",
        "SECRET_KEY": settings.SECRET_KEY or secrets.token_urlsafe(),  # the sessions made here are signed with it
        "SITE_URL": "https://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "PROXIES": "1",
        "EMAIL_URL": "dummymail://",
        "STATIC_ROOT": folder,
        "PYTHONPATH": str(settings.BASE_DIR),
    }


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(150):
        if server.poll() is not None:
            raise CommandError("gunicorn did not start.")
        try:
            probe = HTTPConnection("127.0.0.1", port, timeout=20)
            probe.request("GET", "/accessibilite/", headers=HEADERS)
            probe.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(0.2)
        else:
            return
    raise CommandError("gunicorn does not answer.")


def loaded(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the load client measured, in its own process."""
    client = subprocess.run(
        [sys.executable, "-m", "pacte.bench.load"],
        input=json.dumps(plan),
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if client.returncode:
        raise CommandError(f"The load client failed: {client.stderr}")
    return json.loads(client.stdout)

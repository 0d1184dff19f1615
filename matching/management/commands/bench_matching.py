import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.test import override_settings
from tqdm import tqdm

from accounts.models import Organisation
from matching import best, engine, features, market, refresh
from matching.bench import database, measure, synthetic
from matching.models import Match

BARS = {
    "opportunity_to_smes_p95_ms": 25, "sme_to_opportunities_p95_ms": 5, "rss_mb": 700, "cold_start_s": 15,
    "snapshot_start_s": 3, "visible_s": 5, "full_refresh_s": 300, "audience_p95_ms": 50,
}  # fmt: skip
SMALLER = (10_000, 100_000)
ASKED, COMPANIES, NAIVE = 200, 300, 2_000
BELL = 2  # seconds between two rings of beat


class Command(BaseCommand):
    help = "Time the matching engine on synthetic companies, in a database of its own, beside a naive loop and a copy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--smes", type=int, default=1_000_000)
        parser.add_argument("--opportunities", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--words", type=Path, metavar="SPLIT_DIR", help="draw from this bench's words and codes")
        parser.add_argument("--json", type=Path, help="write the figures there, too")
        parser.add_argument("--start", metavar="FOLDER", help="only start a worker's market and print what it took")

    def handle(self, *, start: str | None, **options: Any) -> None:
        if start is not None:
            self.stdout.write(json.dumps(started(start)))
            return
        with tempfile.TemporaryDirectory() as folder, database.scratch(self.note):
            figures = self.measured(folder, **options)
        self.report(figures)
        if options["json"]:
            options["json"].write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

    def note(self, what: str) -> None:
        self.stderr.write(what)

    def bar(self, total: int, unit: str) -> "tqdm[Any]":
        return tqdm(total=total, unit=unit, file=self.stderr, disable=None, unit_scale=True)

    def measured(
        self, folder: str, *, smes: int, opportunities: int, seed: int, words: Path | None, **options: Any
    ) -> dict[str, float]:
        lexicon = engine.Lexicon(features.label)
        draw = synthetic.Draw(synthetic.of_bench(words) if words else synthetic.shipped(), lexicon, seed)
        with self.bar(smes, "company") as bar:
            database.fill(draw, lexicon, smes, opportunities, bar.update)
        self.note("counting words")
        with transaction.atomic():
            market.renew_statistics()
        figures: dict[str, float] = {"smes": smes, "opportunities": opportunities}
        figures |= self.starts(folder)
        with refresh.one_pass() as present:
            self.note("scoring")
            figures |= faced(present, sizes=(*(size for size in SMALLER if size < smes), smes))
        figures |= self.written(opportunities)
        return figures

    def starts(self, folder: str) -> dict[str, float]:
        """By workers of their own, which start with nothing in memory."""
        self.note("starting workers")
        cold, warm = (started_elsewhere(folder) for _ in range(2))
        return {
            "cold_start_s": cold["seconds"],
            "snapshot_start_s": warm["seconds"],
            "rss_mb": max(cold["mb"], warm["mb"]),
        }

    def written(self, opportunities: int) -> dict[str, float]:
        with override_settings(MATCHING_SNAPSHOTS=""), self.bar(opportunities, "opportunity") as bar:
            full = measure.timed(lambda: refresh.refresh_due(bar.update))
        return {"full_refresh_s": full, "matches": Match.objects.count(), "visible_s": visible()}

    def report(self, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            bar = f"(bar {BARS[name]})" if name in BARS else ""
            met = name not in BARS or value <= BARS[name]
            line = f"{name:<42} {value:>14,.2f} {bar}"
            self.stdout.write(line if met else self.style.WARNING(line))


def started(folder: str) -> dict[str, float]:
    """A worker's market from nothing, as PostgreSQL has it."""
    connection.settings_dict["NAME"] = database.NAME
    before = measure.resident_mb()
    with override_settings(MATCHING_SNAPSHOTS=folder):

        def start() -> None:
            with refresh.one_pass() as present:
                present.plan(next(iter(present.needs.vectors)))

        seconds = measure.timed(start)
    return {"seconds": seconds, "mb": measure.resident_mb(), "before": before}


def started_elsewhere(folder: str) -> dict[str, float]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "bench_matching", "--start", folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def faced(present: market.Market, sizes: tuple[int, ...]) -> dict[str, float]:
    needs = database.some_needs(ASKED)
    companies = list(range(1, COMPANIES + 1))
    packed = present.companies.packed(companies)
    plans = {need: present.plan(need) for need in needs}
    sought = engine.Sought(settings.MATCHING_TOP_K, settings.MATCHING_FLOOR)

    def opportunity_to_smes(need: int) -> None:
        found = present.best(present.plan(need), sought)
        found.at(found.ranked(settings.MATCHING_TOP_K))

    figures: dict[str, float] = {}
    whole = present.companies.blocks
    for size in sizes:
        present.companies.blocks = whole if size == sizes[-1] else of_size(present, size)
        measure.milliseconds(opportunity_to_smes, needs[:10])
        times = measure.milliseconds(opportunity_to_smes, needs)
        suffix = "" if size == sizes[-1] else f"_{size // 1_000}k"
        figures[f"opportunity_to_smes_p50_ms{suffix}"] = measure.percentile(times, 50)
        figures[f"opportunity_to_smes_p95_ms{suffix}"] = measure.percentile(times, 95)
    middle = figures["opportunity_to_smes_p50_ms"] / 1_000
    evidence = measure.milliseconds(lambda need: best.best_companies(need, present, ()), needs)
    figures["with_evidence_p95_ms"] = measure.percentile(evidence, 95)
    times = measure.milliseconds(lambda one: present.face_needs(one, packed[one]), companies)
    figures["sme_to_opportunities_p95_ms"] = measure.percentile(times, 95)
    times = measure.milliseconds(lambda need: present.audience(present.needs.vectors[need]), needs)
    figures["audience_p95_ms"] = measure.percentile(times, 95)
    figures["naive_ratio"] = measure.naive(needs[0], NAIVE) * sizes[-1] / middle
    touched = float(np.mean([measure.bytes_touched(present, plan) for plan in plans.values()]))
    figures["megabytes_touched"] = touched / 1e6
    figures["floor_ratio"] = middle / (touched / measure.copy_speed())
    return figures


def of_size(present: market.Market, size: int) -> list[engine.Block]:
    """The first so many companies alone."""
    rows = present.companies.packed(list(range(1, size + 1)))
    lengths = np.array([len(row) for row in rows.values()])
    return [(engine.lay_out(list(rows), np.concatenate(list(rows.values())), lengths, present.statistics), None)]


def visible() -> float:
    """Seconds from a change to the page's rows, the wait for beat's bell included."""
    company = Organisation.objects.smes().earliest("pk")
    company.sme_profile.products = "vannes pompes capteurs"
    company.sme_profile.save()
    company.touch()
    return BELL + measure.timed(refresh.refresh_due)

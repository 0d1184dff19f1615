from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from matching import market, refresh
from matching.models import Scored
from opportunities.models import Opportunity


class Command(BaseCommand):
    help = "Bring all matches up to date now; the worker does the same by itself, a few seconds after each change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="score again what has not changed, too")
        parser.add_argument("--words", action="store_true", help="count words again first; implies --all")

    def handle(self, *, words: bool, **options: Any) -> None:
        if words:
            market.renew_statistics()
        elif options["all"]:
            Scored.objects.all().delete()
        total = Opportunity.objects.open().count()
        with tqdm(total=total, unit="opportunity", file=self.stderr, disable=None) as bar:
            done = refresh.refresh_due(progress=bar.update)
        scored = f"{done.opportunities} opportunities and {done.companies} changed companies scored"
        self.stdout.write(self.style.SUCCESS(f"{scored}, {done.rows} matches changed"))

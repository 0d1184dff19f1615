"""`manage.py demo`: invented companies, groups and opportunities, to see what the platform does."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from matching import refresh
from pacte.demo import load, people


class Command(BaseCommand):
    help = "Loads invented companies, groups, opportunities and applications. Refuses to run in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--smes", type=int, default=300, metavar="N", help="how many SMEs (default: 300)")
        parser.add_argument("--opportunities", type=int, default=60, metavar="N", help="how many (default: 60)")
        parser.add_argument("--force", action="store_true", help="empties the whole database first")
        parser.add_argument("--no-matches", action="store_true", help="leaves the scoring to the worker")

    def handle(self, *, smes: int, opportunities: int, force: bool, no_matches: bool, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demonstration is for development only: it never goes beside real companies.")
        if smes < 1 or opportunities < 0:
            raise CommandError("The demonstration needs at least one SME, its own.")
        if force:
            call_command("flush", interactive=False, verbosity=0)
        if load.is_there():
            self.stdout.write("The demonstration is already there: nothing was changed.")
        else:
            load.load(smes, opportunities, self._bar)
            self.stdout.write(self.style.SUCCESS(f"12 groups, {smes} SMEs, {opportunities} opportunities"))
        if not no_matches:
            self._score()
        emails = ", ".join([people.SME, people.GROUP, people.STAFF])
        self.stdout.write(f"Sign in as {emails}; password: {people.PASSWORD}")

    def _score(self) -> None:
        with tqdm(unit="scored", file=self.stderr, disable=None) as bar:
            done = refresh.refresh_due(bar.update)
        if done.opportunities or done.companies:
            self.stdout.write(f"{done.rows} matches")

    def _bar(self, numbers: Iterable[int], unit: str) -> Iterable[int]:
        return tqdm(numbers, unit=unit, file=self.stderr, disable=None)

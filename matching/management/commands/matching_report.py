import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from matching import quality

WORDS = {
    "companies": "companies that take part",
    "in_top_10": "of them among the first ten of some open opportunity",
    "coverage": "coverage",
    "places_of_top_1_percent": "share of those places held by the 1 % shown most",
    "with_one_reference": "share of firms with one reference among them",
}


class Command(BaseCommand):
    help = "Who is put forward, how evenly, and how well: coverage, exposure, firms with one reference, slices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", type=Path, help="write the figures there, too")

    def handle(self, **options: Any) -> None:
        found = quality.report()
        for name, words in WORDS.items():
            self.stdout.write(f"{words:<62} {found[name]:>10}")
        for kind, slice_ in found["kinds"].items():
            self.stdout.write(
                f"{kind or '-':<14} {slice_['opportunities']:>6} open, best score {slice_['best_score']:>6} on average"
                f", {slice_['with_a_strong_one']} with a strong company"
            )
        for band, slice_ in found["bands"].items():
            self.stdout.write(f"{band:<14} {slice_['decisions']:>6} decisions, {slice_['kept']:.0%} kept")
        said = found["useful"]
        share = "too few to tell" if said["yes"] is None else f"{said['yes']:.0%} yes"
        self.stdout.write(f"was this mail of use? {said['answers']} answers, {share}")
        if options["json"]:
            options["json"].write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")

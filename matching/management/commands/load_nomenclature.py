from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import nomenclature
from accounts.models import CodeLabel
from accounts.taxonomy import codes
from matching import market


class Command(BaseCommand):
    help = (
        "Read an official file of codes and labels; matching counts words again where that changed any. "
        "CPV: eForms' cpv.gc, {language: {code: label}} as JSON, or CSV. NAF and HS: CSV with a line of headings "
        "(code;label_fr;label_en, or as INSEE and the WCO write them)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scheme", choices=codes.SCHEMES)
        parser.add_argument("file", type=Path)

    def handle(self, *, scheme: str, file: Path, **options: Any) -> None:
        try:
            content = file.read_bytes()
        except OSError as problem:
            raise CommandError(f"{file} cannot be read: {problem.strerror}") from problem
        try:
            report = nomenclature.load(scheme, content)
        except nomenclature.NomenclatureError as problem:
            raise CommandError(f"{file} was not loaded, nothing was changed: {problem}.") from problem
        for name in ("read", "new", "changed", "unchanged"):
            self.stdout.write(f"{name:<10} {getattr(report, name):>7,}")
        for reason, count in report.left_out.most_common():
            self.stdout.write(f"{'left out':<10} {count:>7,}  {reason}")
        if report.is_news:
            self.stderr.write("counting words again")
            market.renew_statistics()
        total = CodeLabel.objects.filter(scheme=scheme).count()
        self.stdout.write(self.style.SUCCESS(f"{total:,} {scheme.upper()} codes known; workers follow by themselves"))

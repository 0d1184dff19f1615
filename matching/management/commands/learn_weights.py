from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from matching import simulate, weights
from matching.models import WeightsVersion

ENOUGH = 200  # pairs of decisions: from fewer, free learning is worse than hand weights


class Command(BaseCommand):
    help = "Propose a small correction of the weights in force, learnt from decisions, as a draft with its report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at-least", type=int, default=ENOUGH, help="pairs of decisions to learn from")

    def handle(self, *, at_least: int, **options: Any) -> None:
        from matching import learning  # its numeric libraries are for this command alone

        found = learning.learn(weights.active().weights, learning.pairs())
        if found.count < at_least:
            self.stdout.write(f"{found.count} pairs of decisions, {at_least} needed: nothing is proposed")
            return
        with transaction.atomic():
            in_force = weights.lock(WeightsVersion.objects.get(state=weights.State.ACTIVE))
            numbers = in_force.numbers() | {"weights": found.weights}
            version = weights.draft(in_force, numbers, origin=WeightsVersion.Origin.LEARNT, by=None)
        report = simulate.open_report(version, by=None)
        simulate.run(report.pk)
        report.refresh_from_db()
        self.stdout.write(self.style.SUCCESS(f"{found.count} pairs of decisions: {version} is proposed"))
        for check in report.data["gate"]:
            self.stdout.write(f"{'passed' if check['passed'] else 'FAILED'}  {check['check']}")

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand
from tqdm import tqdm

from accounts.models import Organisation, Reference, SmeProfile
from matching import engine, features
from opportunities.models import Opportunity

KEPT = 200
TODAY = date(2019, 1, 1)


class Command(BaseCommand):
    help = "Rank a bench's real firms for its real needs, through the site's own features and score. Saves nothing."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "split", type=Path, metavar="SPLIT_DIR", help="folder with suppliers.jsonl and queries.jsonl"
        )
        parser.add_argument("--labels", type=Path, required=True, help='CPV labels: {"fr": {code: label}, "en": …}')
        parser.add_argument("--out", type=Path, required=True, help="the run: query, supplier, score, a line each")
        parser.add_argument("--queries", type=Path, help="rank these needs instead of the split's")

    def handle(self, *, split: Path, labels: Path, out: Path, queries: Path | None, **options: Any) -> None:
        label = labeller(json.loads(labels.read_text(encoding="utf-8")))
        firms = list(read_lines(split / "suppliers.jsonl"))
        needs = list(read_lines(queries or split / "queries.jsonl"))
        profiles = [firm_profile(number, firm) for number, firm in enumerate(self.watched(firms, "firm"))]
        lexicon = engine.Lexicon(label)
        packed = [engine.pack(profile, lexicon) for profile in profiles]
        whole, lengths = np.concatenate(packed), np.array([len(row) for row in packed])
        statistics = engine.Statistics.of([(whole, lengths)], lexicon, "bench")
        companies = engine.lay_out([one.id for one in profiles], whole, lengths, statistics)
        with out.open("w", encoding="utf-8") as run:
            for need in self.watched(needs, "need"):
                vectors = engine.need_vectors(need_of(need), statistics, lexicon)
                plan = engine.Plan(engine.Question(vectors, lexicon), engine.ACTIVE)
                scores = engine.best_of(plan, [(companies, None)], engine.Sought(KEPT))
                for position in scores.ranked(KEPT):
                    supplier = firms[int(scores.pairs.ids[position])]["supplier_id"]
                    run.write(f"{need['query_id']}\t{supplier}\t{scores.score[position]:.3f}\n")
        self.stdout.write(self.style.SUCCESS(f"{len(needs)} needs ranked over {len(firms)} firms: {out}"))

    def watched(self, rows: list[dict[str, Any]], unit: str) -> "tqdm[dict[str, Any]]":
        return tqdm(rows, unit=unit, file=self.stderr, disable=None)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, filter(str.strip, lines))


def labeller(labels: Mapping[str, Mapping[str, str]]) -> Callable[[str], str]:
    """The bench's labels, in both languages, for the codes it knows; the site's own for all others."""

    def label(code: str) -> str:
        scheme, _, value = code.partition(":")
        known = [found for found in (labels[language].get(value) for language in ("fr", "en")) if found]
        return " ".join(known) if known and scheme == "cpv" else features.label(code)

    return label


def firm_profile(number: int, firm: Mapping[str, Any]) -> engine.Profile:
    """A firm as one that signed up and wrote its awards down as references."""
    references = [
        Reference(title=award["objet"] or "", place=place_of(award), codes=tagged(award)) for award in firm["awards"]
    ]
    company = Organisation(pk=number, name=firm["name"] or "")
    profile = SmeProfile()
    return features.described(company, profile, references, [], [], TODAY)


def need_of(need: Mapping[str, Any]) -> engine.Need:
    place = place_of(need)
    opportunity = Opportunity(
        title=need["titre"] or "", cpv_codes=[need["cpv"]] if need["cpv"] else [], places=[place] if place else []
    )
    return features.need_of(opportunity, [])


def place_of(row: Mapping[str, Any]) -> str:
    """The département, else the region, else nowhere."""
    if row["dept"]:
        return f"FR-{row['dept']}"
    return f"FR-R{row['region']}" if row["region"] else ""


def tagged(award: Mapping[str, Any]) -> list[str]:
    return [f"cpv:{award['cpv']}"] if award["cpv"] else []

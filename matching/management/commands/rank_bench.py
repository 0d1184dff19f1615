import csv
import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import Organisation, Reference, SmeProfile
from matching import engine, features, metrics
from matching.engine.lexicon import Array
from matching.engine.packed import PLACE_IN_HEAD
from matching.models import WeightsVersion
from opportunities.models import Opportunity

KEPT = 200
TOP = 10
A_DAY = 5  # needs between two counts of who was proposed
HEADLINE, WON = "new", "3"
Found = Mapping[str, Mapping[str, float]]
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
        parser.add_argument("--without-cpv", action="store_true", help="take their codes from the needs")
        parser.add_argument("--congestion", type=float, help="another weight of room for those seldom proposed")
        parser.add_argument("--weights", metavar="VERSION", help="a version that staff keep, drafts included")
        parser.add_argument("--reverse", action="store_true", help="print figures of needs ranked for each firm")

    def handle(self, *, split: Path, labels: Path, out: Path, queries: Path | None, **options: Any) -> None:
        told = json.loads(labels.read_text(encoding="utf-8"))
        label, bilingual = labeller(told), [(text, told["en"].get(code, "")) for code, text in told["fr"].items()]
        firms = list(read_lines(split / "suppliers.jsonl"))
        needs = list(read_lines(queries or split / "queries.jsonl"))
        if options["without_cpv"]:
            needs = [need | {"cpv": None} for need in needs]
        weights = weighed(options["weights"], options["congestion"])
        ranking = Ranking(
            [firm_profile(number, firm) for number, firm in enumerate(self.watched(firms, "firm"))], label, bilingual
        )
        found: dict[str, dict[str, float]] = {}
        with out.open("w", encoding="utf-8") as run:
            for need in self.watched(needs, "need"):
                scores = ranking.scores(need_of(need), weights)
                order = scores.ranked(KEPT)
                found[need["query_id"]] = {
                    firms[int(scores.pairs.ids[position])]["supplier_id"]: float(scores.score[position])
                    for position in order
                }
                for supplier, score in found[need["query_id"]].items():
                    run.write(f"{need['query_id']}\t{supplier}\t{score:.3f}\n")
                ranking.note(scores.pairs.ids[order[:TOP]])
        self.stdout.write(self.style.SUCCESS(f"{len(needs)} needs ranked over {len(firms)} firms: {out}"))
        if (answers := split / "qrels.tsv").exists():
            self.report(found, winners(answers), needs, firms, reverse=options["reverse"])

    def report(
        self,
        found: Found,
        won: Mapping[str, Mapping[str, set[str]]],
        needs: list[dict[str, Any]],
        firms: list[dict[str, Any]],
        *,
        reverse: bool,
    ) -> None:
        """Figures by track, and of the headline's slices."""
        rankings = {query: list(scores) for query, scores in found.items()}
        headline = won.get(HEADLINE, {})
        one = {firm["supplier_id"] for firm in firms if len(firm["awards"]) == 1}
        slices = {f"{HEADLINE}, {name}": only(headline, needs, name) for name in ("works", "supplies", "services")}
        slices[f"{HEADLINE}, one reference"] = {query: keys & one for query, keys in headline.items() if keys & one}
        for name, figures in metrics.by_track(rankings, {**won, **slices}).items():
            self.told(name, figures)
        if reverse:
            flipped = turned({query: dict.fromkeys(keys, 1.0) for query, keys in headline.items()})
            its = metrics.by_track(
                turned({query: found[query] for query in headline if query in found}), {HEADLINE: flipped}
            )
            self.told(f"{HEADLINE}, reverse", its[HEADLINE])
        shown = {key for ranked in rankings.values() for key in ranked[:TOP]}
        self.stdout.write(f"{'coverage':<24} {len(shown) / len(firms):.3f} of the firms among some first ten")

    def told(self, name: str, figures: Mapping[str, metrics.Figure]) -> None:
        texts = [f"{metric} {f.mean:.4f} [{f.low:.3f}, {f.high:.3f}]" for metric, f in figures.items()]
        self.stdout.write(f"{name:<24} {'  '.join(texts)}  ({next(iter(figures.values())).size})")

    def watched(self, rows: list[dict[str, Any]], unit: str) -> "tqdm[dict[str, Any]]":
        return tqdm(rows, unit=unit, file=self.stderr, disable=None)


class Ranking:
    """Firms under their own word statistics, some of them proposed more often than others."""

    def __init__(
        self, profiles: list[engine.Profile], label: engine.Label, bilingual: Iterable[tuple[str, str]]
    ) -> None:
        self.lexicon = engine.Lexicon(label)
        packed = [engine.pack(profile, self.lexicon) for profile in profiles]
        self.whole, self.lengths = np.concatenate(packed), np.array([len(row) for row in packed])
        self.statistics = engine.Statistics.of([(self.whole, self.lengths)], self.lexicon, "bench", bilingual)
        self.times, self.noted = np.zeros(len(profiles), np.int64), 0
        self.companies = self.laid_out()

    def laid_out(self) -> engine.Companies:
        starts = np.cumsum(self.lengths) - self.lengths
        self.whole[starts + PLACE_IN_HEAD["proposed"]] = np.minimum(self.times, engine.OFTEN)
        return engine.lay_out(np.arange(len(self.lengths)), self.whole, self.lengths, self.statistics)

    def scores(self, need: engine.Need, weights: engine.Weights) -> engine.Scores:
        vectors = engine.need_vectors(need, self.statistics, self.lexicon)
        plan = engine.Plan(engine.Question(vectors, self.lexicon), weights)
        return engine.best_of(plan, [(self.companies, None)], engine.Sought(KEPT))

    def note(self, proposed: Array) -> None:
        """Who was proposed, which weighs from time to time: as a daily count would."""
        self.times[proposed] += 1
        self.noted += 1
        if self.noted % A_DAY == 0:
            self.companies = self.laid_out()


def headline(split: Path, versions: Sequence[Mapping[str, Any]]) -> list[dict[str, metrics.Figure]]:
    """Each version's figures on the headline's track, under the site's own labels; OSError without the files."""
    firms, needs = list(read_lines(split / "suppliers.jsonl")), list(read_lines(split / "queries.jsonl"))
    won = winners(split / "qrels.tsv").get(HEADLINE, {})
    profiles = [firm_profile(number, firm) for number, firm in enumerate(firms)]
    ranking = Ranking(profiles, features.labels(), features.bilingual())
    figures = []
    for numbers in versions:
        weights = engine.Weights("", numbers["weights"], numbers["strong"], numbers["good"], numbers["trade"])
        found = {}
        for need in (need for need in needs if need["query_id"] in won):
            scores = ranking.scores(need_of(need), weights)
            ranked = scores.pairs.ids[scores.ranked(KEPT)].tolist()
            found[need["query_id"]] = [firms[number]["supplier_id"] for number in ranked]
        figures.append(metrics.by_track(found, {HEADLINE: won})[HEADLINE])
    return figures


def winners(answers: Path) -> dict[str, dict[str, set[str]]]:
    """{track: {query: those who won}}."""
    found: dict[str, dict[str, set[str]]] = {}
    with answers.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["grade"] == WON:
                found.setdefault(row["track"], {}).setdefault(row["query_id"], set()).add(row["supplier_id"])
    return found


def only(won: Mapping[str, set[str]], needs: list[dict[str, Any]], name: str) -> dict[str, set[str]]:
    """The needs of one slice of trades."""
    return {
        need["query_id"]: won[need["query_id"]] for need in needs if need["query_id"] in won and slice_of(need) == name
    }


def slice_of(need: Mapping[str, Any]) -> str:
    division = (need["cpv"] or "")[:2]
    if not division:
        return ""
    return "works" if division == "45" else "supplies" if division < "50" else "services"


def turned(found: Found) -> dict[str, Any]:
    """The other way round: for each firm, the needs by score."""
    by_firm: dict[str, list[tuple[float, str]]] = {}
    for query, scores in found.items():
        for supplier, score in scores.items():
            by_firm.setdefault(supplier, []).append((-score, query))
    return {supplier: [query for _, query in sorted(rows)] for supplier, rows in by_firm.items()}


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, filter(str.strip, lines))


def weighed(version: str | None, congestion: float | None) -> engine.Weights:
    """Those that the engine brings along, or a version's of the database."""
    found = engine.ACTIVE
    if version:
        try:
            kept = WeightsVersion.objects.get(version=version)
        except WeightsVersion.DoesNotExist as unknown:
            known = ", ".join(WeightsVersion.objects.values_list("version", flat=True))
            raise CommandError(f"no version of the weights is called {version}; there are {known}") from unknown
        found = engine.Weights(kept.version, kept.weights, kept.strong, kept.good, kept.trade)
    return found if congestion is None else replace(found, weights={**found.weights, "exposure": congestion})


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

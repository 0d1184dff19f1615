"""What changed → engine → matches. The rows say what is due; whoever asks first does it, and twice does no harm.

Every pass holds one lock for the whole installation, reads what is committed by then, and notes the revisions it read:
a change that commits meanwhile has a higher revision, and is due again.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Organisation, SmeProfile
from matching import features, market, rows
from matching.best import Crowd, best_companies
from matching.market import Market, Side
from matching.models import Application, ApplicationState, Corpus, Match, Scored
from opportunities.models import Opportunity

LOCK = 7_283_402  # any number that nothing else locks
BATCH = 100
Progress = Callable[[int], object]
Noted = list[tuple[int, int, float | None]]  # id, revision, threshold


@dataclass(slots=True)
class Done:
    """What a refresh did."""

    opportunities: int = 0
    companies: int = 0
    rows: int = 0


def refresh_due(progress: Progress = lambda done: None) -> Done:
    """Score all that changed since it was scored, until nothing is left."""
    done = Done()
    with transaction.atomic():
        lock()
        if market.statistics_are_old(Corpus.objects.order_by("-pk").first()):
            market.renew_statistics()
    while refresh_batch(done, progress):
        pass
    return done


def score_opportunity(opportunity: int) -> Done:
    """Score one opportunity now, if that is due."""
    done = Done()
    with transaction.atomic():
        lock()
        present = synced()
        if due_opportunities(present).filter(pk=opportunity).exists():
            score_needs({opportunity}, present, done)
    return done


def score_company(company: int) -> Done:
    """Score one company now, if that is due."""
    done = Done()
    with transaction.atomic():
        lock()
        present = synced()
        if due_profiles(present).filter(organisation=company).exists():
            score_companies({company}, present, done)
    return done


def refresh_batch(done: Done, progress: Progress) -> bool:
    """One transaction's worth of what is due, opportunities first; False when nothing is."""
    with transaction.atomic():
        lock()
        present = synced()
        if due_profiles(present).count() > max(BATCH, len(present.needs.revisions)):
            score_the_other_way_round(present)
        opportunities = set(due_opportunities(present).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if opportunities:
            score_needs(opportunities, present, done)
            progress(len(opportunities))
            return True
        gone = set(gone_companies().values_list("pk", flat=True)[:BATCH])
        companies = set(due_profiles(present).values_list("organisation_id", flat=True)[:BATCH])
        without = set(sorted(needs_without_match(present))[:BATCH])
        drop_companies(gone, present, done)
        score_companies(companies, present, done)
        score_needs(without, present, done)
        return bool(gone or companies or without)


def lock() -> None:
    """One refresh at a time, on however many machines; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def synced() -> Market:
    present = market.current()
    present.sync()
    return present


def due_opportunities(present: Market) -> QuerySet[Opportunity]:
    """Open ones that changed since they were scored, or were scored by another version."""
    same = Scored.objects.filter(opportunity=OuterRef("pk"), revision=OuterRef("revision"))
    return features.matched_needs().filter(~Exists(same.filter(weights_version=present.version)))


def due_profiles(present: Market) -> QuerySet[SmeProfile]:
    """Those of companies that take part, changed since they were scored."""
    same = Scored.objects.filter(company=OuterRef("organisation_id"), revision=OuterRef("revision"))
    return features.matched_profiles().filter(~Exists(same.filter(weights_version=present.version)))


def gone_companies() -> QuerySet[Organisation]:
    """Companies that take part no more, though they were scored."""
    return Organisation.objects.filter(scored__isnull=False).exclude(pk__in=Organisation.objects.smes().active())


def applications_without_match() -> QuerySet[Application]:
    """The group must see how an applicant fits, be it among the best or not."""
    rows_ = Match.objects.filter(opportunity=OuterRef("opportunity"), company=OuterRef("company"))
    there = Application.objects.exclude(state=ApplicationState.DRAFT).filter(~Exists(rows_))
    return there.filter(opportunity__in=features.matched_needs(), company__in=Organisation.objects.smes().active())


def needs_without_match(present: Market) -> set[int]:
    """Opportunities that miss the match of an applicant, both of which can be scored."""
    needs, companies = present.needs.revisions, present.companies.revisions
    pairs = applications_without_match().values_list("opportunity", "company")
    return {opportunity for opportunity, company in pairs if opportunity in needs and company in companies}


def unreadable(due: Collection[int], noted: Noted, side: Side[Any, Any]) -> Noted:
    """Those that were due and could not be scored: due no more, until they change."""
    left = set(due) - {id_ for id_, _revision, _threshold in noted}
    return [(id_, revision, None) for id_ in left if (revision := side.unreadable.get(id_)) is not None]


def score_needs(opportunities: Collection[int], present: Market, done: Done) -> None:
    """Score opportunities against all companies, and make their matches those rows and no other."""
    if not opportunities:
        return
    applicants: defaultdict[int, set[int]] = defaultdict(set)
    applied = Application.objects.exclude(state=ApplicationState.DRAFT).filter(opportunity__in=opportunities)
    for opportunity, company in applied.values_list("opportunity", "company"):
        applicants[opportunity].add(company)
    noted: Noted = []
    for need, revision in present.load_needs(opportunities):
        best = best_companies(need.id, present.face_companies(need), applicants[need.id])
        done.rows += rows.save(best.rows, present.engine_version, present.weights.version)
        done.rows += rows.drop_other_companies(need.id, [row.company for row in best.rows])
        done.opportunities += 1
        noted.append((need.id, revision, best.threshold))
    noted += unreadable(opportunities, noted, present.needs)
    rows.note_scored("opportunity", noted, present.version)


def score_companies(companies: Collection[int], present: Market, done: Done) -> None:
    """Score changed companies against all open opportunities; where one joins or leaves the best, score that anew."""
    if not companies:
        return
    crowd = Crowd.of(present)
    if crowd.all_are_kept:  # no opportunity has a threshold worth its name any more
        Scored.objects.filter(threshold__isnull=False).update(threshold=None)
    rescore: set[int] = set()
    noted: Noted = []
    for company, revision in present.load_companies(companies):
        change = crowd.change(company.id, present.face_needs(company))
        done.rows += rows.save(change.rows, present.engine_version, present.weights.version)
        done.rows += Match.objects.filter(company=company.id, opportunity__in=change.drop).delete()[0]
        done.companies += 1
        rescore |= change.rescore
        noted.append((company.id, revision, None))
    noted += unreadable(companies, noted, present.companies)
    rows.note_scored("company", noted, present.version)
    score_needs(rescore, present, done)


def drop_companies(companies: Collection[int], present: Market, done: Done) -> None:
    """Forget the matches of companies that left, but for those of closed opportunities, and let others move up."""
    if not companies:
        return
    theirs = Match.objects.filter(company__in=companies, opportunity__in=features.matched_needs())
    left = set(theirs.values_list("opportunity", flat=True))
    done.rows += theirs.delete()[0]
    done.companies += Scored.objects.filter(company__in=companies).delete()[0]
    score_needs(left if len(present.companies.revisions) >= settings.MATCHING_TOP_K else set(), present, done)


def score_the_other_way_round(present: Market) -> None:
    """Far more companies than opportunities are due: make all opportunities due instead, and the companies done."""
    Scored.objects.filter(opportunity__in=features.matched_needs()).delete()
    noted = [(company, revision, None) for company, revision in present.companies.revisions.items()]
    rows.note_scored("company", noted, present.version)

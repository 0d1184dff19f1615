"""What changed → engine → matches. The rows say what is due; whoever asks first does it, and twice does no harm.

Every pass holds one lock for the whole installation and is one transaction: what it takes from the list of changes,
what it keeps of them, and their matches are committed together or not at all.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Organisation, ProfileChange
from matching import features, market, rows
from matching.best import Best, Crowd, best_companies
from matching.engine.lexicon import Array
from matching.market import Market
from matching.models import Application, ApplicationState, Legend, Match, Scored
from opportunities.models import Opportunity

LOCK = 7_283_402  # any number that nothing else locks
BATCH = 100
PACKED_AT_ONCE = 2_000
SAVED_AT_ONCE = 20  # opportunities
TAKE = """
    DELETE FROM accounts_profilechange WHERE id IN (SELECT id FROM accounts_profilechange ORDER BY id LIMIT %s)
    RETURNING organisation_id
"""
Progress = Callable[[int], object]
Found = tuple[int, Best]
Noted = list[tuple[int, int, float | None]]  # opportunity, revision, threshold


@dataclass(slots=True)
class Done:
    """What a refresh did."""

    opportunities: int = 0
    companies: int = 0
    rows: int = 0


def refresh_due(progress: Progress = lambda done: None, *, seconds: float = math.inf) -> Done:
    """Score all that changed since it was scored, until nothing is left or the time is over."""
    done, end = Done(), time.monotonic() + seconds
    while (refresh_batch(done, progress) or words_counted_again()) and time.monotonic() < end:
        pass
    return done


def words_counted_again() -> bool:
    """Whether that was due."""
    with one_pass() as present:
        due = market.statistics_are_old(present)
        if due:
            market.renew_statistics()
    return due


def score_opportunity(opportunity: int) -> Done:
    """Score one opportunity now, if that is due."""
    done = Done()
    with one_pass() as present:
        if due_opportunities(present).filter(pk=opportunity).exists():
            score_needs({opportunity}, present, done)
    return done


def score_company(company: int) -> Done:
    """Score one company now, if that is due."""
    done = Done()
    with one_pass() as present:
        if ProfileChange.objects.filter(organisation=company).delete()[0]:
            renew({company}, present, done)
    return done


def refresh_batch(done: Done, progress: Progress) -> bool:
    """One transaction's worth of what is due, changed companies first; False when nothing is."""
    with one_pass() as present:
        if changed := take_changes():
            renew(changed, present, done)
            return True
        due = due_opportunities(present).order_by("pk")
        opportunities = set(due.values_list("pk", flat=True)[:BATCH])
        without = set(sorted(needs_without_match(present))[:BATCH]) if not opportunities else set()
        score_needs(opportunities | without, present, done)
        progress(len(opportunities))
        return bool(opportunities or without)


@contextmanager
def one_pass() -> Iterator[Market]:
    """The market as it is now, in a transaction that no other refresh shares, on however many machines."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            present = market.current()
            present.sync()
            yield present
    except BaseException:
        market.forget()
        raise


@contextmanager
def as_committed() -> Iterator[Market]:
    """The market as it is now, to read only: once it is in memory a pass under way is not waited for."""
    present = market.in_memory()
    if present is None:
        with one_pass() as present:
            yield present
        return
    try:
        present.sync(locked=False)
        yield present
    except BaseException:
        market.forget()
        raise


def take_changes() -> set[int]:
    """Companies that changed, off the list."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [PACKED_AT_ONCE])
        return {row[0] for row in cursor.fetchall()}


def renew(changed: Collection[int], present: Market, done: Done) -> None:
    """Companies as they are now: packed anew, and scored anew; many at once through all opportunities instead."""
    before = set(present.companies.packed(list(changed)))
    market.repack(changed, present.lexicon)
    present.sync()
    now = present.companies.packed(list(changed))
    done.companies += len(before | now.keys())
    if len(now) > max(BATCH, len(present.needs.revisions)):
        Scored.objects.filter(opportunity__in=features.matched_needs()).delete()
        return
    drop_companies(before - now.keys(), present, done)
    score_companies(now, present, done)


def due_opportunities(present: Market) -> QuerySet[Opportunity]:
    """Open ones that changed since they were scored, or were scored by another version."""
    same = Scored.objects.filter(opportunity=OuterRef("pk"), revision=OuterRef("revision"))
    return features.matched_needs().filter(~Exists(same.filter(weights_version=present.version)))


def applications_without_match() -> QuerySet[Application]:
    """The group must see how an applicant fits, be it among the best or not."""
    rows_ = Match.objects.filter(opportunity=OuterRef("opportunity"), company=OuterRef("company"))
    there = Application.objects.exclude(state=ApplicationState.DRAFT).filter(~Exists(rows_))
    return there.filter(opportunity__in=features.matched_needs(), company__in=Organisation.objects.smes().active())


def needs_without_match(present: Market) -> set[int]:
    """Opportunities that miss the match of an applicant, both of which can be scored."""
    pairs = list(applications_without_match().values_list("opportunity", "company"))
    there = present.companies.packed([company for _, company in pairs]) if pairs else {}
    return {
        opportunity for opportunity, company in pairs if opportunity in present.needs.revisions and company in there
    }


def score_needs(opportunities: Collection[int], present: Market, done: Done) -> None:
    """Score opportunities against all companies, and make their matches those rows and no other."""
    if not opportunities:
        return
    applicants: defaultdict[int, set[int]] = defaultdict(set)
    applied = Application.objects.exclude(state=ApplicationState.DRAFT).filter(opportunity__in=opportunities)
    for opportunity, company in applied.values_list("opportunity", "company"):
        applicants[opportunity].add(company)
    readable = sorted(opportunities & present.needs.vectors.keys())
    noted: Noted = []
    check_at_once()

    def reckoned(need: int) -> Best:
        best = best_companies(need, present, applicants[need], alone=len(readable) == 1)
        _ = best.kept.packed  # here, beside those being written
        return best

    for some in batched(market.side_by_side(reckoned, readable)):
        found = dict(some)
        legends = legends_of(found, present)
        batch = rows.Batch(present.engine_version, present.weights.version)
        for need, best in found.items():
            batch.add(best.kept, np.full(len(best.kept.companies), legends[need]))
        done.rows += batch.save(list(found))
        done.opportunities += len(found)
        noted += [(need, present.needs.revisions[need], best.threshold) for need, best in found.items()]
    unreadable = present.needs.unreadable  # these are due no more, until they change
    noted += [(need, unreadable[need], None) for need in opportunities if need in unreadable]
    rows.note_scored(noted, present.version)


def check_at_once() -> None:
    """Foreign keys, while other scores are being reckoned: left to the commit, everyone would wait for them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def batched(found: Iterable[Found]) -> Iterator[list[Found]]:
    """A few at a time, so that the table takes in some while others are being reckoned."""
    left = iter(found)
    while some := list(islice(left, SAVED_AT_ONCE)):
        yield some


def legends_of(opportunities: Collection[int], present: Market) -> dict[int, int]:
    """{opportunity: its legend}: one that is there and says the same, or a new one."""
    wanted = {need: present.legend(need) for need in opportunities}
    there = Legend.objects.filter(opportunity__in=wanted).values_list("opportunity", "digest", "pk")
    found = {need: pk for need, digest, pk in there if digest == wanted[need][0]}
    missing = {need: one for need, one in wanted.items() if need not in found}
    new = [Legend(opportunity_id=need, digest=digest, data=data) for need, (digest, data) in missing.items()]
    return found | {one.opportunity_id: one.pk for one in Legend.objects.bulk_create(new)}


def score_companies(companies: Mapping[int, Array], present: Market, done: Done) -> None:
    """Score changed companies against all open opportunities; where one joins or leaves the best, score that anew."""
    crowd = Crowd.of(present)
    if crowd.all_are_kept:  # no opportunity has a threshold worth its name any more
        Scored.objects.filter(threshold__isnull=False).update(threshold=None)
    rescore: set[int] = set()
    changes = {company: crowd.change(company, present.face_needs(company, row)) for company, row in companies.items()}
    needs = {int(one) for change in changes.values() for kept in change.kept for one in kept.opportunities.tolist()}
    legends = legends_of(needs, present)
    batch = rows.Batch(present.engine_version, present.weights.version)
    for company, change in changes.items():
        for kept in change.kept:
            batch.add(kept, np.array([legends[one] for one in kept.opportunities.tolist()]))
        done.rows += Match.objects.filter(company=company, opportunity__in=change.drop).delete()[0]
        rescore |= change.rescore
    done.rows += batch.save()
    score_needs(rescore, present, done)


def drop_companies(companies: Collection[int], present: Market, done: Done) -> None:
    """Forget the matches of companies that left, but for those of closed opportunities, and let others move up."""
    if not companies:
        return
    theirs = Match.objects.filter(company__in=companies, opportunity__in=features.matched_needs())
    left = set(theirs.values_list("opportunity", flat=True))
    done.rows += theirs.delete()[0]
    score_needs(left if present.companies.count >= settings.MATCHING_TOP_K else set(), present, done)

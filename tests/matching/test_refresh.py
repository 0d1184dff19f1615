import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership, Organisation, Reference
from matching import engine, features, market, refresh, tasks
from matching.models import Corpus, Match, Scored
from opportunities.models import Opportunity
from tests.factories import ApplicationFactory, MembershipFactory, OpportunityFactory, OrganisationFactory, UserFactory
from tests.matching.market import WORDS, from_scratch, matches, some_company, some_market, some_opportunity


def test_every_open_opportunity_is_scored_against_every_company():
    companies, opportunities = some_market(companies=3, opportunities=2)
    some_opportunity(random.Random(2), apply_by=timezone.localdate() - timedelta(days=1), answer_by=None)
    OpportunityFactory()  # a draft
    OrganisationFactory(suspended=True)

    refresh.refresh_due()

    assert {(m.opportunity_id, m.company_id) for m in Match.objects.all()} == {
        (o.pk, c.pk) for o in opportunities for c in companies
    }


def test_the_parts_add_up_to_the_score():
    some_market()

    refresh.refresh_due()

    for match in Match.objects.all():
        assert sum(part["points"] for part in match.answers) == pytest.approx(match.score, abs=1e-6)
        assert sum(part["max"] for part in match.answers) == pytest.approx(100, abs=0.01)


def test_a_second_scoring_with_nothing_changed_writes_nothing():
    some_market()
    refresh.refresh_due()
    before = list(Match.objects.values_list("pk", "computed_at"))
    Scored.objects.all().delete()

    done = refresh.refresh_due()

    assert done.opportunities == 4
    assert done.rows == 0
    assert list(Match.objects.values_list("pk", "computed_at")) == before


def test_when_nothing_is_due_nothing_is_scored():
    some_market()
    refresh.refresh_due()

    done = refresh.refresh_due()

    assert (done.opportunities, done.companies, done.rows) == (0, 0, 0)


def test_a_changed_profile_is_scored_alone():
    companies, _opportunities = some_market()
    refresh.refresh_due()
    Reference.objects.create(profile=companies[0].sme_profile, title="vannes et pompes", place="MA")
    companies[0].touch()

    done = refresh.refresh_due()

    assert (done.opportunities, done.companies) == (0, 1)
    assert set(Match.objects.order_by().values_list("company", flat=True)) == {c.pk for c in companies}
    assert matches() == from_scratch()


def test_a_company_that_changes_does_not_wait_for_opportunities_never_scored(settings):
    settings.MATCHING_TOP_K = 2
    companies, opportunities = some_market(companies=4, opportunities=3)
    refresh.score_opportunity(opportunities[0].pk)

    done = refresh.score_company(companies[0].pk)

    assert done.opportunities <= 1
    refresh.refresh_due()
    assert matches() == from_scratch()


def test_a_changed_opportunity_is_scored_alone():
    _companies, opportunities = some_market()
    refresh.refresh_due()
    opportunities[0].title = "turbines"
    opportunities[0].save()

    done = refresh.refresh_due()

    assert (done.opportunities, done.companies) == (1, 0)
    assert matches() == from_scratch()


def test_a_closed_opportunity_keeps_its_matches_as_they_were():
    companies, opportunities = some_market()
    refresh.refresh_due()
    opportunities[0].close(by=UserFactory(staff=True))
    before = list(opportunities[0].matches.order_by("pk").values())
    companies[0].suspend(by=UserFactory(staff=True), reason="essai")

    refresh.refresh_due()

    assert list(opportunities[0].matches.order_by("pk").values()) == before


def test_a_suspended_company_is_matched_no_more_and_comes_back_when_restored():
    companies, _opportunities = some_market()
    refresh.refresh_due()
    before = matches()
    staff = UserFactory(staff=True)

    companies[0].suspend(by=staff, reason="essai")
    refresh.refresh_due()
    away = set(Match.objects.order_by().values_list("company", flat=True))
    companies[0].restore(by=staff)
    refresh.refresh_due()

    assert away == {c.pk for c in companies[1:]}
    assert matches() == before


def test_a_company_that_staff_brought_in_is_matched_once_somebody_acts_for_it():
    companies, _opportunities = some_market()
    Organisation.objects.filter(pk=companies[0].pk).update(registry_status="not_asked")
    refresh.refresh_due()
    before = set(Match.objects.order_by().values_list("company", flat=True))

    membership = MembershipFactory(organisation=companies[0])
    refresh.refresh_due()
    claimed = set(Match.objects.order_by().values_list("company", flat=True))
    Membership.objects.filter(pk=membership.pk).update(ended_at=timezone.now())
    refresh.refresh_due()

    assert before == {c.pk for c in companies[1:]}
    assert claimed == {c.pk for c in companies}
    assert set(Match.objects.order_by().values_list("company", flat=True)) == before


def test_a_company_that_says_nothing_is_incomplete_and_never_zero():
    some_market()
    silent = OrganisationFactory()

    refresh.refresh_due()

    for match in silent.matches.all():
        assert match.band == "incomplete"
        assert match.score > 0
        assert match.eligible


def test_only_what_is_known_to_be_missing_excludes():
    rng = random.Random(3)
    opportunity = some_opportunity(rng)
    opportunity.criteria.all().delete()
    opportunity.criteria.create(kind="language", code="en", must=True)
    without = OrganisationFactory(profile__languages=["fr"])
    silent = OrganisationFactory()
    speaking = OrganisationFactory(profile__languages=["fr", "en"])

    refresh.refresh_due()

    eligible = dict(opportunity.matches.values_list("company", "eligible"))
    assert eligible == {without.pk: False, silent.pk: True, speaking.pk: True}


def test_an_opportunity_keeps_its_best_and_its_applicants(settings):
    settings.MATCHING_TOP_K = 3
    settings.MATCHING_FLOOR = 200
    companies, opportunities = some_market(opportunities=1)
    refresh.refresh_due()
    best = set(opportunities[0].matches.order_by().values_list("company", flat=True))
    other = next(company for company in companies if company.pk not in best)
    ApplicationFactory(opportunity=opportunities[0], company=other, sent=True)

    refresh.refresh_due()

    assert set(opportunities[0].matches.order_by().values_list("company", flat=True)) == best | {other.pk}


@pytest.mark.parametrize("seed", range(6))
def test_any_series_of_changes_ends_where_a_fresh_scoring_would(settings, seed):
    settings.MATCHING_TOP_K = 4
    settings.MATCHING_FLOOR = 45
    rng = random.Random(seed)
    companies, opportunities = some_market(companies=5 + seed, opportunities=4, seed=seed)
    staff = UserFactory(staff=True)
    refresh.refresh_due()

    for _ in range(12):
        company = rng.choice(companies)
        company.refresh_from_db()
        action = rng.randrange(5)
        if action == 0:
            companies.append(some_company(rng))
        elif action == 1 and company.is_active:
            company.suspend(by=staff, reason="essai")
        elif action == 2 and not company.is_active:
            company.restore(by=staff)
        elif action == 3:
            opportunity = rng.choice(opportunities)
            opportunity.description = " ".join(rng.sample(WORDS, 3))
            opportunity.save()
        else:
            company.sme_profile.references.create(title=" ".join(rng.sample(WORDS, 2)), place="MA")
            company.touch()
        if rng.random() < 0.7:
            refresh.refresh_due()
    refresh.refresh_due()

    assert matches() == from_scratch()


def test_scores_move_only_with_their_pair_until_words_are_counted_again():
    companies, _opportunities = some_market()
    refresh.refresh_due()
    before = Match.objects.filter(company=companies[0]).values_list("opportunity", "score")
    before = dict(before)
    some_company(random.Random(9))

    refresh.refresh_due()

    assert dict(Match.objects.filter(company=companies[0]).values_list("opportunity", "score")) == before
    assert Corpus.objects.count() == 1


def test_words_are_counted_again_when_the_number_of_companies_has_changed_much():
    some_market(companies=2)
    refresh.refresh_due()
    rng = random.Random(5)
    for _ in range(23):
        some_company(rng)

    refresh.refresh_due()

    assert Corpus.objects.count() == 2
    now = f"{engine.ENGINE_VERSION}.{Corpus.objects.latest().pk}"
    assert set(Match.objects.values_list("engine_version", flat=True)) == {now}


def test_the_bells_do_the_same_once_and_twice():
    companies, opportunities = some_market()
    for _ in range(2):
        tasks.score_opportunity(opportunities[0].pk)
    first = Match.objects.count()
    companies[0].touch()
    for _ in range(2):
        tasks.score_company(companies[0].pk)
    for _ in range(2):
        tasks.refresh_due()

    assert first == len(companies)
    assert matches() == from_scratch()


@pytest.mark.parametrize("rows", [1, 3])
def test_loading_takes_a_fixed_number_of_queries(rows, django_assert_num_queries):
    companies, opportunities = some_market(companies=rows, opportunities=rows)
    refresh.refresh_due()
    present = market.current()

    with django_assert_num_queries(7):
        list(features.load_profiles([c.pk for c in companies], timezone.localdate()))
        list(present.load_needs([o.pk for o in opportunities]))


def test_the_command_says_what_it_did(capsys):
    some_market(companies=3, opportunities=2)

    call_command("rematch")
    call_command("rematch", "--all")

    told = capsys.readouterr().out.splitlines()
    assert told == [
        "2 opportunities and 0 changed companies scored, 6 matches changed",
        "2 opportunities and 0 changed companies scored, 0 matches changed",
    ]


@pytest.fixture
def _unreadable(monkeypatch):
    """Rows that nothing can be made of: those that say « illisible »."""

    def unless_bad(make, name):
        def made(row, *args, **kwargs):
            if "illisible" in getattr(row, name):
                raise ValueError
            return make(row, *args, **kwargs)

        return made

    monkeypatch.setattr(features, "need_of", unless_bad(features.need_of, "title"))
    monkeypatch.setattr(features, "described", unless_bad(features.described, "name"))


@pytest.mark.usefixtures("_unreadable")
def test_a_row_that_cannot_be_read_stops_nobody_else(caplog):
    companies, opportunities = some_market()
    bad_company = some_company(random.Random(3), name="DÉMO illisible")
    bad_opportunity = some_opportunity(random.Random(3))
    Opportunity.objects.filter(pk=bad_opportunity.pk).update(title="illisible")
    ApplicationFactory(sent=True, opportunity=bad_opportunity, company=companies[0])
    ApplicationFactory(sent=True, opportunity=opportunities[0], company=bad_company)

    refresh.refresh_due()

    scored = set(Match.objects.order_by().values_list("opportunity", "company"))
    assert scored >= {(opportunity.pk, company.pk) for opportunity in opportunities for company in companies}
    assert not Match.objects.filter(Q(opportunity=bad_opportunity) | Q(company=bad_company)).exists()
    assert f"opportunity {bad_opportunity.pk}" in caplog.text
    assert f"company {bad_company.pk}" in caplog.text


@pytest.mark.usefixtures("_unreadable")
def test_a_row_that_can_be_read_no_more_is_told_once_and_is_scored_when_mended(caplog):
    _companies, opportunities = some_market()
    refresh.refresh_due()
    before = matches()
    opportunities[0].title, title = "illisible", opportunities[0].title
    opportunities[0].save()
    refresh.refresh_due()
    caplog.clear()

    refresh.refresh_due()

    assert caplog.text == ""
    opportunities[0].title = title
    opportunities[0].save()
    assert refresh.refresh_due().opportunities == 1
    assert matches() == before

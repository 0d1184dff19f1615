"""How many companies an opportunity would reach, while it is being written."""

import threading

from celery import current_app
from celery._state import _set_task_join_will_block
from celery.result import denied_join_result

from matching import audience, refresh
from matching.models import Match
from opportunities.models import Criterion, Opportunity
from tests.factories import OpportunityFactory, OrganisationFactory
from tests.matching.market import some_market


def counted(opportunity, *criteria):
    fields = {name: getattr(opportunity, name) for name in audience.FIELDS}
    return audience.count(fields, [{"kind": kind, "code": code, "must": must} for kind, code, must in criteria])


def test_nobody_is_reached_where_nobody_takes_part():
    assert counted(Opportunity(title="vannes")) == {
        "companies": 0,
        "eligible": 0,
        "strong": 0,
        "excluded": [],
        "having": [],
    }


def test_it_counts_what_the_matches_will_say():
    companies, opportunities = some_market(companies=12, opportunities=4)
    refresh.refresh_due()

    for opportunity in opportunities:
        found = counted(opportunity, *opportunity.criteria.values_list("kind", "code", "must"))
        matches = Match.objects.filter(opportunity=opportunity)
        assert found["companies"] == len(companies)
        assert found["eligible"] == matches.filter(eligible=True).count()
        assert found["strong"] == matches.filter(eligible=True, band="strong").count()


def test_each_eliminatory_criterion_tells_whom_it_excludes_and_an_unknown_excludes_nobody():
    OrganisationFactory(profile__languages=["fr"], profile__headcount="10-19")
    OrganisationFactory(profile__languages=["fr", "en"], profile__headcount="10-19")
    OrganisationFactory()

    found = counted(
        Opportunity(title="vannes"),
        ("language", "en", True),
        ("language", "fr", True),
        ("language", "ar", False),
        ("headcount", "50-99", True),
    )

    assert found["companies"] == 3
    assert found["eligible"] == 1
    assert found["excluded"] == [
        {"kind": "language", "code": "en", "companies": 1},
        {"kind": "language", "code": "fr", "companies": 0},
        {"kind": "headcount", "code": "", "companies": 2},
    ]
    assert found["having"] == [{"kind": "language", "code": "ar", "companies": 0}]


def test_each_wish_tells_how_many_of_those_left_meet_it():
    OrganisationFactory(profile__languages=["fr", "en"])
    OrganisationFactory(profile__languages=["fr", "en"])
    OrganisationFactory(profile__languages=["en"])

    found = counted(Opportunity(title="vannes"), ("language", "fr", True), ("language", "en", False))

    assert found["eligible"] == 2
    assert found["having"] == [{"kind": "language", "code": "en", "companies": 2}]


def test_what_changes_is_counted_at_once():
    company = OrganisationFactory(profile__languages=["fr"])
    asked = ("language", "en", True)
    before = counted(Opportunity(title="vannes"), asked)
    company.sme_profile.languages = ["fr", "en"]
    company.sme_profile.save()
    company.touch()
    refresh.refresh_due()

    after = counted(Opportunity(title="vannes"), asked)

    assert (before["eligible"], after["eligible"]) == (0, 1)


def test_a_page_that_gets_no_answer_goes_on_without(monkeypatch, request):
    monkeypatch.setattr(audience, "PATIENCE", 0.2)
    current_app.conf.task_always_eager = False  # and no worker is there
    request.addfinalizer(lambda: setattr(current_app.conf, "task_always_eager", True))

    assert audience.count_audience(OpportunityFactory(), [Criterion(kind="language", code="en", must=True)]) is None


def test_it_is_counted_after_tasks_overlapped_in_two_threads_of_the_process(request):
    inside, leave = threading.Event(), threading.Event()

    def late():
        with denied_join_result():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=late)
    request.addfinalizer(lambda: _set_task_join_will_block(False))
    with denied_join_result():
        thread.start()
        inside.wait(10)
    leave.set()
    thread.join()

    assert audience.count_audience(OpportunityFactory(), []) is not None

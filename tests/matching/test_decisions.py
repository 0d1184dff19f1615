"""What pages showed and what people did about it stays, as it was at that moment."""

import pytest
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from matching import apply, introduce
from matching.models import Action, Exposure, Match, Standing
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    colleague,
    group_user,
    sme_user,
)

PARTS = [["place", "met", 20.0, 25.0, {"place": "MA"}], ["kind", "missing", 0.0, 5.0]]


@pytest.fixture
def user():
    return sme_user()


def shown(**where):
    return list(Exposure.objects.filter(**where).order_by("position").values_list("opportunity", "position", "score"))


def received(decider, **match):
    """An application that the group has received, and its match."""
    opportunity = OpportunityFactory(published=True, owner=decider.organisation, created_by=decider)
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    MatchFactory(opportunity=opportunity, company=application.company, **match)
    return application


def acted():
    return list(Action.objects.order_by("pk").values_list("kind", "score", "rank", "reason"))


def test_the_dashboard_notes_what_it_showed_in_its_order(client, user):
    low, high = (MatchFactory(company=user.organisation, score=score, parts=PARTS) for score in (60, 90))
    MatchFactory(company=user.organisation, score=99, eligible=False)  # not shown
    MatchFactory(score=95)  # another company's
    client.force_login(user)

    client.get("/pme/")

    assert shown() == [(high.opportunity_id, 1, 90), (low.opportunity_id, 2, 60)]
    row = Exposure.objects.first()
    assert (row.side, row.context, row.day, row.band) == ("sme", "dashboard", timezone.localdate(), "good")
    assert row.answers[0] == {"criterion": "place", "answer": "met", "points": 20.0, "max": 25.0}
    assert (row.engine_version, row.weights_version) == ("test", "test")


def test_what_is_shown_again_the_same_day_is_one_row(client, user):
    match = MatchFactory(company=user.organisation)

    for person in (user, user, colleague(user)):
        client.force_login(person)
        for address in ("/pme/", "/opportunites/", match.opportunity.get_absolute_url()):
            client.get(address)

    found = Exposure.objects.values_list("context", "position")
    assert sorted(found) == [("dashboard", 1), ("detail", 1), ("list", 1)]


def test_a_process_that_forgot_what_it_wrote_writes_nothing_twice(client, user):
    MatchFactory(company=user.organisation)
    client.force_login(user)
    client.get("/pme/")
    caches["fragments"].clear()
    client.get("/pme/")

    assert len(shown()) == 1


def test_the_second_page_of_the_list_goes_on_counting(client, user):
    matches = [MatchFactory(company=user.organisation) for _ in range(21)]
    client.force_login(user)

    client.get("/opportunites/", {"page": 2})

    assert shown() == [(matches[0].opportunity_id, 21, 72.0)]


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}])
def test_what_a_browser_fetches_ahead_was_not_seen(client, user, headers):
    MatchFactory(company=user.organisation)
    client.force_login(user)

    client.get("/pme/", headers=headers)
    client.head("/pme/")

    assert shown() == []


def test_visitors_and_groups_leave_no_trace_on_the_list(client):
    match = MatchFactory()

    client.get("/opportunites/")
    client.force_login(group_user())
    client.get("/opportunites/")
    client.get(match.opportunity.get_absolute_url())

    assert (shown(), Standing.objects.count()) == ([], 0)


def test_a_page_is_served_though_its_note_cannot_be_written(client, user):
    MatchFactory(company=user.organisation)
    client.force_login(user)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE matching_exposure ADD CONSTRAINT shut CHECK (day < '2000-01-01') NOT VALID")

    assert client.get("/pme/").status_code == 200


def test_a_group_s_pages_note_whom_they_showed(client):
    decider = group_user()
    application = received(decider)
    client.force_login(decider)

    client.get(reverse("matching:applicants", args=[application.opportunity_id]))
    client.get(reverse("matching:application_review", args=[application.pk]))

    found = Exposure.objects.values_list("company", "side", "context")
    assert sorted(found) == [(application.company_id, "group", context) for context in ("applicants", "file")]


def test_the_first_look_of_a_company_is_remembered_when_its_match_is_gone(client, user):
    match = MatchFactory(company=user.organisation)
    client.force_login(user)
    client.get(match.opportunity.get_absolute_url())
    first = Standing.objects.get().seen_at
    Match.objects.all().delete()

    client.get(match.opportunity.get_absolute_url())

    assert Standing.objects.get().seen_at == first is not None


def test_a_decision_keeps_the_match_of_that_moment(client):
    decider = group_user()
    application = received(decider, score=60, parts=PARTS)
    MatchFactory(opportunity=application.opportunity, score=80)
    MatchFactory(opportunity=application.opportunity, score=90, eligible=False)
    client.force_login(decider)
    client.get(reverse("matching:applicants", args=[application.opportunity_id]))

    apply.shortlist(application, by=decider)
    Match.objects.update(score=10)
    apply.decline(application, by=decider, reason="size")

    first = Action.objects.earliest("pk")
    assert acted() == [("shortlisted", 60, 2, ""), ("declined", 10, 1, "size")]
    assert (first.position, first.answers[0]["evidence"], first.band) == (1, {"place": "MA"}, "good")


def test_an_application_that_was_never_scored_is_noted_all_the_same():
    decider = group_user()
    application = ApplicationFactory(
        sent=True, opportunity=OpportunityFactory(published=True, owner=decider.organisation)
    )

    apply.shortlist(application, by=decider)

    assert acted() == [("shortlisted", None, None, "")]


def test_from_the_sending_to_the_introduction_every_step_is_one_row():
    draft = ApplicationFactory()
    decider = group_user()
    draft.opportunity.owner = decider.organisation
    draft.opportunity.created_by = decider
    draft.opportunity.save()

    apply.send(draft, by=draft.contact, consented=True)
    introduction = introduce.accept(draft, by=decider)
    introduction.email.state = "sent"
    introduction.email.sent_at = timezone.now()
    introduction.email.save()
    introduce.settle()
    introduce.settle()

    assert [row[0] for row in acted()] == ["applied", "accepted", "introduced"]


def test_taking_back_what_the_group_had_is_noted_and_a_draft_s_end_is_not(user):
    sent, draft = ApplicationFactory(sent=True, contact=user), ApplicationFactory(contact=user)

    apply.withdraw(sent, by=user)
    apply.withdraw(draft, by=user)

    assert list(Action.objects.values_list("kind", "opportunity")) == [("withdrawn", sent.opportunity_id)]


def test_what_does_not_happen_is_not_noted():
    application = received(group_user())

    with pytest.raises(PermissionDenied):
        apply.shortlist(application, by=group_user())

    assert acted() == []

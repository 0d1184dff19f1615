"""Two people of a group answer the same applications at once: one wins, the other is told, no mail twice."""

import pytest

from accounts.models import Email
from matching import apply, introduce, together
from matching.models import Application, Introduction
from matching.together import Act, Words
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, colleague, group_user
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ANSWERS = ["introduction", "application_declined", "application_shortlisted", "application_waitlisted"]
SINGLE = {
    "accept": lambda one, by: introduce.accept(one, by=by),
    "decline": lambda one, by: apply.decline(one, by=by, reason="size"),
    "shortlist": lambda one, by: apply.shortlist(one, by=by),
}


@pytest.fixture
def owner():
    return group_user()


def received(owner, count, **fields):
    opportunity = OpportunityFactory(published=True, owner=owner.organisation, created_by=owner, **fields)
    return ApplicationFactory.create_batch(count, sent=True, opportunity=opportunity)


def fresh(rows):
    """As each of them has read it."""
    pks = [row.pk for row in rows]
    return list(Application.objects.filter(pk__in=pks).select_related("opportunity", "company").order_by("pk"))


def in_bulk(rows, act, by):
    mine = fresh(rows)
    return lambda: together.decide(mine, act, by=by, words=Words(reason="size"))


@pytest.mark.parametrize(("one", "other"), [("accept", "decline"), ("accept", "accept"), ("decline", "decline")])
def test_of_two_answers_to_one_application_one_stands(owner, one, other):
    rows = received(owner, 1)
    people = [owner, colleague(owner)]
    mine, theirs = fresh(rows)[0], fresh(rows)[0]

    outcomes = at_once(lambda: SINGLE[one](mine, people[0]), lambda: SINGLE[other](theirs, people[1]))

    refused = [found for found in outcomes if isinstance(found, StateError)]
    assert len(refused) == 1
    assert str(refused[0])
    assert Email.objects.filter(template__in=ANSWERS).count() == 1
    assert Application.objects.get().history.count() == 1


@pytest.mark.parametrize("single", ["accept", "decline", "shortlist"])
def test_one_answer_against_a_bulk_that_holds_it(owner, single):
    rows = received(owner, 5, capacity=9)
    other = colleague(owner)
    mine = fresh(rows)[2]

    alone, bulk = at_once(lambda: SINGLE[single](mine, other), in_bulk(rows, Act.DECLINE, owner))

    lost = isinstance(alone, StateError)
    refused = [one.pk for one, _why in bulk.refused]
    if single == "shortlist" and not lost:  # what is shortlisted may be declined after all
        assert refused == []
    else:
        assert lost != bool(refused)
        assert refused in ([], [mine.pk])
    assert all(why for _one, why in bulk.refused)
    said_no = len(bulk.moved) + (single == "decline" and not lost)
    assert Email.objects.filter(template="application_declined").count() == said_no
    assert Email.objects.filter(template="introduction").count() == (single == "accept" and not lost)


def test_two_bulks_never_take_more_places_than_there_are(owner):
    rows = received(owner, 6, capacity=3)

    yes, too = at_once(in_bulk(rows[:3], Act.ACCEPT, owner), in_bulk(rows[3:], Act.ACCEPT, colleague(owner)))

    assert (len(yes.moved), len(too.moved)) == (3, 3)
    assert Application.objects.filter(state="accepted").count() == 3
    assert Application.objects.filter(state="waitlisted").count() == 3
    assert Introduction.objects.count() == 3
    assert Email.objects.filter(template__in=ANSWERS).count() == 6


def test_the_same_bulk_twice_at_once_writes_once(owner):
    rows = received(owner, 4, capacity=9)

    first, second = at_once(in_bulk(rows, Act.ACCEPT, owner), in_bulk(rows, Act.ACCEPT, owner))

    assert len(first.moved) + len(second.moved) == 4
    assert len(first.refused) + len(second.refused) == 4
    assert Email.objects.filter(template="introduction").count() == 4

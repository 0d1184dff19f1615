"""A group opens more places after publication; the waiting list gets them in turn, as the page has shown."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.urls import reverse

from accounts.models import Email
from matching import introduce, places
from matching.models import Application
from matching.tasks import settle_introductions
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, colleague, group_user

State = Application.State


@pytest.fixture
def owner(client):
    user = group_user()
    client.force_login(user)
    return user


@pytest.fixture
def opportunity(owner):
    return OpportunityFactory(published=True, owner=owner.organisation, created_by=owner, capacity=1)


def url(opportunity):
    return reverse("matching:more_places", args=[opportunity.pk])


def accepted(opportunity, owner, count):
    """In this order: the first gets the only place."""
    rows = ApplicationFactory.create_batch(count, sent=True, opportunity=opportunity)
    for row in rows:
        introduce.accept(row, by=owner, message=f"Le mot pour {row.company}.")
    return rows


def states(rows):
    return [Application.objects.get(pk=row.pk).state for row in rows]


def confirmed(client, opportunity, capacity):
    page = client.post(url(opportunity), {"capacity": capacity})
    return client.post(
        url(opportunity),
        {"capacity": capacity, "previewed": page.context["form"]["previewed"].value(), "confirm": "1"},
    )


def test_who_waits_is_introduced_in_turn_with_the_word_they_were_promised(client, opportunity, owner):
    rows = accepted(opportunity, owner, 4)

    page = client.post(url(opportunity), {"capacity": 3})
    before = states(rows)
    response = confirmed(client, opportunity, 3)
    settle_introductions()
    settle_introductions()

    assert page.context["told"] == [str(row.company) for row in rows[1:3]]
    assert f"Le mot pour {rows[1].company}." in page.context["preview"]["text"]
    assert before == ["accepted", *["waitlisted"] * 3]
    assert response.url == reverse("matching:applicants", args=[opportunity.pk])
    assert states(rows) == ["accepted"] * 3 + ["waitlisted"]
    assert Email.objects.filter(template="introduction").count() == 3
    assert opportunity.history.get().changes == {"capacity": [1, 3]}


@pytest.mark.parametrize("typed", ["1", "0", "-3", "100", "", "beaucoup"])
def test_fewer_or_absurd_is_said_beside_the_field(client, opportunity, typed):
    page = client.post(url(opportunity), {"capacity": typed})

    assert set(page.context["form"].errors) == {"capacity"}
    assert f'value="{typed}"' in page.text or not typed
    assert Opportunity.objects.get().capacity == 1


def test_one_who_leaves_the_list_meanwhile_changes_what_is_shown_first(client, opportunity, owner):
    rows = accepted(opportunity, owner, 3)
    shown = client.post(url(opportunity), {"capacity": 2}).context["form"]["previewed"].value()
    Application.objects.get(pk=rows[1].pk).move(State.WITHDRAWN, by=None)

    page = client.post(url(opportunity), {"capacity": 2, "previewed": shown, "confirm": "1"})

    assert page.context["reread"]
    assert page.context["told"] == [str(rows[2].company)]
    assert Opportunity.objects.get().capacity == 1


def test_a_company_that_is_suspended_is_not_promised_a_place(opportunity, owner):
    rows = accepted(opportunity, owner, 3)
    rows[1].company.suspend(by=UserFactory(staff=True), reason="Doute")

    assert places.next_in(opportunity, 2) == [rows[2]]


def test_a_closed_one_may_still_have_more_places_and_a_suspended_one_not(client, opportunity, owner):
    opportunity.close(by=owner)
    confirmed(client, opportunity, 2)
    Opportunity.objects.update(state="suspended")

    response = client.get(url(opportunity))

    assert response.url == reverse("opportunities:manage", args=[opportunity.pk])
    assert Opportunity.objects.get().capacity == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_the_same_places_at_once_one_is_told():
    owner = group_user()
    opportunity = OpportunityFactory(published=True, owner=owner.organisation, created_by=owner, capacity=1)

    def act(by):
        try:
            places.widen(Opportunity.objects.get(pk=opportunity.pk), 3, by=by)
        except StateError as error:
            return str(error)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(act, [owner, colleague(owner)]))

    assert said[0] == ""
    assert said[1].startswith("Il y a déjà 3 places")
    assert opportunity.history.count() == 1

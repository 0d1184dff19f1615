"""The page where a group says when its contacts are away."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, Email
from opportunities import moderation
from tests.factories import OpportunityFactory, UserFactory, group_user


@pytest.fixture
def person(client):
    person = group_user()
    client.force_login(person)
    return person


@pytest.fixture
def opportunity(person):
    return OpportunityFactory(published=True, owner=person.organisation, created_by=person)


def url(opportunity):
    return reverse("opportunities:absences", args=[opportunity.pk])


def answers(opportunity, first=1, last=10, **changed):
    today = timezone.localdate()
    days = {"first_day": today + timedelta(days=first), "last_day": today + timedelta(days=last)}
    return {"email": opportunity.contact_email, **days, **changed}


def test_an_absence_is_noted_shown_and_erased(client, opportunity, person):
    client.post(url(opportunity), answers(opportunity))

    absence = Absence.objects.get()
    assert (absence.organisation, absence.email, absence.noted_by) == (
        person.organisation, opportunity.contact_email, person,
    )  # fmt: skip
    assert opportunity.contact_name in client.get(url(opportunity)).context["absences"][0][1]

    gone = client.post(reverse("opportunities:absence_delete", args=[absence.pk]), {"opportunity": opportunity.pk})

    assert gone.url == url(opportunity)
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"first": 5, "last": 4}, "__all__"),
        ({"first": 0, "last": 93}, "__all__"),
        ({"first": -9, "last": -1}, "last_day"),
        ({"email": "autre@example.com"}, "email"),
        ({"email": ""}, "email"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_is_lost(client, opportunity, changed, field):
    page = client.post(url(opportunity), given := answers(opportunity, **changed))

    assert list(page.context["form"].errors) == [field]
    assert page.context["form"]["first_day"].value() == str(given["first_day"])
    assert not Absence.objects.exists()


def test_the_same_absence_twice_is_one(client, opportunity):
    client.post(url(opportunity), answers(opportunity))

    page = client.post(url(opportunity), answers(opportunity))

    assert page.context["form"].errors
    assert Absence.objects.count() == 1


def test_news_of_the_opportunity_leave_the_absent_alone(opportunity, person):
    today = timezone.localdate()
    Absence.objects.create(
        organisation=person.organisation, email=opportunity.contact_email, first_day=today, last_day=today
    )

    moderation.suspend(opportunity, by=UserFactory(staff=True), reason="Doute")

    assert [address for mail in Email.objects.all() for address in mail.to] == [opportunity.deputy_email, person.email]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_whatever_is_noted(client, opportunity, rows, django_assert_num_queries):
    for day in range(rows):
        client.post(url(opportunity), answers(opportunity, first=day))
    client.get(url(opportunity))

    # session, person, membership, opportunity, organisation, who is still of the group, who administers, absences
    with django_assert_num_queries(8):
        client.get(url(opportunity))

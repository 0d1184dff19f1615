"""Alerts that several people, or one person twice, save at the same moment."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from matching import subscriptions
from matching.models import Recipient, SavedSearch
from tests.factories import colleague, sme_user
from tests.races import at_once, lined_up

pytestmark = pytest.mark.django_db(transaction=True)


def posting(person, url, data):
    """What the page answers to this person."""
    client = Client()
    client.force_login(person)
    return lambda: client.post(url, data).status_code


def test_the_last_place_is_taken_by_one_of_two_searches_that_are_saved_at_once():
    person = sme_user()
    with transaction.atomic():
        settings = subscriptions.settings_of(person)
    SavedSearch.objects.bulk_create(
        SavedSearch(user=person, name=f"n° {n}", query=f"q=mot{n}", next_at=settings.next_at)
        for n in range(SavedSearch.MOST - 1)
    )
    data = {"name": "Une de plus", "frequency": "weekly", "floor": "any"}
    acts = [posting(person, f"{reverse('matching:search_save')}?q={word}", data) for word in ("vannes", "pompes")]

    answers = lined_up(type(settings).objects.filter(user=person), *acts)

    assert sorted(answers) == [200, 302]  # one is told that there is no room
    assert SavedSearch.objects.filter(user=person).count() == SavedSearch.MOST


def test_an_alert_that_is_deleted_does_not_come_back_with_a_change():
    person = sme_user()
    with transaction.atomic():
        settings = subscriptions.settings_of(person)
    search = SavedSearch.objects.create(user=person, name="Vannes", query="q=vannes", next_at=settings.next_at)
    data = {"name": "Pompes", "frequency": "daily", "floor": "any"}
    change = posting(person, reverse("matching:search_edit", args=[search.pk]), data)
    delete = posting(person, reverse("matching:search_delete", args=[search.pk]), {})

    answers = lined_up(SavedSearch.objects.filter(pk=search.pk), delete, change)

    assert answers == [302, 404]
    assert not SavedSearch.objects.exists()


def test_two_who_choose_who_hears_of_offers_at_once_leave_one_choice():
    person = sme_user()
    other = colleague(person)
    url = reverse("matching:recipients")
    data = {"people": [person.pk, other.pk]}
    Recipient.objects.create(organisation=person.organisation, user=person)

    answers = at_once(posting(person, url, data), posting(other, url, data))

    assert answers == [302, 302]
    assert set(Recipient.objects.values_list("user", flat=True)) == {person.pk, other.pk}

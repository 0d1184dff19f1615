"""A reference that is sent twice at once, or changed while a colleague takes it away."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Reference
from tests.factories import sme_user
from tests.races import at_once, lined_up

pytestmark = pytest.mark.django_db(transaction=True)


def posting(person, url, **data):
    """What the page answers to this person."""
    client = Client()
    client.force_login(person)
    return lambda: client.post(url, data).status_code


def test_a_double_click_adds_one_reference():
    person = sme_user()
    add = posting(person, reverse("accounts:reference_add"), title="Vannes pour Oran", place="DZ", cpv="42131000")
    other = posting(person, reverse("accounts:reference_add"), title="Vannes pour Oran", place="DZ", cpv="42122000")

    answers = at_once(add, add, other)

    assert answers == [302] * 3
    kept = Reference.objects.order_by("codes").values_list("codes", flat=True)
    assert list(kept) == [["cpv:42122000"], ["cpv:42131000"]]
    assert person.organisation.history.count() == 2


def test_what_a_colleague_takes_away_does_not_come_back_with_a_change():
    person = sme_user()
    reference = Reference.objects.create(profile=person.organisation.sme_profile, title="Pompes")
    change = posting(person, reverse("accounts:reference_edit", args=[reference.pk]), title="Pompes de Tanger")

    def take_away():
        Reference.objects.filter(pk=reference.pk).delete()

    lined_up(Reference.objects.filter(pk=reference.pk), take_away, change)

    assert not Reference.objects.exists()

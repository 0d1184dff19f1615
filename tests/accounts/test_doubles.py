"""Organisations that may be one wait for staff; those that staff said are two never come back."""

import pytest
from django.urls import reverse

from accounts import doubles
from accounts.models import Double, Organisation
from accounts.tasks import find_doubles
from pacte.states import StateError
from tests.factories import OrganisationFactory, UserFactory, sign_in_staff

LILLE, LYON = {"postcode": "59000"}, {"postcode": "69001"}


def pairs():
    return [(one.first.name, one.second.name, one.why) for one in Double.objects.waiting()]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({"name": "Fonderie du Nord", **LILLE}, {"name": "FONDERIE DU NORD SAS", **LILLE}, "name"),
        ({"name": "Électricité Démo", **LILLE}, {"name": "Electricite Demo", **LILLE}, "name"),
        ({"name": "Fonderie du Nord", **LILLE}, {"name": "Fonderie du Nord", **LYON}, None),
        ({"name": "Fonderie du Nord"}, {"name": "Fonderie du Nord"}, None),  # nobody knows where
        ({"name": "SARL", **LILLE}, {"name": "SAS", **LILLE}, None),
        ({"name": "Fonderie du Nord", **LILLE}, {"name": "Vannes et robinets", **LILLE}, None),
        ({"website": "https://www.demo.example/fr"}, {"website": "http://demo.example"}, "website"),
        ({"website": "https://a.demo.example"}, {"website": "https://b.demo.example"}, None),
        ({"name": "Vannes", **LILLE}, {"name": "Vannes", **LILLE, "group": True}, None),
        ({"name": "Énergie de France", "group": True}, {"name": "Energie de France SA", "group": True}, "name"),
    ],
)
def test_close_names_at_one_postcode_or_one_web_site(one, other, found):
    first = OrganisationFactory(**{"name": "Tout autre chose", **one})
    second = OrganisationFactory(**{"name": "Rien de tel ici", **other})

    find_doubles()
    find_doubles()

    assert pairs() == ([(first.name, second.name, found)] if found else [])


@pytest.mark.parametrize("state", ["closed", "refused"])
def test_one_that_is_gone_is_no_double(state):
    OrganisationFactory(name="Vannes", **LILLE)
    other = OrganisationFactory(name="Vannes", **LILLE)
    doubles.find()
    assert len(pairs()) == 1

    Organisation.objects.filter(pk=other.pk).update(state=state)
    assert pairs() == []


def test_two_that_staff_said_are_two_do_not_come_back(client):
    OrganisationFactory(name="Vannes", **LILLE), OrganisationFactory(name="Vannes", **LILLE)
    doubles.find()
    pair = Double.objects.get()
    sign_in_staff(client)
    page = client.get(reverse("admin:accounts_double_change", args=[pair.pk])).text
    assert reverse("admin:accounts_organisation_merge", args=[pair.second_id, pair.first_id]) in page

    client.post(reverse("admin:accounts_double_transition", args=[pair.pk, "different"]))
    doubles.find()

    assert pairs() == []
    assert pair.history.get().after == "different"
    pair.refresh_from_db()
    with pytest.raises(StateError):
        pair.move(Double.State.DIFFERENT, by=UserFactory(staff=True))


def test_the_queue_shows_what_it_counts(client):
    for name in ("Vannes", "Vannes", "Fonderie", "Fonderie"):
        OrganisationFactory(name=name, **LILLE)
    doubles.find()
    first = Double.objects.first()
    first.move(Double.State.DIFFERENT, by=None)
    sign_in_staff(client)

    page = client.get(reverse("admin:accounts_double_changelist"), {"regarder": "oui"})

    assert [row.pk for row in page.context["cl"].result_list] == [Double.objects.waiting().get().pk]

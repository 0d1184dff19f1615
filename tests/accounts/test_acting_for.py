"""Somebody of several organisations acts for one of them at a time."""

from django.urls import reverse

from accounts.models import User
from tests.accounts.test_joining import ask
from tests.factories import (
    MembershipFactory,
    OrganisationFactory,
    sme_user,
)


def test_somebody_of_several_organisations_chooses_for_which_to_act(client):
    person = sme_user()
    second = MembershipFactory(user=person, organisation=OrganisationFactory(group=True))
    first = person.organisation
    client.force_login(person)
    assert f"Agir pour {second.organisation.name}" in client.get(reverse("dashboard"), follow=True).text

    page = client.post(reverse("accounts:act_for", args=[second.pk]), follow=True)

    assert page.context["user"].organisation == second.organisation
    assert f"Agir pour {first.name}" in page.text
    assert client.post(reverse("accounts:act_for", args=[MembershipFactory().pk])).status_code == 404


def test_a_link_of_the_other_organisation_offers_to_act_for_it(client):
    person = sme_user()
    second = MembershipFactory(user=person, organisation=OrganisationFactory(group=True), role="admin")
    asked = ask(second.organisation)
    client.force_login(person)

    lost = client.get(asked.get_absolute_url())
    assert lost.status_code == 404
    assert f"Agir pour {second.organisation.name}" in lost.text
    there = client.post(reverse("accounts:act_for", args=[second.pk]), {"next": asked.get_absolute_url()}, follow=True)

    assert asked.user.email in there.text
    outside = client.post(reverse("accounts:act_for", args=[second.pk]), {"next": "https://ailleurs.example/"})
    assert outside.url == reverse("dashboard")


def test_who_leaves_the_organisation_they_act_for_acts_for_the_other(client):
    person = sme_user()
    admin = sme_user()
    second = MembershipFactory(user=person, organisation=admin.organisation, role="member")
    person.act_for(second)

    second.end(by=person)

    assert User.objects.get(pk=person.pk).organisation != admin.organisation

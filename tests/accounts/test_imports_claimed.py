"""Whoever comes for an organisation that staff brought in finds it, and nobody competes with it before."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from accounts import invitations, onboarding
from accounts.models import Email, FirstContact, Membership, Organisation, OrganisationImport, User
from accounts.onboarding import Person
from accounts.tasks import forget_imports, forget_unconfirmed
from pacte.states import StateError
from tests.accounts.company_files import imported, line, siren
from tests.factories import PASSWORD, OrganisationFactory, UserFactory, sign_in_staff, sme_user


@pytest.fixture(autouse=True)
def _staff(client):
    sign_in_staff(client)


def claim(siren, email="premiere@example.com"):
    return onboarding.sign_up(
        kind="sme", siren=siren, name="DÉMO", person=Person("Camille", "Démo", email, PASSWORD, "fr"),
        company=None, registry="unknown", recognised=False,
    )  # fmt: skip


def test_whoever_knows_its_siren_takes_it_over(client):
    imported(client, [line(1)])

    membership = claim(siren(1))

    assert membership.organisation == Organisation.objects.get()
    assert membership.is_admin


@pytest.mark.parametrize(("days", "verified", "stays"), [(6, False, True), (8, False, False), (8, True, True)])
def test_a_claim_that_nobody_confirms_is_forgotten_and_the_company_stays(client, days, verified, stays):
    imported(client, [line(1)])
    Organisation.objects.update(created_at=timezone.now() - timedelta(days=100))
    person = claim(siren(1)).user
    EmailAddress.objects.filter(user=person).update(verified=verified)
    Membership.objects.update(created_at=timezone.now() - timedelta(days=days))

    forget_unconfirmed()
    forget_unconfirmed()

    assert Organisation.objects.get().memberships.exists() is stays
    assert User.objects.filter(pk=person.pk).exists() is stays
    assert stays or claim(siren(1), "autre@example.com").organisation == Organisation.objects.get()


def test_staff_invite_the_person_whom_the_file_names_and_nobody_twice(client):
    imported(client, [line(1)])
    its = Organisation.objects.get()
    way = reverse("admin:accounts_organisation_transition", args=[its.pk, "invite"])
    assert "import1@demo.example" in client.get(way).content.decode()
    client.post(way, {"email": "Import1@demo.example"})
    asked = its.invitations.get()
    who = invitations.Newcomer("Camille", "Démo", PASSWORD, "fr")

    person = invitations.come_in(asked, who)
    with pytest.raises(StateError):
        invitations.invite_first(its, "autre@demo.example", by=UserFactory(staff=True))

    assert (asked.role, person.organisation, person.membership.role) == ("admin", its, "admin")
    assert Email.objects.get(template="member_invited").to == ["import1@demo.example"]


def test_an_organisation_whose_accounts_are_all_closed_has_someone_invited(client):
    gone = sme_user()
    its = gone.organisation
    way = reverse("admin:accounts_organisation_transition", args=[its.pk, "invite"])
    page = reverse("admin:accounts_organisation_change", args=[its.pk])
    offered = way in client.get(page).text
    User.objects.filter(pk=gone.pk).update(is_active=False)

    offered_then = way in client.get(page).text
    client.post(way, {"email": "nouvelle@demo.example"})

    assert (offered, offered_then) == (False, True)
    assert its.invitations.get().role == "admin"


def test_a_group_that_is_not_approved_has_nobody_invited():
    group = OrganisationFactory(group=True, waiting=True)

    with pytest.raises(StateError):
        invitations.invite_first(group, "a@demo.example", by=UserFactory(staff=True))


def test_what_has_served_is_forgotten(client):
    one = imported(client, [line(1), line(2), line(3)])
    claim(siren(1))
    FirstContact.objects.filter(organisation__siren=siren(2)).update(added_at=timezone.now() - timedelta(days=366))
    OrganisationImport.objects.update(touched_at=timezone.now() - timedelta(days=91))

    forget_imports()

    assert [kept.organisation.siren for kept in FirstContact.objects.all()] == [siren(3)]
    assert [row.data for row in one.rows.all()] == [{}, {}, {}]
    assert one.counts()["created"] == 3

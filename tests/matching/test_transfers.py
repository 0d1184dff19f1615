"""A group user changes subsidiary: opportunities stay with the owning group, until somebody of both moves one."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, HiddenFrom, Membership, User
from matching import transfers
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    colleague,
    group_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return group_user()


@pytest.fixture
def other(owner):
    """Another group for which the same person acts."""
    group = OrganisationFactory(group=True, name="DÉMO Filiale")
    MembershipFactory(user=owner, organisation=group)
    owner.__dict__.pop("standing", None)
    return group


@pytest.fixture
def opportunity(owner):
    return OpportunityFactory(published=True, owner=owner.organisation, created_by=owner)


def url(opportunity):
    return reverse("matching:transfer", args=[opportunity.pk])


def told(template):
    return sorted(address for mail in Email.objects.filter(template=template) for address in mail.to)


def test_group_user_changes_subsidiary_opportunities_keep_the_owning_organisation(owner, opportunity):
    colleague(owner, Membership.Role.ADMIN)
    elsewhere = OrganisationFactory(group=True)

    owner.membership.end(by=owner)
    MembershipFactory(user=owner, organisation=elsewhere)

    opportunity.refresh_from_db()
    assert opportunity.owner != elsewhere
    assert not Opportunity.objects.owned_by(User.objects.get(pk=owner.pk)).exists()


def test_transfer_moves_it_with_its_applications_and_its_history_and_tells_all_once(client, owner, other, opportunity):
    before = opportunity.owner
    sent, drafting = (
        ApplicationFactory(sent=True, opportunity=opportunity),
        ApplicationFactory(opportunity=opportunity),
    )
    ApplicationFactory(sent=True, state="declined", opportunity=opportunity, decline_reason="size")
    client.force_login(owner)

    page = client.post(url(opportunity), {"to": other.pk})
    assert str(sent.company) in page.text
    assert str(drafting.company) not in page.text
    assert "DÉMO Filiale" in page.context["preview"]["text"]
    assert not Email.objects.exists()
    form = page.context["form"]
    client.post(url(opportunity), {"to": other.pk, "previewed": form.initial["previewed"], "confirm": "1"})

    opportunity.refresh_from_db()
    assert opportunity.owner == other
    assert opportunity.contact_email == owner.email
    assert told("application_transferred") == sorted([sent.contact.email, drafting.contact.email])
    assert Email.objects.filter(template="opportunity_transferred").count() >= 2
    assert opportunity.history.latest("pk").changes == {"owner": [before.name, other.name]}
    assert client.get(reverse("matching:application_review", args=[sent.pk])).status_code == 404
    owner.act_for(owner.memberships.get(organisation=other))
    assert client.get(reverse("matching:application_review", args=[sent.pk])).status_code == 200


def test_what_goes_there_and_comes_back_is_told_each_time(owner, other, opportunity):
    first = owner.organisation
    ApplicationFactory(sent=True, opportunity=opportunity)

    for to in (other, first, other):
        transfers.transfer(Opportunity.objects.get(pk=opportunity.pk), to, by=owner)

    assert Email.objects.filter(template="application_transferred").count() == 3
    assert Email.objects.filter(template="opportunity_transferred").count() == 6


def test_nothing_leaves_before_the_page_that_shows_it(client, owner, other, opportunity):
    client.force_login(owner)

    client.post(url(opportunity), {"to": other.pk, "confirm": "1"})

    opportunity.refresh_from_db()
    assert opportunity.owner != other


def test_a_confidential_group_is_named_to_no_applicant(owner, other):
    opportunity = OpportunityFactory(secret=True, owner=owner.organisation, created_by=owner)
    before = owner.organisation
    ApplicationFactory(sent=True, opportunity=opportunity)

    transfers.transfer(opportunity, other, by=owner)

    mail = Email.objects.get(template="application_transferred")
    for name in (before.name, other.name):
        assert name not in mail.subject + mail.text + mail.html


def test_an_applicant_that_hides_from_the_other_group_keeps_it_where_it_is_and_staff_alone_read_why(
    owner, other, opportunity
):
    company = ApplicationFactory(sent=True, opportunity=opportunity).company
    HiddenFrom.objects.create(company=company, siren=other.siren)

    with pytest.raises(StateError, match="notre équipe") as said:
        transfers.transfer(opportunity, other, by=owner)
    assert company.name not in str(said.value)
    with pytest.raises(StateError, match=company.name):
        transfers.plan(opportunity, other, by=UserFactory(staff=True))


def test_it_takes_somebody_who_publishes_for_both(owner, other, opportunity):
    stranger = group_user()
    with pytest.raises(PermissionDenied):
        transfers.transfer(opportunity, other, by=stranger)

    MembershipFactory(organisation=other)
    owner.memberships.filter(organisation=other).update(role="reader")
    with pytest.raises(PermissionDenied):
        transfers.transfer(opportunity, other, by=User.objects.get(pk=owner.pk))


def test_the_other_group_has_to_have_signed_the_charter(owner, opportunity):
    CharterFactory(kind="group", in_force=True, published_at=timezone.now() - timedelta(days=1))
    other = MembershipFactory(user=owner, organisation=OrganisationFactory(group=True)).organisation
    owner.__dict__.pop("standing", None)

    with pytest.raises(StateError, match="charte"):
        transfers.transfer(opportunity, other, by=owner)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_one_moves_it_and_the_other_is_told(owner, other, opportunity):
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    gate, said = threading.Barrier(2), []

    def move():
        mine, person = Opportunity.objects.get(pk=opportunity.pk), User.objects.get(pk=owner.pk)
        gate.wait()
        try:
            transfers.transfer(mine, other, by=person)
        except (StateError, PermissionDenied) as error:
            said.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=move) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(said) == 1
    assert opportunity.history.filter(changes__has_key="owner").count() == 1
    assert told("application_transferred") == [application.contact.email]
    assert Email.objects.filter(template="opportunity_transferred").count() == 2  # to those it leaves, and it comes to

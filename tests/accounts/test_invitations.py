"""A colleague is asked in by mail: a link to one address, for two weeks, used once."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts import invitations
from accounts.models import Email, Invitation, Membership, Organisation, User
from pacte.states import StateError
from tests.factories import MembershipFactory, UserFactory, colleague, group_user, sme_user

pytestmark = pytest.mark.django_db
MEMBERS, INVITE = reverse("accounts:members"), reverse("accounts:member_invite")
NEW = "nouvelle@example.com"
WHO = {"first_name": "Andrea", "last_name": "Essai", "password": "une phrase qui se retient"}


@pytest.fixture
def admin():
    return sme_user()


def asked(admin, email=NEW, role="member"):
    return invitations.invite(admin.organisation, email, role, by=admin)


def late(invitation, **ago):
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(**ago))


@pytest.mark.parametrize("make", [sme_user, group_user])
def test_from_the_team_s_page_to_a_new_account_that_acts_for_it(client, make):
    admin = make()
    client.force_login(admin)
    sent = client.post(INVITE, {"email": "Nouvelle@Example.com", "role": "member"}, follow=True)
    assert NEW in sent.text
    [mail] = Email.objects.filter(template="member_invited")
    assert (mail.to, mail.reply_to) == ([NEW], [admin.email])
    [path] = re.findall(r"http://localhost:8000(/invitation/\S+)", mail.text)
    client.logout()

    page = client.get(path)
    assert admin.organisation.name in page.text
    joined = client.post(path, WHO, follow=True)

    user = User.objects.get(email=NEW)
    assert (user.organisation, user.membership.role) == (admin.organisation, "member")
    assert EmailAddress.objects.get(user=user).verified
    assert joined.context["user"] == user
    assert Invitation.objects.get().accepted_by == user
    client.logout()
    assert client.get(path).status_code == 410


def test_opening_the_link_changes_nothing(client, admin):
    invitation = asked(admin)

    for _ in range(2):
        client.get(invitation.get_absolute_url())
        client.head(invitation.get_absolute_url())

    assert Invitation.objects.open().count() == 1
    assert not User.objects.filter(email=NEW).exists()


def test_a_wrong_form_comes_back_with_what_was_typed(client, admin):
    page = client.post(asked(admin).get_absolute_url(), WHO | {"password": "123"})

    assert "password" in page.context["form"].errors
    assert 'value="Andrea"' in page.text


def test_someone_with_an_account_signs_in_first_and_joins_by_a_button(client, admin):
    person = UserFactory(email=NEW)
    url = asked(admin).get_absolute_url()
    assert "connectez-vous" in client.get(url).text
    assert client.post(url, WHO).status_code == 200
    assert not Membership.objects.filter(user=person).exists()

    client.force_login(person)
    client.post(url)

    assert Membership.objects.get(user=person).organisation == admin.organisation


def test_the_link_is_worth_nothing_to_another_account(client, admin):
    other = UserFactory()
    invitation = asked(admin)
    client.force_login(other)

    page = client.post(invitation.get_absolute_url(), follow=True)

    assert "autre adresse" in page.text
    assert not Membership.objects.filter(user=other).exists()


def test_who_acts_for_another_organisation_acts_for_both_and_now_for_this_one(admin):
    busy = MembershipFactory(user__email=NEW).user

    invitations.accept(asked(admin), by=busy)

    assert busy.organisation == admin.organisation
    assert [one.organisation for one in busy.others] == [busy.memberships.first().organisation]


@pytest.mark.parametrize(("ago", "status"), [({"seconds": 1}, 410), ({"seconds": -60}, 200)])
def test_it_lasts_until_its_last_moment(client, admin, ago, status):
    invitation = asked(admin)
    late(invitation, **ago)

    assert client.get(invitation.get_absolute_url()).status_code == status


def test_it_lasts_two_weeks(admin):
    invitation = asked(admin)

    assert invitation.expires_at - invitation.invited_at == pytest.approx(timedelta(days=14), abs=timedelta(seconds=5))


def test_taken_back_it_leads_nowhere_and_twice_does_no_more(client, admin):
    invitation = asked(admin)
    client.force_login(admin)
    revoke = reverse("accounts:invitation_revoke", args=[invitation.pk])

    client.post(revoke)
    client.post(revoke)

    assert client.get(invitation.get_absolute_url()).status_code == 410
    with pytest.raises(StateError):
        invitations.accept(invitation, by=UserFactory(email=NEW))


def test_the_same_address_again_renews_it_and_the_link_before_is_over(client, admin):
    first = asked(admin)
    second = asked(admin, NEW.upper())

    assert client.get(first.get_absolute_url()).status_code == 410
    assert client.get(second.get_absolute_url()).status_code == 200
    assert Invitation.objects.standing().count() == 1
    assert Email.objects.filter(template="member_invited").count() == 2


def test_a_colleague_is_not_asked_in_twice_and_twenty_wait_at_most(client, admin):
    there = colleague(admin)
    client.force_login(admin)
    page = client.post(INVITE, {"email": there.email, "role": "member"})
    assert "déjà partie de votre équipe" in page.text
    assert there.email in page.text

    for number in range(Invitation.MOST):
        asked(admin, f"p{number}@example.com")
    with pytest.raises(StateError, match="Vingt"):
        asked(admin)


@pytest.mark.parametrize("role", ["member", "reader"])
def test_only_who_administers_invites_and_takes_back(client, admin, role):
    invitation = asked(admin)
    person = colleague(admin, role=role)
    client.force_login(person)

    assert client.post(INVITE, {"email": NEW, "role": "admin"}).status_code == 403
    assert client.post(reverse("accounts:invitation_revoke", args=[invitation.pk])).status_code == 403
    assert NEW not in client.get(MEMBERS).text
    with pytest.raises(PermissionDenied):
        asked(person, "autre@example.com")


def test_an_organisation_that_lost_its_access_lets_nobody_in(client, admin):
    invitation = asked(admin)
    Organisation.objects.update(state="suspended")

    assert client.get(invitation.get_absolute_url()).status_code == 410


def test_another_organisation_s_invitation_is_not_found(client, admin):
    invitation = asked(sme_user())
    client.force_login(admin)

    assert client.post(reverse("accounts:invitation_revoke", args=[invitation.pk])).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_team_s_page_takes_a_fixed_number_of_queries(client, admin, rows, django_assert_num_queries):
    for number in range(rows):
        asked(admin, f"p{number}@example.com")
        colleague(admin)
    client.force_login(admin)
    client.get(MEMBERS)

    # user, membership, people, invitations, requests, addresses that fail; savepoint
    with django_assert_num_queries(8):
        client.get(MEMBERS)

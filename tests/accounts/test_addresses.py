"""« User leaves company »: an e-mail domain change needs re-verification by who administers, or by staff."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts import addresses
from accounts.models import Email, Membership, User
from pacte.states import StateError
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, colleague, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db
PASSWORD = "une phrase qui se retient"
NOTICE = "personne d'autre de l'équipe n'en a de ce domaine"


@pytest.fixture
def admin():
    return sme_user()


def member(admin, **fields):
    user = UserFactory(password=PASSWORD, **fields)
    return MembershipFactory(organisation=admin.organisation, user=user, role="member").user


def move(client, user, email):
    """As they do it: typed, then confirmed from the new mailbox."""
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"email": email, "action_add": ""})
    mail = Email.objects.get(template="confirm_email", to=[email])
    waiting = Membership.objects.get(user=user).moved_at
    client.post(re.search(r"http://localhost:8000(/\S+)", mail.text)[1])
    return waiting


def told():
    return [(mail.to, mail.text) for mail in Email.objects.filter(template="address_moved")]


def test_user_leaves_company_email_domain_change_needs_re_verification(client, admin):
    person = member(admin, email="andrea@ici.example")

    before = move(client, person, "andrea@ailleurs.example")

    assert before is None  # nothing happens before the new address is confirmed
    assert User.objects.get(pk=person.pk).email == "andrea@ailleurs.example"
    [(to, text)] = told()
    assert to == [admin.email]
    assert "andrea@ici.example" in text
    assert "andrea@ailleurs.example" in text
    line = admin.organisation.history.latest("pk")
    assert line.changes == {str(person): ["andrea@ici.example", "andrea@ailleurs.example"]}
    client.force_login(admin)
    assert NOTICE in client.get(reverse("accounts:members")).text
    for _ in range(2):
        page = client.post(reverse("accounts:member_vouch", args=[person.membership.pk]), follow=True)
    assert NOTICE not in page.text
    assert "attend plus votre avis" in page.text  # the second click
    assert Membership.objects.get(user=person).moved_at is None


@pytest.mark.parametrize("email", ["autre@ici.example", "andrea@maison.example"])
def test_the_same_domain_or_that_of_a_colleague_is_no_news(client, admin, email):
    MembershipFactory(organisation=admin.organisation, user=UserFactory(email="c@maison.example"), role="reader")
    person = member(admin, email="andrea@ici.example")

    move(client, person, email)

    assert User.objects.get(pk=person.pk).email == email
    assert told() == []
    assert Membership.objects.get(user=person).moved_at is None


def test_a_free_mailbox_is_nobody_s_domain(client, admin):
    MembershipFactory(organisation=admin.organisation, user=UserFactory(email="c@gmail.com"), role="reader")
    person = member(admin, email="andrea@ici.example")

    move(client, person, "andrea@gmail.com")

    assert len(told()) == 1


def test_where_nobody_else_administers_staff_have_it_in_a_queue_and_say_so(client):
    person = UserFactory(password=PASSWORD, email="andrea@ici.example")
    organisation = MembershipFactory(organisation=OrganisationFactory(), user=person).organisation
    MembershipFactory(organisation=organisation, role="member")

    move(client, person, "andrea@ailleurs.example")

    assert told() == []
    assert list(addresses.for_staff()) == [organisation]
    sign_in_staff(client)
    page = client.get(reverse("admin:accounts_organisation_changelist") + "?equipe=adresse")
    assert [row.pk for row in page.context["cl"].result_list] == [organisation.pk]
    client.post(reverse("admin:accounts_organisation_transition", args=[organisation.pk, "vouch"]))
    assert not addresses.for_staff().exists()


def test_nobody_vouches_for_themselves_nor_without_administering(admin):
    person = member(admin)
    membership = person.membership
    Membership.objects.update(moved_at=admin.date_joined)

    for by in (person, sme_user(), colleague(admin, "member")):
        with pytest.raises(PermissionDenied):
            addresses.vouch(membership, by=by)
    with pytest.raises(PermissionDenied):
        addresses.vouch(admin.membership, by=admin)
    membership.end(by=admin)
    with pytest.raises(StateError):
        addresses.vouch(membership, by=admin)

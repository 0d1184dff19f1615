"""Whose an organisation is: what an address tells of its owner, and who takes over when nobody is left."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from accounts import domains, orphans, tasks
from accounts.models import Email, Membership, Organisation, User
from tests.accounts.test_joining import JOIN, MONDAY, ask, told
from tests.factories import (
    MembershipFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("a@gmail.com", "messagerie personnelle"),
        ("a@yopmail.com", "adresse jetable"),
        ("a@maison.demo.example", "même domaine"),
        ("a@ailleurs.demo.example", "personne de l'équipe n'utilise"),
    ],
)
def test_what_an_address_tells_of_its_owner(email, said):
    member = MembershipFactory(user__email="b@maison.demo.example")

    assert said in str(domains.hint(email, member.organisation))


def test_a_domain_suggests_the_organisation_of_who_shares_it_to_a_confirmed_address_alone(client):
    group = group_user()
    User.objects.filter(pk=group.pk).update(email="b@maison.demo.example")
    EmailAddress.objects.filter(user=group).update(email="b@maison.demo.example")
    for email, confirmed, shown in [
        ("a@maison.demo.example", True, True),
        ("c@maison.demo.example", False, False),
        ("a@ailleurs.demo.example", True, False),
    ]:
        person = UserFactory(email=email, confirmed=confirmed)
        client.force_login(person)
        assert (group.organisation.name in client.get(JOIN).text) is shown


def test_a_domain_that_many_organisations_share_suggests_none():
    for number in range(domains.MOST + 1):
        MembershipFactory(user__email=f"m{number}@fournisseur.demo.example")

    assert domains.suggested(UserFactory(email="a@fournisseur.demo.example")) == []


def test_an_organisation_whose_administrators_are_gone_gets_another_from_its_own():
    admin = sme_user()
    old, recent = colleague(admin), colleague(admin, Membership.Role.READER)
    never = colleague(admin)
    User.objects.filter(pk=admin.pk).update(is_active=False)
    User.objects.filter(pk=old.pk).update(last_login=timezone.now() - timedelta(days=90))
    User.objects.filter(pk=recent.pk).update(last_login=timezone.now())

    tasks.rescue_orphans()
    tasks.rescue_orphans()

    roles = dict(admin.organisation.memberships.values_list("user", "role"))
    assert [roles[person.pk] for person in (recent, old, never)] == ["admin", "admin", "member"]
    assert sorted(told("orphan_rescued")) == sorted([recent.email, old.email])


def test_what_the_night_s_sweeps_tell_leaves_when_offices_open():
    stranger, admin = sme_user(), sme_user()
    EmailAddress.objects.filter(user=stranger).update(verified=False)
    asked, heir = ask(stranger.organisation), colleague(admin)
    Email.objects.all().delete()
    Organisation.objects.update(created_at=timezone.now() - timedelta(days=8))
    User.objects.filter(pk=admin.pk).update(is_active=False)

    with time_machine.travel(MONDAY + timedelta(days=4, hours=12), tick=False):  # late on a Friday
        tasks.forget_unconfirmed()
        tasks.rescue_orphans()

    leaves = {mail.to[0]: timezone.localtime(mail.try_at) for mail in Email.objects.all()}
    assert leaves.keys() == {asked.user.email, heir.email}
    assert {f"{at:%d/%m %H:%M}" for at in leaves.values()} == {"08/03 08:00"}


def test_an_organisation_without_anybody_waits_for_staff(client):
    admin = sme_user()
    colleague(sme_user())
    User.objects.filter(pk=admin.pk).update(is_active=False)

    tasks.rescue_orphans()

    assert list(orphans.for_staff()) == [admin.organisation]
    sign_in_staff(client)
    page = client.get(reverse("admin:accounts_organisation_changelist"), {"equipe": "personne"})
    assert [row.pk for row in page.context["cl"].result_list] == [admin.organisation.pk]

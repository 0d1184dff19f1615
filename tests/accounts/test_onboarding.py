"""Staff open, or refuse, a group's access; its people read of it in their own language."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import onboarding, tasks
from accounts.models import Email, Membership, Organisation, User
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    colleague,
    sme_user,
)


@pytest.fixture
def group():
    return OrganisationFactory(group=True, waiting=True, name="DÉMO Groupe Nouveau")


@pytest.fixture
def admin(group):
    return MembershipFactory(organisation=group, user=UserFactory(language="en", first_name="Dominique")).user


def test_an_approved_group_may_act_and_its_admin_reads_so(group, admin):
    colleague(admin, Membership.Role.READER)
    staff = UserFactory(staff=True)

    onboarding.approve(group, by=staff)

    assert group.is_active
    mail = Email.objects.get()
    assert (mail.to, mail.language, mail.reply_to) == ([admin.email], "en", ["contact@demo.example"])
    assert "DÉMO Groupe Nouveau" in mail.subject
    assert "Dominique" in mail.text
    assert "http://localhost:8000/tableau-de-bord/" in mail.text
    assert group.history.get().actor == staff


def test_a_refused_group_reads_the_reason(group, admin):
    onboarding.refuse(group, by=UserFactory(staff=True), reason="Ce n'est pas un grand groupe.")

    assert group.state == "refused"
    mail = Email.objects.get()
    assert "Ce n'est pas un grand groupe." in mail.text
    assert "Ce n&#x27;est pas un grand groupe." in mail.html


@pytest.mark.parametrize("again", [onboarding.approve, lambda o, by: onboarding.refuse(o, by=by, reason="")])
def test_a_second_click_is_refused_and_writes_no_second_mail(group, admin, again):
    staff = UserFactory(staff=True)
    onboarding.approve(group, by=staff)

    with pytest.raises(StateError):
        again(group, by=staff)

    assert Email.objects.count() == 1


@pytest.mark.parametrize(("days", "verified", "stays"), [(6, False, True), (8, False, False), (8, True, True)])
def test_a_sign_up_that_nobody_confirms_gives_its_siren_back_after_a_week(days, verified, stays):
    person = sme_user()
    EmailAddress.objects.filter(user=person).update(verified=verified)
    Organisation.objects.update(created_at=timezone.now() - timedelta(days=days))

    tasks.forget_unconfirmed()
    tasks.forget_unconfirmed()

    assert Organisation.objects.exists() is stays
    assert User.objects.filter(pk=person.pk).exists() is stays


def test_what_others_keep_of_a_company_keeps_it():
    application = ApplicationFactory(sent=True)
    EmailAddress.objects.update(verified=False)
    Organisation.objects.update(created_at=timezone.now() - timedelta(days=30))

    tasks.forget_unconfirmed()

    assert Organisation.objects.filter(pk=application.company_id).exists()

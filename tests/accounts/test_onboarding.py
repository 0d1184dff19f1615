"""Staff open, or refuse, a group's access; its people read of it in their own language."""

import pytest

from accounts import onboarding
from accounts.models import Email, Membership
from pacte.states import StateError
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, colleague


@pytest.fixture
def group():
    return OrganisationFactory(group=True, waiting=True, name="DÉMO Groupe Nouveau")


@pytest.fixture
def admin(group):
    return MembershipFactory(organisation=group, user=UserFactory(language="en", first_name="Dominique")).user


def test_an_approved_group_may_act_and_its_admin_reads_so(group, admin):
    colleague(admin, Membership.Role.READER)
    staff = UserFactory(staff=True)

    onboarding.approve_group(group, by=staff)

    assert group.is_active
    mail = Email.objects.get()
    assert (mail.to, mail.language, mail.reply_to) == ([admin.email], "en", ["contact@demo.example"])
    assert "DÉMO Groupe Nouveau" in mail.subject
    assert "Dominique" in mail.text
    assert "http://localhost:8000/tableau-de-bord/" in mail.text
    assert group.history.get().actor == staff


def test_a_refused_group_reads_the_reason(group, admin):
    onboarding.refuse_group(group, by=UserFactory(staff=True), reason="Ce n'est pas un grand groupe.")

    assert group.state == "refused"
    mail = Email.objects.get()
    assert "Ce n'est pas un grand groupe." in mail.text
    assert "Ce n&#x27;est pas un grand groupe." in mail.html


@pytest.mark.parametrize(
    "again", [onboarding.approve_group, lambda o, by: onboarding.refuse_group(o, by=by, reason="")]
)
def test_a_second_click_is_refused_and_writes_no_second_mail(group, admin, again):
    staff = UserFactory(staff=True)
    onboarding.approve_group(group, by=staff)

    with pytest.raises(StateError):
        again(group, by=staff)

    assert Email.objects.count() == 1

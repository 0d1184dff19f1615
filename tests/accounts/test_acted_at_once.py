"""Two people act at once on one membership, one invitation, one organisation: one wins, the other is told."""

import pytest

from accounts import invitations, joining, onboarding, suspension, team
from accounts.models import Email, Invitation, JoinRequest, Membership, Organisation, User
from matching import ceasing
from pacte.states import StateError
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, colleague, group_user, sme_user
from tests.matching.test_decided_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
Role = Membership.Role
WHY = "Une plainte est à l'étude."


def told():
    return sorted(Email.objects.values_list("template", flat=True))


def refused(outcomes):
    """In words, each of them."""
    found = [one for one in outcomes if isinstance(one, StateError)]
    assert all(str(one) for one in found)
    return found


def test_a_role_given_while_the_membership_ends_comes_before_it_or_not_at_all():
    admin = sme_user()
    others = [admin, colleague(admin, Role.ADMIN)]
    leaver = colleague(admin).membership
    mine, theirs = [Membership.objects.get(pk=leaver.pk) for _ in range(2)]

    role, end = at_once(
        lambda: team.give_role(mine, Role.READER, by=others[0]), lambda: team.end(theirs, by=others[1])
    )

    leaver = Membership.objects.get(pk=leaver.pk)
    given = not isinstance(role, StateError)
    assert end is None
    assert leaver.ended_at
    assert leaver.role == (Role.READER if given else Role.MEMBER)
    assert told() == ["membership_ended", *["membership_role"] * given]
    assert admin.organisation.history.count() == 1 + given


def test_of_two_administrators_who_demote_each_other_one_stays():
    admin = group_user()
    other = colleague(admin, Role.ADMIN)
    rows = {one.pk: Membership.objects.get(user=one) for one in (admin, other)}

    outcomes = at_once(
        lambda: team.give_role(rows[other.pk], Role.MEMBER, by=admin),
        lambda: team.give_role(rows[admin.pk], Role.MEMBER, by=other),
    )

    assert len(refused(outcomes)) == 1
    assert admin.organisation.memberships.admins().count() == 1
    assert told() == ["membership_role"]


@pytest.fixture
def invitation():
    admin = sme_user()
    return invitations.invite(admin.organisation, "invitee@example.com", Role.MEMBER, by=admin)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_of_two_acceptances_of_one_invitation_one_lets_in(invitation):
    person = UserFactory(email=invitation.email)

    outcomes = at_once(
        *[lambda: invitations.accept(Invitation.objects.get(), by=User.objects.get(pk=person.pk)) for _ in range(2)]
    )

    assert len(refused(outcomes)) == 1
    assert person.memberships.count() == 1
    assert invitation.organisation.history.filter(actor=person).count() == 1
    assert told() == ["member_invited"]


def test_of_two_newcomers_with_one_link_one_has_the_account(invitation):
    who = [invitations.Newcomer(name, "Essai", "une phrase qui se retient", "fr") for name in ("Andrea", "Camille")]

    outcomes = at_once(*[lambda one=one: invitations.come_in(Invitation.objects.get(), one) for one in who])

    [lost] = refused(outcomes)
    assert "plus valable" in str(lost)
    assert User.objects.filter(email=invitation.email).count() == 1
    assert invitation.organisation.memberships.count() == 2


def test_an_invitation_taken_back_while_it_is_accepted_is_one_or_the_other(invitation):
    person, admin = UserFactory(email=invitation.email), invitation.invited_by

    came, taken = at_once(
        lambda: invitations.accept(Invitation.objects.get(), by=User.objects.get(pk=person.pk)),
        lambda: invitations.revoke(Invitation.objects.select_related("organisation").get(), by=admin),
    )

    assert len(refused([came, taken])) == 1
    assert person.memberships.exists() is (taken is not None)


@pytest.mark.parametrize("acts", [("accept", "accept"), ("accept", "refuse"), ("refuse", "refuse")])
def test_of_two_administrators_who_answer_one_join_request_one_does(acts):
    admin = sme_user()
    people = [admin, colleague(admin, Role.ADMIN)]
    asked = joining.ask(admin.organisation, by=UserFactory())
    rows = [JoinRequest.objects.select_related("organisation", "user").get(pk=asked.pk) for _ in range(2)]
    do = {
        "accept": lambda row, by: joining.accept(row, Role.MEMBER, by=by),
        "refuse": lambda row, by: joining.refuse(row, by=by, reason="Inconnue."),
    }
    Email.objects.all().delete()

    outcomes = at_once(*[
        lambda act=act, row=row, by=by: do[act](row, by) for act, row, by in zip(acts, rows, people, strict=True)
    ])  # fmt: skip

    assert len(refused(outcomes)) == 1
    state = fresh(asked).state
    assert told() == [f"join_{state}"]
    assert asked.user.memberships.count() == (state == "accepted")
    assert asked.history.filter(after=state).count() == 1


STAFF_ACTS = {
    "approve": lambda row, by: onboarding.approve(row, by=by),
    "refuse": lambda row, by: onboarding.refuse(row, by=by, reason=WHY),
    "suspend": lambda row, by: suspension.suspend(row, by=by, reason=WHY),
    "restore": lambda row, by: suspension.restore(row, by=by, reason=WHY),
    "close": lambda row, by: ceasing.close(row, by=by, reason=WHY),
}


@pytest.mark.parametrize(
    ("state", "one", "other"),
    [
        ("to_verify", "approve", "refuse"),
        ("to_verify", "approve", "approve"),
        ("verified", "suspend", "suspend"),
        ("verified", "suspend", "close"),
        ("suspended", "restore", "restore"),
        ("suspended", "restore", "close"),
    ],
)
def test_of_two_of_the_staff_who_act_on_one_organisation_one_does(state, one, other):
    organisation = OrganisationFactory(group=True, state=state)
    MembershipFactory(organisation=organisation)
    people = [UserFactory(staff=True), UserFactory(staff=True)]
    rows = [fresh(organisation), fresh(organisation)]

    outcomes = at_once(lambda: STAFF_ACTS[one](rows[0], people[0]), lambda: STAFF_ACTS[other](rows[1], people[1]))

    assert len(refused(outcomes)) == 1
    assert len(told()) == 1
    [line] = organisation.history.all()
    assert (line.before, line.after) == (state, Organisation.objects.get().state)

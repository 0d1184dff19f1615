"""The tables of a join request, an invitation, a charter and its signature, cell by cell and by actor."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import charters, invitations, joining
from accounts.models import Charter, Email, Invitation, JoinRequest, Membership, Signature
from pacte.states import StateError
from tests.factories import CharterFactory, UserFactory, colleague, group_user, sme_user

Asked = JoinRequest.State
PEOPLE = {
    "who asks": lambda asker, admin: asker,
    "who administers": lambda asker, admin: admin,
    "another administrator": lambda asker, admin: colleague(admin, Membership.Role.ADMIN),
    "a member": lambda asker, admin: colleague(admin),
    "another organisation's": lambda asker, admin: sme_user(),
    "staff": lambda asker, admin: UserFactory(staff=True),
}
HELM = {"who administers", "another administrator", "staff"}
JOIN_ACTS = {
    "accept": lambda row, by: joining.accept(row, "reader", by=by),
    "refuse": lambda row, by: joining.refuse(row, by=by, reason="Inconnue."),
    "withdraw": lambda row, by: joining.withdraw(row, by=by),
}
JOIN_TABLE = {  # transition: who may, from where, to where, the mail to who asked
    "accept": (HELM, {Asked.ASKED}, Asked.ACCEPTED, ["join_accepted"]),
    "refuse": (HELM, {Asked.ASKED}, Asked.REFUSED, ["join_refused"]),
    "withdraw": ({"who asks"}, {Asked.TO_CONFIRM, Asked.ASKED}, Asked.WITHDRAWN, []),
}


def asked(state, admin):
    asker = UserFactory(email="demande@example.com")
    moment = None if state == Asked.TO_CONFIRM else timezone.now()
    row = JoinRequest.objects.create(organisation=admin.organisation, user=asker, state=state, asked_at=moment)
    return row, asker


def told():
    return list(Email.objects.order_by("pk").values_list("template", "to"))


@pytest.mark.parametrize("actor", PEOPLE)
@pytest.mark.parametrize("name", JOIN_TABLE)
@pytest.mark.parametrize("state", Asked.values)
def test_every_cell_of_a_join_request_does_what_the_table_says_or_refuses(state, name, actor):
    admin = sme_user()
    row, asker = asked(state, admin)
    who, states, to, mails = JOIN_TABLE[name]
    by = PEOPLE[actor](asker, admin)

    if actor in who and state in states:
        JOIN_ACTS[name](row, by)
        end, lines = to, [(state, to, by.pk)]
    else:
        with pytest.raises(StateError if actor in who else PermissionDenied):
            JOIN_ACTS[name](row, by)
        end, lines, mails = state, [], []

    row = JoinRequest.objects.get()
    assert row.state == end
    assert list(row.history.values_list("before", "after", "actor")) == lines
    assert told() == [(mail, [asker.email]) for mail in mails]
    assert list(asker.memberships.values_list("role", flat=True)) == (["reader"] if lines and name == "accept" else [])


@pytest.mark.parametrize("state", Asked.values)
def test_a_month_without_an_answer_ends_what_waits_and_nothing_else(state, time_machine):
    time_machine.move_to("2027-03-01T10:00:00+01:00")
    row, asker = asked(state, sme_user())
    JoinRequest.objects.exclude(asked_at=None).update(asked_at=timezone.now() - timedelta(days=30))

    joining.chase()
    joining.chase()

    row = JoinRequest.objects.get()
    over = state == Asked.ASKED
    assert row.state == (Asked.EXPIRED if over else state)
    assert list(row.history.values_list("before", "after", "actor")) == [(state, Asked.EXPIRED, None)] * over
    assert told() == [("join_expired", [asker.email])] * over


@pytest.mark.parametrize("state", Asked.values)
def test_a_confirmed_address_passes_on_what_waited_for_it_and_nothing_else(state):
    admin = sme_user()
    row, asker = asked(state, admin)

    joining.address_confirmed(asker)
    joining.address_confirmed(asker)

    row = JoinRequest.objects.get()
    waited = state == Asked.TO_CONFIRM
    assert row.state == (Asked.ASKED if waited else state)
    assert list(row.history.values_list("before", "after", "actor")) == [(state, Asked.ASKED, asker.pk)] * waited
    assert told() == [("join_asked", [admin.email])] * waited


INVITED = {  # how it stands: (expires in days, over)
    "open": (14, False),
    "expired": (-1, False),
    "ended": (14, True),  # accepted, taken back, or renewed by another
}
INVITED_ACTS = {
    "accept": lambda row, by: invitations.accept(row, by=by),
    "revoke": lambda row, by: invitations.revoke(row, by=by),
}
INVITED_TABLE = {  # transition: who may, from where; of the others: what they get
    "accept": ({"who asks"}, {"open"}, StateError),
    "revoke": ({"who administers", "another administrator"}, {"open", "expired", "ended"}, PermissionDenied),
}


@pytest.mark.parametrize("actor", PEOPLE)
@pytest.mark.parametrize("name", INVITED_TABLE)
@pytest.mark.parametrize("state", INVITED)
def test_every_cell_of_an_invitation_does_what_the_table_says_or_refuses(state, name, actor):
    admin, invited = sme_user(), UserFactory(email="invitee@example.com")
    days, over = INVITED[state]
    now = timezone.now()
    row = Invitation.objects.create(
        organisation=admin.organisation, email=invited.email, expires_at=now + timedelta(days=days),
        ended_at=now if over else None,
    )  # fmt: skip
    who, states, refusal = INVITED_TABLE[name]
    by = PEOPLE[actor](invited, admin)

    done = actor in who and state in states
    if done:
        INVITED_ACTS[name](row, by)
    else:
        with pytest.raises(refusal):
            INVITED_ACTS[name](row, by)

    row = Invitation.objects.get()
    assert bool(row.ended_at) is (over or done)
    assert row.accepted_by == (invited if done and name == "accept" else None)
    assert invited.memberships.exists() is (done and name == "accept")
    assert told() == []


@pytest.mark.parametrize("actor", [one for one in PEOPLE if one != "who asks"])
@pytest.mark.parametrize("empty", [False, True])
def test_who_administers_invites_and_staff_the_first_of_a_house_without_anybody(empty, actor):
    admin = sme_user()
    its, by = admin.organisation, PEOPLE[actor](None, admin)
    if empty:
        its.memberships.all().delete()
    acts = {
        "invite": lambda: invitations.invite(its, "n@example.com", "member", by=by),
        "first": lambda: invitations.invite_first(its, "n@example.com", by=by),
    }
    may = "first" if actor == "staff" and empty else "invite" if actor in HELM - {"staff"} and not empty else ""

    for name, act in acts.items():
        if name == may:
            act()
        else:
            with pytest.raises(StateError if (actor, name) == ("staff", "first") else PermissionDenied):
                act()

    assert told() == [("member_invited", ["n@example.com"])] * bool(may)


SIGNERS = {
    "who administers the group": lambda: group_user(),
    "a member of the group": lambda: colleague(group_user()),
    "a reader of the group": lambda: colleague(group_user(), Membership.Role.READER),
    "who administers an SME": lambda: sme_user(),
    "a member of an SME": lambda: colleague(sme_user()),
    "a reader of an SME": lambda: colleague(sme_user(), Membership.Role.READER),
    "staff": lambda: UserFactory(staff=True),
}
SIGNS = {
    "group": {"who administers the group"},
    "sme": {"who administers an SME", "a member of an SME"},
}
State = Charter.State


@pytest.mark.parametrize("actor", SIGNERS)
@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("kind", SIGNS)
def test_every_cell_of_a_signature_is_signed_or_refused(kind, state, actor):
    published = None if state == State.DRAFT else timezone.now()
    charter = CharterFactory(kind=kind, state=state, published_at=published)
    by = SIGNERS[actor]()

    done = actor in SIGNS[kind] and state == State.IN_FORCE
    if done:
        charters.sign(kind, charter.version, by=by)
        charters.sign(kind, charter.version, by=by)
    else:
        with pytest.raises(StateError if actor in SIGNS[kind] else PermissionDenied):
            charters.sign(kind, charter.version, by=by)

    rows = Signature.objects.values_list("charter", "organisation", "person")
    assert list(rows) == ([(charter.pk, by.organisation.pk, by.pk)] if done else [])
    assert told() == []


@pytest.mark.parametrize("actor", SIGNERS)
@pytest.mark.parametrize("state", State.values)
def test_every_cell_of_a_charter_is_put_into_force_by_staff_or_refused(state, actor):
    published = None if state == State.DRAFT else timezone.now()
    charter = CharterFactory(state=state, published_at=published)
    before = CharterFactory(in_force=True) if state != State.IN_FORCE else None
    by = SIGNERS[actor]()

    done = actor == "staff" and state == State.DRAFT
    if done:
        charters.publish(charter, by=by)
    else:
        with pytest.raises(StateError if actor == "staff" else PermissionDenied):
            charters.publish(charter, by=by)

    charter.refresh_from_db()
    assert charter.state == (State.IN_FORCE if done else state)
    lines = [(state, State.IN_FORCE, by.pk)] * done
    assert list(charter.history.values_list("before", "after", "actor")) == lines
    if before:
        before.refresh_from_db()
        assert before.state == (State.REPLACED if done else State.IN_FORCE)

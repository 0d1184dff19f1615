"""The table of an organisation's states, cell by cell: every state, every transition, every actor, both kinds."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts import onboarding, suspension
from accounts.models import Email, Organisation
from matching import ceasing
from pacte.states import StateError
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, group_user, sme_user

State = Organisation.State
WHY = "Une plainte est à l'étude."
ACTS = {
    "approve": lambda row, by: onboarding.approve(row, by=by),
    "refuse": lambda row, by: onboarding.refuse(row, by=by, reason=WHY),
    "suspend": lambda row, by: suspension.suspend(row, by=by, reason=WHY),
    "restore": lambda row, by: suspension.restore(row, by=by, reason=WHY),
    "close": lambda row, by: ceasing.close(row, by=by, reason=WHY),
}
STANDING = {State.TO_VERIFY, State.VERIFIED, State.SUSPENDED}
TABLE = {  # transition, the staff's alone: from where, to where, the mail to who administers an SME, and a group
    "approve": ({State.TO_VERIFY}, State.VERIFIED, None, "group_access_approved"),
    "refuse": ({State.TO_VERIFY}, State.REFUSED, None, "group_access_refused"),
    "suspend": ({State.VERIFIED}, State.SUSPENDED, "organisation_suspended", "organisation_suspended"),
    "restore": ({State.SUSPENDED}, State.VERIFIED, "organisation_restored", "organisation_restored"),
    "close": (STANDING, State.CLOSED, "organisation_closed", "organisation_closed"),
}
ACTORS = {
    "staff": lambda its_own: UserFactory(staff=True),
    "who administers it": lambda its_own: its_own,
    "an SME's": lambda its_own: sme_user(),
    "a group's": lambda its_own: group_user(),
}


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("kind", Organisation.Kind.values)
def test_every_cell_does_what_the_table_says_or_refuses(kind, state, name, actor):
    row = OrganisationFactory(group=kind == "group", state=state)
    person = MembershipFactory(organisation=row).user
    MembershipFactory(organisation=row, role="member")
    states, to, *mails = TABLE[name]
    by = ACTORS[actor](person)

    if actor == "staff" and state in states:
        ACTS[name](row, by)
        end, lines, mail = to, [(state, to, by.pk)], mails[kind == "group"]
    else:
        with pytest.raises(StateError if actor == "staff" else PermissionDenied):
            ACTS[name](row, by)
        end, lines, mail = state, [], None

    row = Organisation.objects.get(pk=row.pk)
    assert row.state == end
    assert list(row.history.values_list("before", "after", "actor")) == lines
    assert list(Email.objects.values_list("template", "to")) == ([(mail, [person.email])] if mail else [])

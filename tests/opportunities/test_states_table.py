"""The table of an opportunity's states, cell by cell: every state, every transition that exists, every actor."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Email, Membership
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import OpportunityFactory, UserFactory, colleague, group_user, sme_user

State = Opportunity.State
ACTS = {
    "submit": lambda row, by: moderation.submit(row, by=by),
    "publish": lambda row, by: moderation.publish(row, by=by, reason="Vu", checked=True),
    "request changes": lambda row, by: moderation.request_changes(row, by=by, comments=[("", "Encore")]),
    "reject": lambda row, by: moderation.reject(row, by=by, reason="other"),
    "suspend": lambda row, by: moderation.suspend(row, by=by, reason="Doute"),
    "restore": lambda row, by: moderation.restore(row, by=by, reason="Levé"),
    "close": lambda row, by: moderation.close(row, by=by, reason="Trouvé"),
    "give back": lambda row, by: moderation.give_back(row),
}
DRAFTS = {State.DRAFT, State.CHANGES_REQUESTED}
TABLE = {  # transition: who may, from where, to where, the mail that tells of it
    "submit": ({"group"}, DRAFTS, State.SUBMITTED, "submitted"),
    "publish": ({"staff"}, {State.SUBMITTED, State.SUSPENDED, State.CLOSED}, State.PUBLISHED, "published"),
    "request changes": ({"staff"}, {State.SUBMITTED}, State.CHANGES_REQUESTED, "changes_requested"),
    "reject": ({"staff"}, {State.SUBMITTED}, State.REJECTED, "rejected"),
    "suspend": ({"staff", "system"}, {State.PUBLISHED}, State.SUSPENDED, "suspended"),
    "restore": ({"staff"}, {State.SUSPENDED}, State.PUBLISHED, "restored"),
    "close": ({"group", "staff", "system"}, {State.PUBLISHED}, State.CLOSED, "closed"),
    "give back": ({"system"}, {State.CHANGES_REQUESTED}, State.DRAFT, "back_to_draft"),
}
SYSTEM_TOO = {"suspend", "close"}
ACTORS = ["group", "group reader", "other group", "sme", "staff"]
CELLS = [
    (state, name, actor)
    for state in State.values
    for name in TABLE
    for actor in (["system"] if name == "give back" else [*ACTORS, *(["system"] if name in SYSTEM_TOO else [])])
]


def make(state):
    poster, now = group_user(), timezone.now()
    opportunity = OpportunityFactory(
        state=state, owner=poster.organisation, created_by=poster, submitted_at=now, published_at=now, closed_at=now
    )
    return opportunity, {
        "group": lambda: poster,
        "group reader": lambda: colleague(poster, Membership.Role.READER),
        "other group": group_user,
        "sme": sme_user,
        "staff": lambda: UserFactory(staff=True),
        "system": lambda: None,
    }


@pytest.mark.parametrize(("state", "name", "actor"), CELLS)
def test_every_cell_does_what_the_table_says_or_refuses(state, name, actor):
    opportunity, people = make(state)
    who, states, to, mail = TABLE[name]
    by = people[actor]()

    if actor in who and state in states:
        ACTS[name](opportunity, by)
        end, lines, templates = to, [(state, to, by and by.pk)], {f"opportunity_{mail}"}
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            ACTS[name](opportunity, by)
        assert actor in who or refusal.type is PermissionDenied
        end, lines, templates = state, [], set()

    assert Opportunity.objects.get().state == end
    assert list(opportunity.history.values_list("before", "after", "actor")) == lines
    assert set(Email.objects.values_list("template", flat=True)) == templates


WITHDRAWABLE = {
    "group": DRAFTS | {State.SUBMITTED, State.PUBLISHED},
    "staff": DRAFTS | {State.SUBMITTED, State.PUBLISHED, State.SUSPENDED},
}


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("state", State.values)
def test_withdrawing_is_the_group_s_and_the_staff_s_who_may_even_where_it_is_suspended(state, actor):
    opportunity, people = make(state)

    if state in WITHDRAWABLE.get(actor, set()):
        moderation.withdraw(opportunity, by=people[actor](), reason="Fin")
        end = State.WITHDRAWN
    else:
        with pytest.raises((StateError, PermissionDenied)):
            moderation.withdraw(opportunity, by=people[actor](), reason="Fin")
        end = state

    assert Opportunity.objects.get().state == end

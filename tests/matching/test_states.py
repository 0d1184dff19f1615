"""The table of an application's states, cell by cell: every state, every transition, every actor."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, introduce, thread
from matching.models import Application
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

State = Application.State
SENT, SHORT, WAIT = State.SENT, State.SHORTLISTED, State.WAITLISTED
OPEN = {SENT, SHORT, WAIT}
ACTS = {
    "send": lambda row, by: apply.send(row, by=by, consented=True),
    "shortlist": lambda row, by: apply.shortlist(row, by=by),
    "accept": lambda row, by: introduce.accept(row, by=by),
    "decline": lambda row, by: apply.decline(row, by=by, reason="size"),
    "reexamine": lambda row, by: apply.reexamine(row, by=by),
    "withdraw": lambda row, by: apply.withdraw(row, by=by),
    "ask": lambda row, by: thread.ask(row, by=by, text="Quel délai ?"),
    "leave unanswered": lambda row, by: apply.leave_unanswered(row),
    "cancel": lambda row, by: apply.cancel(row),
}
TABLE = {  # transition: who may, from where, to where, the mail that tells of it
    "send": ({"sme"}, {State.DRAFT}, SENT, "application_received"),
    "shortlist": ({"group"}, {SENT}, SHORT, "application_shortlisted"),
    "accept": ({"group"}, OPEN, State.ACCEPTED, "introduction"),
    "decline": ({"group"}, OPEN, State.DECLINED, "application_declined"),
    "reexamine": ({"group", "staff"}, {State.DECLINED}, SENT, "application_reexamined"),
    "withdraw": ({"sme"}, OPEN | {State.DRAFT}, State.WITHDRAWN, "application_withdrawn"),
    "ask": ({"group"}, OPEN, None, "application_question"),
    "leave unanswered": ({"system"}, OPEN, State.UNANSWERED, "application_unanswered"),
    "cancel": ({"system"}, OPEN | {State.DRAFT}, State.CANCELLED, "application_cancelled"),
}
ACTORS = ["sme", "sme reader", "other sme", "group", "group reader", "other group", "staff", "system"]
CELLS = [
    (state, name, actor)
    for state in State.values
    for name, (who, *_rest) in TABLE.items()
    for actor in (["system"] if who == {"system"} else [one for one in ACTORS if one != "system"])
]


def make(state):
    decider = group_user()
    opportunity = OpportunityFactory(published=True, owner=decider.organisation, created_by=decider)
    application = ApplicationFactory(
        sent=state != State.DRAFT, state=state, opportunity=opportunity, decline_reason="size",
        waitlisted_at=timezone.now(), decided_at=timezone.now(),
    )  # fmt: skip
    return application, {
        "sme": lambda: application.contact,
        "sme reader": lambda: colleague(application.contact, Membership.Role.READER),
        "other sme": sme_user,
        "group": lambda: decider,
        "group reader": lambda: colleague(decider, Membership.Role.READER),
        "other group": group_user,
        "staff": lambda: UserFactory(staff=True),
        "system": lambda: None,
    }


@pytest.mark.parametrize(("state", "name", "actor"), CELLS)
def test_every_cell_does_what_the_table_says_or_refuses(state, name, actor):
    application, people = make(state)
    who, states, to, mail = TABLE[name]
    by = people[actor]()

    if actor in who and state in states:
        ACTS[name](application, by)
        end, lines = to or state, [(state, to, by and by.pk)] if to else []
        # nobody but its company knew of a draft
        templates = set() if state == State.DRAFT and name == "withdraw" else {mail}
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            ACTS[name](application, by)
        assert actor in who or refusal.type is PermissionDenied
        end, lines, templates = state, [], set()

    application = Application.objects.get()
    assert application.state == end
    assert list(application.history.values_list("before", "after", "actor")) == lines
    told = set(Email.objects.values_list("template", flat=True))
    assert templates <= told
    assert bool(told) == bool(templates)


@pytest.mark.parametrize(("days", "may"), [(29, True), (30, False)])
def test_a_group_may_take_its_no_back_for_thirty_days_and_staff_for_ever(days, may, time_machine):
    application, people = make(State.DECLINED)
    time_machine.move_to(timezone.now() + timedelta(days=days, minutes=1))

    if may:
        apply.reexamine(application, by=people["group"]())
    else:
        with pytest.raises(StateError):
            apply.reexamine(application, by=people["group"]())
        apply.reexamine(application, by=people["staff"]())

    application = Application.objects.get()
    assert (application.state, application.decline_reason, application.decided_at) == (SENT, "", None)


def test_a_no_said_again_is_told_again():
    application, people = make(SENT)
    group = people["group"]()
    apply.decline(application, by=group, reason="size")
    apply.reexamine(application, by=group)

    apply.decline(application, by=group, reason="country")

    assert Email.objects.filter(template="application_declined").count() == 2


@pytest.mark.parametrize("opportunity_state", ["suspended", "withdrawn"])
@pytest.mark.parametrize("name", ["shortlist", "accept", "decline", "reexamine", "ask"])
def test_nothing_is_decided_while_the_opportunity_is_out(opportunity_state, name):
    application, people = make(State.DECLINED if name == "reexamine" else SENT)
    application.opportunity.state = opportunity_state
    application.opportunity.save()

    with pytest.raises(StateError):
        ACTS[name](application, people["group"]())

    assert not Email.objects.exists()

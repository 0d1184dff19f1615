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
    "accept, no place left": lambda row, by: introduce.accept(row, by=by),
    "decline": lambda row, by: apply.decline(row, by=by, reason="size"),
    "reexamine": lambda row, by: apply.reexamine(row, by=by),
    "withdraw": lambda row, by: apply.withdraw(row, by=by),
    "ask": lambda row, by: thread.ask(row, by=by, text="Quel délai ?"),
    "answer": lambda row, by: thread.answer(row, by=by, text="Six mois."),
    "leave unanswered": lambda row, by: apply.leave_unanswered(row),
    "cancel": lambda row, by: apply.cancel(row),
}
SME, GROUP = "p@example.com", "c@example.com"  # who is written to for each side
TABLE = {  # transition: who may, from where, to where, the mails that tell of it and to whom
    "send": ({"sme"}, {State.DRAFT}, SENT, [("application_arrived", GROUP), ("application_received", SME)]),
    "shortlist": ({"group"}, {SENT}, SHORT, [("application_shortlisted", SME)]),
    "accept": ({"group"}, OPEN, State.ACCEPTED, [("introduction", f"{SME} {GROUP}")]),
    "accept, no place left": ({"group"}, {SENT, SHORT}, WAIT, [("application_waitlisted", SME)]),
    "decline": ({"group"}, OPEN, State.DECLINED, [("application_declined", SME)]),
    "reexamine": ({"group", "staff"}, {State.DECLINED}, SENT, [("application_reexamined", SME)]),
    "withdraw": ({"sme"}, OPEN | {State.DRAFT}, State.WITHDRAWN, [("application_withdrawn", GROUP)]),
    "ask": ({"group"}, OPEN, None, [("application_question", SME)]),
    "answer": ({"sme"}, OPEN, None, [("application_answer", GROUP)]),
    "leave unanswered": ({"system"}, OPEN, State.UNANSWERED, [("application_unanswered", SME)]),
    "cancel": ({"system"}, OPEN | {State.DRAFT}, State.CANCELLED, [("application_cancelled", SME)]),
}
ACTORS = ["sme", "sme reader", "other sme", "group", "group reader", "other group", "staff", "system"]
CELLS = [
    (state, name, actor)
    for state in State.values
    for name, (who, *_rest) in TABLE.items()
    for actor in (["system"] if who == {"system"} else [one for one in ACTORS if one != "system"])
]


def make(state, name=""):
    decider = group_user()
    opportunity = OpportunityFactory(
        published=True, owner=decider.organisation, created_by=decider, contact_email=GROUP, deputy_email="",
        capacity=1 if name == "accept, no place left" else 2,
    )  # fmt: skip
    if name == "accept, no place left":
        ApplicationFactory(sent=True, state=State.ACCEPTED, opportunity=opportunity)
    application = ApplicationFactory(
        sent=state != State.DRAFT, state=state, opportunity=opportunity, decline_reason="size",
        waitlisted_at=timezone.now(), decided_at=timezone.now(), awaiting="sme" if name == "answer" else "",
    )  # fmt: skip
    application.contact.email = SME
    application.contact.save()
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
    application, people = make(state, name)
    who, states, to, told = TABLE[name]
    by = people[actor]()

    if actor in who and state in states:
        ACTS[name](application, by)
        end, lines, mails = to or state, [(state, to, by and by.pk)] if to else [], told
        if state == State.DRAFT and name == "withdraw":
            mails = []  # nobody but its company knew of a draft
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            ACTS[name](application, by)
        assert refusal.type is (StateError if actor in who else PermissionDenied)
        end, lines, mails = state, [], []

    application = Application.objects.get(pk=application.pk)
    assert application.state == end
    assert list(application.history.values_list("before", "after", "actor")) == lines
    assert sorted((mail.template, " ".join(mail.to)) for mail in Email.objects.all()) == mails


@pytest.mark.parametrize("actor", [one for one in ACTORS if one != "system"])
@pytest.mark.parametrize("state", State.values)
def test_it_is_seen_once_its_group_looks_at_what_was_sent_and_nobody_is_told(state, actor):
    application, people = make(state)
    by = people[actor]()

    apply.see(application, by=by)
    seen = Application.objects.get().seen_at
    apply.see(application, by=by)

    application = Application.objects.get()
    assert application.seen_at == seen  # the first look
    assert bool(seen) is (actor in {"group", "group reader"} and state != State.DRAFT)
    assert (application.state, application.history.count(), Email.objects.count()) == (state, 0, 0)


def test_what_nobody_asked_is_not_answered():
    application, people = make(SENT)

    with pytest.raises(StateError, match="Aucune question"):
        thread.answer(application, by=people["sme"](), text="Six mois.")

    assert not Email.objects.exists()


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

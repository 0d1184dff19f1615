"""The table of an opportunity's states, cell by cell: every state, every transition that exists, every actor."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Email, Membership
from matching import changes
from opportunities import moderation, upkeep
from opportunities.models import Opportunity, OpportunityMove
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, colleague, group_user, sme_user

State = Opportunity.State
ACTS = {
    "submit": lambda row, by: moderation.submit(row, by=by),
    "publish": lambda row, by: moderation.publish(row, by=by, reason="Vu", checked=True),
    "request changes": lambda row, by: moderation.request_changes(row, by=by, comments=[("", "Encore")]),
    "reject": lambda row, by: moderation.reject(row, by=by, reason="other"),
    "suspend": lambda row, by: moderation.suspend(row, by=by, reason="Doute"),
    "restore": lambda row, by: moderation.restore(row, by=by, reason="Levé"),
    "close": lambda row, by: close(row, by),
    "give back": lambda row, by: moderation.give_back(row),
}


def close(row, by):
    """With what tells of it."""
    moderation.close(row, by=by, reason="Trouvé")
    changes.announce_of(row)


DRAFTS = {State.DRAFT, State.CHANGES_REQUESTED}
TABLE = {  # transition: who may, from where, to where, the mail that tells of it
    "submit": ({"group"}, DRAFTS, State.SUBMITTED, "submitted"),
    "publish": ({"staff"}, {State.SUBMITTED}, State.PUBLISHED, "published"),
    "request changes": ({"staff"}, {State.SUBMITTED}, State.CHANGES_REQUESTED, "changes_requested"),
    "reject": ({"staff"}, {State.SUBMITTED}, State.REJECTED, "rejected"),
    "suspend": ({"staff", "system"}, {State.PUBLISHED}, State.SUSPENDED, "suspended"),
    "restore": ({"staff"}, {State.SUSPENDED}, State.PUBLISHED, "restored"),
    "close": ({"group", "staff", "system"}, {State.PUBLISHED}, State.CLOSED, "closed"),
    "give back": ({"system"}, {State.CHANGES_REQUESTED}, State.DRAFT, "back_to_draft"),
}
ACTORS = ["group", "group reader", "other group", "sme", "staff", "system"]
CELLS = [
    (state, name, actor)
    for state in State.values
    for name in TABLE
    for actor in (["system"] if name == "give back" else ACTORS)  # nobody else can
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
        if (name, actor) == ("close", "system"):  # told in the morning, in the one mail of that day
            templates = set()
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

    by = people[actor]()

    if state in WITHDRAWABLE.get(actor, set()):
        moderation.withdraw(opportunity, by=by, reason="Fin")
        end, lines = State.WITHDRAWN, [(state, State.WITHDRAWN, by.pk, "Fin", state not in DRAFTS)]
        templates = {"opportunity_withdrawn"} if actor == "staff" else set()  # the group knows what it has done
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            moderation.withdraw(opportunity, by=by, reason="Fin")
        assert actor in WITHDRAWABLE or refusal.type is PermissionDenied
        end, lines, templates = state, [], set()

    due = [(*line[:4], True) for line in lines]  # whoever follows it or applies is still to be told
    assert Opportunity.objects.get().state == end
    assert list(opportunity.history.values_list("before", "after", "actor", "reason", "due")) == due
    assert set(Email.objects.values_list("template", flat=True)) == templates


@pytest.mark.parametrize("reason", ["", "  "])
@pytest.mark.parametrize("state", sorted(WITHDRAWABLE["staff"]))
def test_withdrawing_without_a_reason_is_for_what_its_group_has_not_published_alone(state, reason):
    opportunity, people = make(state)
    may = state in DRAFTS | {State.SUBMITTED}

    for actor in ("staff", "group"):
        if actor == "group" and may:
            moderation.withdraw(opportunity, by=people[actor](), reason=reason)
        else:
            with pytest.raises(StateError):
                moderation.withdraw(opportunity, by=people[actor](), reason=reason)

    assert Opportunity.objects.get().state == (State.WITHDRAWN if may else state)


@pytest.mark.parametrize("actor", ["group", "staff"])
def test_e41_says_to_both_contacts_why_it_was_closed_and_what_is_left_to_answer(actor):
    opportunity, people = make(State.PUBLISHED)
    ApplicationFactory(sent=True, opportunity=opportunity)

    close(opportunity, people[actor]())

    mail = Email.objects.get(template="opportunity_closed")
    assert {opportunity.contact_email, opportunity.deputy_email} <= set(mail.to)
    assert "1 réponse attendue avant le" in mail.text
    assert "Trouvé" in mail.text


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("state", State.values)
def test_still_current_is_the_group_s_to_say_of_an_undated_one_that_it_was_asked_about(state, actor):
    opportunity, people = make(state)
    Opportunity.objects.update(apply_by=None, reminded_at=timezone.now())
    if state == State.SUSPENDED:
        OpportunityMove.objects.create(subject=opportunity, before=State.PUBLISHED, after=state, reason=upkeep.STALE)
    known, by = opportunity.history.count(), people[actor]()

    if actor == "group" and state in {State.PUBLISHED, State.SUSPENDED}:
        moderation.confirm(opportunity, by=by)
        end = State.PUBLISHED
        lines = [(end, end, by.pk)]
        if state == State.SUSPENDED:
            lines.insert(0, (state, end, by.pk))
        templates = {"opportunity_restored"} if state == State.SUSPENDED else set()
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            moderation.confirm(opportunity, by=by)
        assert actor == "group" or refusal.type is PermissionDenied
        end, lines, templates = state, [], set()

    assert Opportunity.objects.get().state == end
    assert list(opportunity.history.values_list("before", "after", "actor"))[known:] == lines
    assert set(Email.objects.values_list("template", flat=True)) == templates

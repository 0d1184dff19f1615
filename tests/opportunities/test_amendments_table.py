"""The row "published, edited" of the table of states, and a closed one that opens again: every state, every actor."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Email
from opportunities import amendments
from opportunities.amendments import Effect
from opportunities.models import Amendment, Opportunity
from pacte.states import StateError
from tests.factories import CharterFactory
from tests.opportunities.test_states_table import ACTORS, make

pytestmark = pytest.mark.django_db
State, Step = Opportunity.State, Amendment.State


def day(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def edits():
    """name: what is changed, what becomes of it while the opportunity is published."""
    return {
        "words": ({"title": ["", "Autre titre"]}, Effect.SILENT),
        "extension": ({"apply_by": [day(30), day(40)], "answer_by": [day(45), day(60)]}, Effect.TOLD),
        "another promise": ({"answer_by": [day(45), day(60)]}, Effect.TOLD),
        "a sooner last day": ({"apply_by": [day(30), day(20)]}, Effect.REVIEWED),
        "country": ({"places": [["MA"], ["TN"]]}, Effect.REVIEWED),
        "kind": ({"kind": ["co_export", "portage"], "details.support": [None, ["market"]]}, Effect.REVIEWED),
        "criteria": ({"criteria": [[], [["language", "en", True]]]}, Effect.REVIEWED),
    }


REOPENS = {"extension", "a sooner last day"}  # they give a last day to apply


@pytest.mark.parametrize(
    ("name", "actor"),
    [*((name, "group") for name in edits()), *(("words", actor) for actor in ACTORS if actor != "group")],
)
@pytest.mark.parametrize("state", State.values)
def test_an_edit_is_the_group_s_and_is_done_told_or_read_first_as_the_table_says(state, name, actor):
    opportunity, people = make(state)
    by = people[actor]()
    changes, effect = edits()[name]

    if actor == "group" and (state == State.PUBLISHED or (state == State.CLOSED and name in REOPENS)):
        found = amendments.amend(opportunity, changes, by=by)
        effect = effect if state == State.PUBLISHED else Effect.REVIEWED
        assert found == effect
        lines = [] if effect == Effect.REVIEWED else [(state, by.pk, effect == Effect.TOLD)]
        waiting = [Step.PENDING] if effect == Effect.REVIEWED else []
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            amendments.amend(opportunity, changes, by=by)
        assert actor == "group" or refusal.type is PermissionDenied
        lines, waiting = [], []

    assert Opportunity.objects.get().state == state
    assert list(opportunity.history.values_list("after", "actor", "due")) == lines
    assert list(Amendment.objects.values_list("state", flat=True)) == waiting
    assert not Email.objects.exists()


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("answer", ["accept", "refuse"])
@pytest.mark.parametrize("state", State.values)
def test_staff_alone_answer_a_request_and_only_while_it_can_be_done(state, answer, actor):
    opportunity, people = make(state)
    amendment = Amendment.objects.create(
        opportunity=opportunity, changes=edits()["extension"][0] | {"places": [["MA"], ["TN"]]}
    )
    by = people[actor]()
    acts = {
        "accept": lambda: amendments.accept(amendment, by=by),
        "refuse": lambda: amendments.refuse(amendment, by=by, reason="Autre projet"),
    }

    if actor == "staff" and (answer == "refuse" or state in {State.PUBLISHED, State.CLOSED}):
        acts[answer]()
        done = answer == "accept"
        end = State.PUBLISHED if done else state
        step, templates = (Step.ACCEPTED if done else Step.REFUSED), {"opportunity_amended"}
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            acts[answer]()
        assert actor == "staff" or refusal.type is PermissionDenied
        done, end, step, templates = False, state, Step.PENDING, set()

    edit = [(state, state, True)] if done else []
    opens = [(State.CLOSED, State.PUBLISHED, False)] if done and state == State.CLOSED else []
    assert Opportunity.objects.get().state == end
    assert Opportunity.objects.get().places == (["TN"] if done else ["MA"])
    assert list(opportunity.history.values_list("before", "after", "due")) == edit + opens
    assert Amendment.objects.get().state == step
    assert set(Email.objects.values_list("template", flat=True)) == templates


@pytest.mark.parametrize("step", [Step.ACCEPTED, Step.REFUSED, Step.REPLACED])
@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_a_request_that_was_answered_is_not_answered_again(step, answer):
    opportunity, people = make(State.PUBLISHED)
    amendment = Amendment.objects.create(opportunity=opportunity, changes=edits()["country"][0], state=step)
    acts = {
        "accept": lambda: amendments.accept(amendment, by=people["staff"]()),
        "refuse": lambda: amendments.refuse(amendment, by=people["staff"](), reason="Non"),
    }

    with pytest.raises(StateError):
        acts[answer]()

    assert (Amendment.objects.get().state, Opportunity.objects.get().places) == (step, ["MA"])


def test_what_was_closed_meanwhile_does_not_open_again_by_a_change_that_gives_no_new_date():
    opportunity, people = make(State.CLOSED)
    amendment = Amendment.objects.create(opportunity=opportunity, changes=edits()["country"][0])

    with pytest.raises(StateError, match="nouvelle date limite"):
        amendments.accept(amendment, by=people["staff"]())

    assert (Opportunity.objects.get().state, Amendment.objects.get().state) == (State.CLOSED, Step.PENDING)


def test_opening_again_takes_a_signature_that_stands_when_asked_and_when_accepted():
    opportunity, people = make(State.CLOSED)
    changes = edits()["extension"][0]
    amendment = Amendment.objects.create(opportunity=opportunity, changes=changes)
    CharterFactory(in_force=True, sign_by=timezone.localdate() - timedelta(days=1))

    with pytest.raises(StateError, match="Votre groupe"):
        amendments.amend(opportunity, changes, by=people["group"]())
    with pytest.raises(StateError, match="Son groupe"):
        amendments.accept(amendment, by=people["staff"]())

    assert (Opportunity.objects.get().state, Amendment.objects.get().state) == (State.CLOSED, Step.PENDING)

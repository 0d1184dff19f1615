import pytest
from django.utils import translation

from accounts.models import Organisation
from opportunities.models import RejectReason
from pacte.states import StateError, listed, said
from tests.factories import OrganisationFactory, UserFactory

EVERY_PAIR = [(before, after) for before in Organisation.State.values for after in Organisation.State.values]


@pytest.mark.parametrize(("before", "after"), EVERY_PAIR)
def test_a_row_goes_where_its_moves_say_and_nowhere_else(before, after):
    company = OrganisationFactory(state=before)

    if after in Organisation.MOVES[before]:
        company.move(after, by=None)
    else:
        with pytest.raises(StateError):
            company.move(after, by=None)

    company.refresh_from_db()
    assert company.state == (after if after in Organisation.MOVES[before] else before)


def test_a_move_is_remembered_with_its_author_and_reason():
    company, moderator = OrganisationFactory(), UserFactory(staff=True)

    company.suspend(by=moderator, reason="Signalement")

    line = company.history.get()
    assert (line.actor, line.before, line.after, line.reason) == (moderator, "verified", "suspended", "Signalement")


def test_of_two_people_who_move_the_same_row_the_second_is_refused():
    company = OrganisationFactory()
    seen_by_another = Organisation.objects.get(pk=company.pk)
    company.suspend(by=None, reason="Signalement")

    with pytest.raises(StateError, match="quelqu'un vient de"):
        seen_by_another.close(by=None, reason="Cessation")

    assert company.history.count() == 1


def test_an_edit_is_remembered_field_by_field():
    company = OrganisationFactory()

    company.record(by=None, changes={"name": ["Avant", "Après"]})
    company.record(by=None, changes={})

    assert company.history.get().changes == {"name": ["Avant", "Après"]}


@pytest.mark.parametrize("writer", ["fr", "en"])
def test_a_reason_of_our_lists_is_read_in_the_readers_language(writer):
    with translation.override(writer):
        kept = listed(RejectReason.TOO_VAGUE.label, "See the guide. Or call.")

    assert kept == "besoin trop vague. See the guide. Or call."
    assert said(kept) == kept
    with translation.override("en"):
        assert said(kept) == "need too vague. See the guide. Or call."


@pytest.mark.parametrize("reason", ["", ".", "Signalement", "Never. Again"])
def test_a_reason_that_people_wrote_stays_as_it_is(reason):
    with translation.override("en"):
        assert said(reason) == reason

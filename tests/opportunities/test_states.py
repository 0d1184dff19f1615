import pytest
from django.utils import timezone

from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import OpportunityFactory, UserFactory

State = Opportunity.State
EVERY_PAIR = [(before, after) for before in State.values for after in State.values]
BY = {
    State.SUBMITTED: lambda row, by: row.submit(by=by),
    State.PUBLISHED: lambda row, by: row.publish(by=by, reason="Vu"),
    State.CHANGES_REQUESTED: lambda row, by: row.request_changes(by=by, comments=[("", "Encore")]),
    State.REJECTED: lambda row, by: row.reject(by=by, reason="other"),
    State.SUSPENDED: lambda row, by: row.suspend(by=by, reason="Doute"),
    State.CLOSED: lambda row, by: row.close(by=by),
    State.WITHDRAWN: lambda row, by: row.withdraw(by=by, reason="Fin"),
    State.DRAFT: lambda row, by: row.move(State.DRAFT, by=by),
}


@pytest.mark.parametrize(("before", "after"), EVERY_PAIR)
def test_it_goes_where_its_moves_say_and_nowhere_else(before, after):
    opportunity, person = OpportunityFactory(state=before, published_at=timezone.now()), UserFactory()
    allowed = after in Opportunity.MOVES[before]

    if allowed:
        BY[after](opportunity, person)
    else:
        with pytest.raises(StateError):
            BY[after](opportunity, person)

    stored = Opportunity.objects.get()
    assert stored.state == (after if allowed else before)
    assert list(stored.history.values_list("before", "after", "actor")) == (
        [(before, after, person.pk)] if allowed else []
    )


def test_every_move_is_a_new_revision_for_matching_to_see():
    opportunity = OpportunityFactory(submitted=True)

    opportunity.publish(by=UserFactory())

    assert opportunity.revision == Opportunity.objects.get().revision == 2


def test_it_keeps_the_date_of_its_first_publication():
    opportunity = OpportunityFactory(published=True)
    first = opportunity.published_at
    opportunity.suspend(by=UserFactory(), reason="Doute")

    opportunity.publish(by=UserFactory())

    assert Opportunity.objects.get().published_at == first


def test_a_title_that_is_one_of_our_verbs_has_a_page_of_its_own():
    opportunity = OpportunityFactory(title="Suivi", published=True)

    assert opportunity.get_absolute_url() == f"/opportunites/{opportunity.pk}/opportunite-suivi/"

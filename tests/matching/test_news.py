"""What is new for a person since they last looked at their dashboard: all of it, each where it is found."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matching import apply, dismiss, thread
from matching.models import DismissReason, Follow, Visit
from opportunities.models import OpportunityMove
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    colleague,
    sme_user,
)

PAGE = "/pme/"
LIST, FOLLOWS = reverse("matching:applications"), reverse("matching:follows")


@pytest.fixture
def user(client):
    user = sme_user()
    client.force_login(user)
    return user


@pytest.fixture
def before():
    """A moment before the last visit."""
    return timezone.now() - timedelta(days=5)


def visited(user, days):
    Visit.objects.create(membership=user.membership, day=timezone.localdate() - timedelta(days=days))


def told(client):
    return [(item.text.replace("\xa0", " "), item.url) for item in client.get(PAGE).context["news"].items]


def sent(user, **fields):
    return ApplicationFactory(sent=True, contact=user, **fields)


def decider(application):
    return MembershipFactory(organisation=application.opportunity.owner).user


def changed(opportunity):
    its = {"before": "published", "after": "published", "changes": {"title": ["a", "b"]}}
    OpportunityMove.objects.create(subject=opportunity, **its)


def test_new_opportunities_that_fit_well_and_are_neither_old_hidden_nor_applied_to(client, user, before):
    visited(user, 3)
    company = user.organisation
    new, old, poor, hidden, applied = [OpportunityFactory(published=True) for _ in range(5)]
    type(old).objects.filter(pk=old.pk).update(published_at=before)
    for one in (new, old, hidden, applied):
        MatchFactory(company=company, opportunity=one, band="good")
    MatchFactory(company=company, opportunity=poor, band="possible")
    dismiss.dismiss(hidden, by=user, reason=DismissReason.TIMING)
    ApplicationFactory(contact=user, opportunity=applied)

    assert told(client) == [("1 nouvelle opportunité qui vous va bien", "/opportunites/?tri=adequation")]


def test_every_answer_of_a_group_counts_and_each_application_once(client, user):
    visited(user, 3)
    one, two = sent(user), sent(user)
    apply.shortlist(one, by=decider(one))
    apply.decline(one, by=decider(one), reason="size")
    apply.shortlist(two, by=decider(two))

    assert told(client) == [("2 réponses à vos candidatures", LIST)]


def test_what_ends_without_an_answer_is_told(client, user):
    visited(user, 3)
    apply.leave_unanswered(sent(user))
    apply.cancel(sent(user))

    [(text, url)] = told(client)
    assert text.startswith("2 candidatures terminées sans réponse")
    assert url == LIST


def test_a_question_that_waits_is_told_and_one_that_was_answered_is_not(client, user):
    visited(user, 3)
    one, two = sent(user), sent(user)
    for application in (one, two):
        thread.ask(application, by=decider(application), text="Quel délai ?")
    thread.answer(two, by=user, text="Deux mois.")

    assert told(client) == [("1 candidature sur laquelle un groupe vous pose une question", LIST)]


def test_what_changed_or_closes_soon_leads_to_where_it_is(client, user, before):
    visited(user, 3)
    soon = {"published": True, "published_at": before, "apply_by": timezone.localdate() + timedelta(days=4)}
    followed, drafted, applied = OpportunityFactory(**soon), OpportunityFactory(**soon), OpportunityFactory(**soon)
    OpportunityFactory(**soon)  # nobody's
    for one in (followed, drafted):  # a draft that is followed too is told among applications
        Follow.objects.create(user=user, opportunity=one)
    ApplicationFactory(contact=user, opportunity=drafted)
    sent(user, opportunity=applied)
    for opportunity in (followed, followed, drafted, applied):
        changed(opportunity)

    assert told(client) == [
        ("2 opportunités modifiées parmi vos candidatures", LIST),
        ("1 opportunité modifiée parmi celles que vous suivez", FOLLOWS),
        ("1 candidature en brouillon, à envoyer sous 7 jours", LIST),
        ("1 opportunité suivie se termine sous 7 jours", FOLLOWS),
    ]


def test_each_person_has_a_last_visit_of_their_own_though_nothing_was_shown(client, user, time_machine):
    other = colleague(user)
    client.get(PAGE)
    time_machine.move_to(timezone.now() + timedelta(days=2))
    client.force_login(other)
    assert client.get(PAGE).context["news"].since is None  # a first visit has no news
    client.force_login(user)

    for _ in range(2):  # the day's own visits are not the last one
        assert client.get(PAGE).context["news"].since == timezone.localdate() - timedelta(days=2)


@pytest.mark.parametrize("sent_as", [{"method": "HEAD"}, {"method": "GET", "headers": {"Sec-Purpose": "prefetch"}}])
def test_a_page_that_nobody_looks_at_is_no_visit(client, user, sent_as):
    method = sent_as.pop("method")
    client.generic(method, PAGE, **sent_as)

    assert not Visit.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_dashboard_after_a_visit_in_a_fixed_number_of_queries(client, user, rows, django_assert_num_queries):
    visited(user, 2)
    for _ in range(rows):
        MatchFactory(company=user.organisation)

    with django_assert_num_queries(21):  # one more than at the first visit: the news
        client.get(PAGE)

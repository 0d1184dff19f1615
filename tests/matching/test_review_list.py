from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matching import apply
from matching.models import Application
from opportunities.models import Opportunity
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    UserFactory,
    group_user,
    sme_user,
)

State = Application.State


def applicants(opportunity, query=""):
    return reverse("matching:applicants", args=[opportunity.pk]) + query


@pytest.fixture
def three():
    owner = group_user()
    opportunity = OpportunityFactory(published=True, owner=owner.organisation)
    rows = [ApplicationFactory(sent=True, opportunity=opportunity) for _ in range(3)]
    for row, score in zip(rows, [40, 90, None], strict=True):
        if score:
            MatchFactory(opportunity=opportunity, company=row.company, score=score)
    return owner, opportunity, rows


@pytest.mark.parametrize(("sort", "order"), [("", [1, 0, 2]), ("?tri=nimporte", [1, 0, 2]), ("?tri=date", [2, 1, 0])])
def test_applicants_by_fit_or_date(client, three, sort, order):
    owner, opportunity, rows = three
    client.force_login(owner)

    response = client.get(applicants(opportunity, sort))

    assert [row["application"] for row in response.context["rows"]] == [rows[n] for n in order]


def test_who_lacks_a_must_comes_behind_the_others(client, three):
    owner, opportunity, rows = three
    rows[1].company.matches.update(eligible=False)
    client.force_login(owner)

    response = client.get(applicants(opportunity))

    assert [row["application"] for row in response.context["rows"]] == [rows[0], rows[1], rows[2]]
    assert response.content.decode().count("critère exigé absent") == 1


def test_applicants_by_state_unread_and_late(client, three):
    owner, opportunity, rows = three
    apply.shortlist(rows[0], by=owner)
    apply.decline(rows[1], by=owner, reason="size")
    Application.objects.filter(pk=rows[0].pk).update(seen_at=timezone.now())
    yesterday = timezone.localdate() - timedelta(days=1)
    Opportunity.objects.update(apply_by=None, answer_by=yesterday)
    client.force_login(owner)

    response = client.get(applicants(opportunity, "?etat=a-repondre"))

    assert {row["application"]: (row["unread"], row["late"]) for row in response.context["rows"]} == {
        rows[0]: (False, 1),
        rows[2]: (True, 1),
    }
    assert [(tab["value"], tab["count"]) for tab in response.context["tabs"]] == [
        ("", 3),
        ("a-repondre", 2),
        ("preselection", 1),
        ("acceptees", 0),
        ("terminees", 1),
    ]


@pytest.mark.parametrize("query", ["?etat=nimporte", "?tri=nimporte", "?page=99"])
def test_nonsense_in_the_address_is_ignored(client, three, query):
    owner, opportunity, rows = three
    client.force_login(owner)

    response = client.get(applicants(opportunity, query))

    assert {row["application"] for row in response.context["rows"]} == set(rows)


@pytest.mark.parametrize("rows", [1, 3])
def test_applicants_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    owner = group_user()
    opportunity = OpportunityFactory(published=True, owner=owner.organisation)
    for _ in range(rows):
        application = ApplicationFactory(sent=True, opportunity=opportunity)
        MatchFactory(opportunity=opportunity, company=application.company)
    ApplicationFactory(sent=True)  # another opportunity's
    client.force_login(owner)

    with django_assert_num_queries(
        12
    ):  # user, membership, opportunity, page and its count, tabs, matches, labels; savepoint; what is shown: 2
        response = client.get(applicants(opportunity))

    assert len(response.context["rows"]) == rows


def test_applicants_of_another_group_are_not_found(client):
    opportunity = OpportunityFactory(published=True)

    for user, status in [(group_user(), 404), (sme_user(), 403), (UserFactory(staff=True), 403)]:
        client.force_login(user)
        assert client.get(applicants(opportunity)).status_code == status


def test_a_draft_given_up_before_it_left_never_reaches_the_group(client):
    person = group_user()
    opportunity = OpportunityFactory(published=True, owner=person.organisation)
    draft = ApplicationFactory(opportunity=opportunity)
    apply.withdraw(draft, by=draft.contact)
    client.force_login(person)

    listed = client.get(reverse("matching:applicants", args=[opportunity.pk]))

    assert draft.company.name not in listed.content.decode()
    assert client.get(reverse("matching:application_review", args=[draft.pk])).status_code == 404
    assert "1 candidature" not in client.get(reverse("matching:group_dashboard")).content.decode()

"""The group's pages that act on several: as many queries for three as for one."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Presentation
from matching.models import Export, Partner
from matching.together import Act
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    group_user,
    sme_user,
)

NUMBERS = {
    Act.SHORTLIST: 10, Act.ACCEPT: 13, Act.DECLINE: 12, "export page": 6, "export": 11, "transfer": 11,
    "more places": 14, "application_review": 19, "application_accept": 12, "application_decline": 5,
    "application_ask": 5,
}  # fmt: skip


@pytest.fixture
def owner(client):
    user = group_user()
    client.force_login(user)
    return user


@pytest.fixture
def opportunity(owner):
    return OpportunityFactory(published=True, owner=owner.organisation, created_by=owner, capacity=2)


def applied(opportunity, count, **traits):
    rows = ApplicationFactory.create_batch(count, sent=True, opportunity=opportunity, **traits)
    for row in rows:
        MatchFactory(opportunity=opportunity, company=row.company)
    return rows


def at(name, row, *args):
    return reverse(f"matching:{name}", args=[row.pk, *args])


def counted(django_assert_num_queries, name, act):
    """A second time, as the first fills what is kept between requests."""
    act()
    with django_assert_num_queries(NUMBERS[name]):
        return act()


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("act", Act.values)
def test_the_page_that_decides_together(client, opportunity, act, rows, django_assert_num_queries):
    ticked = {"c": [one.pk for one in applied(opportunity, rows)], "reason": "size", "text": "", "preview": ""}
    url = at("decide_together", opportunity, act)

    page = counted(django_assert_num_queries, Act(act), lambda: client.post(url, ticked))

    assert len(page.context["moving"]) == rows
    assert page.context["preview"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_export(client, opportunity, rows, django_assert_num_queries):
    applied(opportunity, rows)
    url = at("export", opportunity)

    counted(django_assert_num_queries, "export page", lambda: client.get(url))
    counted(django_assert_num_queries, "export", lambda: client.post(url, {"format": "csv"}))

    assert Export.objects.latest("pk").rows == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_that_gives_to_another_group(client, owner, opportunity, rows, django_assert_num_queries):
    applied(opportunity, rows)
    other = OrganisationFactory(group=True)
    MembershipFactory(user=owner, organisation=other)

    page = counted(
        django_assert_num_queries, "transfer", lambda: client.post(at("transfer", opportunity), {"to": other.pk})
    )

    assert len(page.context["told"]) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_more_places(client, opportunity, rows, django_assert_num_queries):
    applied(opportunity, 2, state="accepted")
    applied(opportunity, rows, state="waitlisted", waitlisted_at=timezone.now())

    page = counted(
        django_assert_num_queries, "more places", lambda: client.post(at("more_places", opportunity), {"capacity": 9})
    )

    assert len(page.context["told"]) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_file_of_several_companies(client, opportunity, rows, django_assert_num_queries):
    (application,) = applied(opportunity, 1)
    for place in range(rows):
        partner = Partner.objects.create(
            application=application, opportunity=opportunity, company=sme_user().organisation, state="joined",
            consent_at=timezone.now(),
        )  # fmt: skip
        MatchFactory(opportunity=opportunity, company=partner.company)
        Presentation.objects.create(
            company=partner.company, name=f"{place}.pdf", type="pdf", size=5, content=b"%PDF-", state="clean"
        )

    page = counted(
        django_assert_num_queries, "application_review", lambda: client.get(at("application_review", application))
    )

    assert len(page.context["partners"]) == rows


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", ["application_accept", "application_decline", "application_ask"])
def test_an_answer_to_one_whoever_else_applied(client, opportunity, name, rows, django_assert_num_queries):
    cache.clear()
    first, *_others = applied(opportunity, rows)

    counted(django_assert_num_queries, name, lambda: client.get(at(name, first)))

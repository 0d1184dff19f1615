"""Pages of an SME's applications and alerts: one and three of what they list, at one number of queries."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Presentation
from matching.models import Partner, SavedSearch
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    colleague,
    sme_user,
)

pytestmark = pytest.mark.django_db


def of(name, thing):
    return reverse(f"matching:{name}", args=[thing.pk])


def beside(application, rows, state="joined"):
    its = {"application": application, "opportunity": application.opportunity, "state": state}
    return [
        Partner.objects.create(company=sme_user().organisation, consent_at=timezone.now(), **its) for _ in range(rows)
    ]


def status(rows):
    application = ApplicationFactory(sent=True)
    for _ in range(rows):
        application.messages.create(side="group", text="Quel délai ?", author=application.contact)
    beside(application, rows)
    return application.contact, of("application_status", application)


def edit(rows):
    draft = ApplicationFactory()
    parts = [("certifications", "unknown", 0, 9), ("place", "unknown", 0, 9), ("languages", "unknown", 0, 9)][:rows]
    MatchFactory(opportunity=draft.opportunity, company=draft.company, parts=parts)
    for _ in range(rows):
        colleague(draft.contact)
    return draft.contact, of("application_edit", draft)


def send(rows):
    draft = ApplicationFactory()
    beside(draft, rows)
    return draft.contact, of("application_send", draft)


def lead(rows):
    draft = ApplicationFactory()
    beside(draft, rows)
    return draft.contact, of("application_partners", draft)


def invited(rows):
    draft = ApplicationFactory()
    first = beside(draft, rows, state="invited")[0]
    return first.company.memberships.get().user, of("partner", first)


def alerts(rows):
    user = sme_user()
    for number in range(rows):
        SavedSearch.objects.create(user=user, query=f"q=vannes{number}", name="x", next_at="2027-01-01T00:00Z")
    return user, reverse("matching:alerts")


def recipients(rows):
    user = sme_user()
    for _ in range(rows):
        colleague(user)
    return user, reverse("matching:recipients")


def presentation(rows):
    applications = ApplicationFactory.create_batch(rows, sent=True)
    pdf = {"name": "p.pdf", "type": "pdf", "size": 5, "content": b"%PDF-", "state": "clean"}
    for one in applications:
        Presentation.objects.create(company=one.company, **pdf)
    group = MembershipFactory(organisation=applications[0].opportunity.owner).user
    return group, of("presentation", applications[0])


@pytest.mark.parametrize(
    ("build", "queries"),
    [
        (status, 10), (edit, 7), (send, 17), (lead, 7), (invited, 9), (alerts, 10), (recipients, 7), (presentation, 6)
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows", [1, 3])
def test_one_row_or_three_take_the_same_queries(client, build, queries, rows, django_assert_num_queries):
    user, url = build(rows)
    client.force_login(user)

    with django_assert_num_queries(queries):
        response = client.get(url)

    assert response.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_a_file_that_is_opened_takes_the_same_queries_whatever_else_is_there(client, rows, django_assert_num_queries):
    user, url = presentation(rows)
    client.force_login(user)

    with django_assert_num_queries(10):
        response = client.post(url)

    assert response["Content-Type"] == "application/pdf"

"""Pages and lists that had no count of their own take the same number of queries for one row and for three."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts import joining
from accounts.models import (
    Charter,
    Double,
    JoinRequest,
    OrganisationImport,
    OrganisationRow,
    Signature,
)
from matching.models import Proposal
from opportunities import enquiries
from opportunities.models import Amendment, Enquiry, NoticeImport
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)
from tests.opportunities.test_attachments import WHOLE, joined

pytestmark = pytest.mark.django_db
ROWS = pytest.mark.parametrize("rows", [1, 3])


@pytest.fixture
def opportunity():
    author = group_user()
    return OpportunityFactory(published=True, owner=author.organisation, created_by=author)


def asked(opportunity, count):
    return [enquiries.ask(opportunity, by=sme_user(), text=f"Question {place} ?") for place in range(count)]


@ROWS
def test_the_pledge(client, opportunity, rows, django_assert_num_queries):
    for place in range(rows):
        joined(opportunity, name=f"plan{place}.pdf", content=WHOLE, size=len(WHOLE), confidential=True)
    client.force_login(sme_user())
    url = reverse("opportunities:pledge", args=[opportunity.pk])
    client.post(url)

    with django_assert_num_queries(7) as captured:
        page = client.get(url)

    assert len(page.context["files"]) == rows
    assert not any('"content"' in query["sql"] for query in captured.captured_queries)


@ROWS
def test_a_public_question(client, opportunity, rows, django_assert_num_queries):
    for one in asked(opportunity, rows):
        enquiries.answer(one, by=opportunity.created_by, text="À Agadir.")
    client.force_login(sme_user())
    url = reverse("opportunities:ask", args=[opportunity.pk])
    client.get(url)

    with django_assert_num_queries(5):
        client.get(url)
    with django_assert_num_queries(22):
        client.post(url, {"text": "Où livrer ?"})


@ROWS
def test_answering_it(client, opportunity, rows, django_assert_num_queries):
    waiting, *_others = asked(opportunity, rows)
    client.force_login(opportunity.created_by)
    url = reverse("opportunities:answer", args=[waiting.pk])
    client.get(url)

    with django_assert_num_queries(5):
        client.get(url)
    with django_assert_num_queries(18):
        client.post(url, {"answer": "À Agadir."})


@ROWS
def test_a_join_request(client, rows, django_assert_num_queries):
    admin = sme_user()
    requests = [joining.ask(admin.organisation, by=UserFactory()) for _ in range(rows)]
    for _ in range(rows):
        colleague(admin)
    client.force_login(admin)
    client.get(requests[0].get_absolute_url())

    with django_assert_num_queries(6):
        client.get(requests[0].get_absolute_url())


@ROWS
def test_what_an_import_would_do(client, rows, django_assert_num_queries):
    one = OrganisationImport.objects.create(name="pme.csv", type="csv", size=9, state="preview", total=rows)
    for place in range(rows):
        problems = [["Un SIREN compte neuf chiffres.", {"at": "SIREN"}]]
        OrganisationRow.objects.create(subject=one, line=place, data={}, outcome="refused", problems=problems)
    sign_in_staff(client)
    url = reverse("admin:accounts_organisationimport_change", args=[one.pk])
    client.get(url)

    with django_assert_num_queries(12):
        page = client.get(url)

    assert page.text.count("Un SIREN compte neuf chiffres.") == rows


def full(rows):
    """An organisation with people, applications, references of each kind."""
    organisation = OrganisationFactory()
    for _ in range(rows):
        user = MembershipFactory(organisation=organisation).user
        ApplicationFactory(sent=True, contact=user)
        joining.ask(organisation, by=UserFactory())
    return organisation


@ROWS
def test_two_organisations_side_by_side(client, rows, django_assert_num_queries):
    goes, stays = full(rows), full(rows)
    sign_in_staff(client)
    url = reverse("admin:accounts_organisation_merge", args=[goes.pk, stays.pk])
    client.get(url)

    with django_assert_num_queries(11):
        client.get(url)


@ROWS
def test_two_opportunities_side_by_side(client, opportunity, rows, django_assert_num_queries):
    other = OpportunityFactory(submitted=True, owner=opportunity.owner)
    for one in (opportunity, other):
        ApplicationFactory.create_batch(rows, sent=True, opportunity=one)
    sign_in_staff(client)
    url = reverse("admin:opportunities_opportunity_compare", args=[opportunity.pk, other.pk])
    client.get(url)

    with django_assert_num_queries(9):
        client.get(url)


def amendment(place):
    changes = {"places": [["MA"], ["TN"]]}
    Amendment.objects.create(opportunity=OpportunityFactory(published=True), asked_by=UserFactory(), changes=changes)


def double(place):
    Double.objects.create(first=OrganisationFactory(), second=OrganisationFactory(), why="name")


def proposal(place):
    its = {"opportunity": OpportunityFactory(published=True), "company": OrganisationFactory()}
    Proposal.objects.create(**its, by=UserFactory(), reason="Ses références.")


def signature(place):
    group = group_user()
    Signature.objects.create(charter=CharterFactory(), organisation=group.organisation, person=group)


def sent_file(model, **its):
    model.objects.create(name="a.csv", type="csv", size=9, state="preview", total=1, added_by=UserFactory(), **its)


LISTS = {
    JoinRequest: (lambda place: joining.ask(OrganisationFactory(), by=UserFactory()), 8),
    Amendment: (amendment, 8),
    Enquiry: (lambda place: asked(OpportunityFactory(published=True), 1), 8),
    OrganisationImport: (lambda place: sent_file(OrganisationImport), 8),
    NoticeImport: (lambda place: sent_file(NoticeImport, owner=OrganisationFactory(group=True)), 8),
    Double: (double, 8),
    Proposal: (proposal, 8),
    Charter: (lambda place: CharterFactory(in_force=place == 0), 8),
    Signature: (signature, 11),  # by date too
}


@ROWS
@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_lists_of_the_staff(client, model, rows, django_assert_num_queries):
    make, count = LISTS[model]
    for place in range(rows):
        make(place)
    sign_in_staff(client)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    client.get(url)

    with django_assert_num_queries(count):
        page = client.get(url)

    assert len(page.context["cl"].result_list) == rows
    assert model in admin.site._registry

"""Checks and labels: set by the staff with a source and a date, shown to the SME and to groups that may read it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import labels
from accounts.models import Label
from matching.models import Application
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OrganisationFactory,
    PortageAnswerFactory,
    sign_in_staff,
    sme_user,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def label(company, **given):
    return Label.objects.create(
        **{"company": company, "name": "DÉMO Label Export", "source": "DÉMO Jury", "given_on": TODAY()} | given
    )


def posted(its, **row):
    """The company's page in the admin, as sent with one label."""
    fields = ["name", "siren", "naf", "category", "address", "postcode", "city", "department", "website"]
    prefixes = ("memberships", "hidden_from", "labels")
    counts = {f"{one}-{name}_FORMS": "0" for one in prefixes for name in ("TOTAL", "INITIAL")}
    return (
        {name: getattr(its, name) for name in fields}
        | counts
        | {"labels-TOTAL_FORMS": "1"}
        | {f"labels-0-{name}": value for name, value in row.items()}
    )


def admin_page(company):
    return reverse("admin:accounts_organisation_change", args=[company.pk])


def test_staff_add_one_and_take_it_away_with_a_line_of_history_each(client):
    staff = sign_in_staff(client)
    company = OrganisationFactory()
    row = {"kind": "check", "name": "Identité", "source": "appel", "url": "", "given_on": "2026-03-02", "until": ""}

    added = client.post(admin_page(company), posted(company, **row))

    kept = Label.objects.get(company=company)
    assert (added.status_code, kept.name, kept.source, kept.by) == (302, "Identité", "appel", staff)
    gone = row | {"id": kept.pk, "company": company.pk, "DELETE": "on"}
    client.post(admin_page(company), posted(company, **gone) | {"labels-INITIAL_FORMS": "1"})
    assert not Label.objects.exists()
    said = ["Identité (appel, 02/03/2026)"]
    assert [one.changes["labels"] for one in company.history.order_by("pk")] == [[[], said], [said, []]]


def test_a_date_to_come_is_refused_beside_its_field(client):
    sign_in_staff(client)
    company = OrganisationFactory()
    row = {"kind": "label", "name": "Demain", "source": "appel", "given_on": TODAY() + timedelta(days=1), "until": ""}

    page = client.post(admin_page(company), posted(company, **row))

    assert "pas encore passée" in page.text
    assert not Label.objects.exists()


def test_a_group_has_none_on_its_page(client):
    sign_in_staff(client)

    page = client.get(admin_page(OrganisationFactory(group=True)))

    assert "labels-TOTAL_FORMS" not in page.text


def test_what_ends_before_it_begins_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="label_ends"), transaction.atomic():
        label(OrganisationFactory(), until=TODAY() - timedelta(days=1))


def test_one_that_has_ended_is_shown_no_more():
    company = OrganisationFactory()
    label(company, name="Passé", given_on=TODAY() - timedelta(days=30), until=TODAY() - timedelta(days=1))
    last_day = label(company, name="Dernier jour", until=TODAY())

    assert labels.of([company.pk]) == {company.pk: [last_day]}


def test_the_sme_reads_its_own_with_source_and_date(client):
    user = sme_user()
    label(user.organisation, kind="check", name="Identité", source="DÉMO registre")
    label(OrganisationFactory(), name="À une autre")
    client.force_login(user)

    page = client.get(reverse("accounts:profile"))

    assert "vérifiée par Pacte PME" in page.text
    assert "DÉMO registre, le " in page.text
    assert "À une autre" not in page.text


@pytest.mark.parametrize(
    ("page", "by"), [("application_review", "application"), ("applicants", "opportunity"), ("compare", "opportunity")]
)
def test_a_group_reads_them_where_it_reads_the_company(client, page, by):
    application = ApplicationFactory(sent=True)
    other = ApplicationFactory(sent=True, opportunity=application.opportunity)
    label(application.company, name="DÉMO Éprouvée")
    client.force_login(MembershipFactory(organisation=application.opportunity.owner).user)
    pk = application.pk if by == "application" else application.opportunity_id

    answer = client.get(reverse(f"matching:{page}", args=[pk]), {"c": [application.pk, other.pk]})

    assert answer.text.count("DÉMO Éprouvée") == 1


def test_before_it_sends_the_sme_reads_those_that_the_group_will_see(client):
    application = ApplicationFactory(pitch="Nous savons faire. " * 20)
    assert application.state == Application.State.DRAFT
    label(application.company, name="DÉMO Éprouvée")
    client.force_login(MembershipFactory(organisation=application.company).user)

    page = client.get(reverse("matching:application_send", args=[application.pk]))

    assert "DÉMO Éprouvée" in page.text


@pytest.mark.parametrize(("named", "times"), [(True, 1), (False, 0)])
def test_of_a_portage_they_are_told_only_with_the_name(client, named, times):
    answer = PortageAnswerFactory(request__named=named)
    label(answer.request.company, name="DÉMO Éprouvée")
    client.force_login(MembershipFactory(organisation=answer.group).user)

    page = client.get(reverse("matching:portage_dossier", args=[answer.request_id]))

    assert page.text.count("DÉMO Éprouvée") == times

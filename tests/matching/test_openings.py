"""Who of a group opened a company's file is kept, and told to the company: by name only once they are introduced."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Presentation
from matching.models import FileOpening, Partner
from tests.factories import (
    ApplicationFactory,
    IntroductionFactory,
    MembershipFactory,
    OpportunityFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)


@pytest.fixture
def reader():
    return group_user()


@pytest.fixture
def application(reader):
    return ApplicationFactory(
        sent=True, opportunity=OpportunityFactory(published=True, secret=True, owner=reader.organisation)
    )


def brochure(company):
    return Presentation.objects.create(
        company=company, name="plaquette.pdf", type="pdf", size=5, content=b"%PDF-", state="clean"
    )


def read(client, person, *applications, name="application_review"):
    client.force_login(person)
    ask = client.get if name == "application_review" else client.post
    return [ask(reverse(f"matching:{name}", args=[one.pk])).status_code for one in applications]


def shown(client, application):
    client.force_login(application.contact)
    return " ".join(client.get(application.get_absolute_url()).text.split())


def test_each_look_is_counted_and_told_without_a_name_before_the_introduction(client, application, reader):
    other = colleague(reader)
    brochure(application.company)
    assert "Ouvert par le groupe" not in shown(client, application)

    read(client, reader, application, application)
    read(client, other, application)
    read(client, other, application, name="presentation")

    page = shown(client, application)
    assert "Ouvert par le groupe 4 fois" in page
    assert reader.last_name not in page
    assert other.last_name not in page
    rows = FileOpening.objects.order_by("pk").values_list("person", "what", "times")
    assert list(rows) == [(reader.pk, "file", 2), (other.pk, "file", 1), (other.pk, "presentation", 1)]


def test_once_introduced_the_company_reads_who(client, application, reader):
    read(client, reader, application)
    type(application).objects.filter(pk=application.pk).update(state="accepted")
    IntroductionFactory(application=application)

    assert f"{reader}, 1 fois" in shown(client, application)


@pytest.mark.parametrize("who", ["the company itself", "another group", "staff"])
def test_nobody_elses_look_counts(client, application, who):
    if who == "staff":
        sign_in_staff(client)
        client.get(reverse("admin:matching_application_change", args=[application.pk]))
    else:
        person = application.contact if who == "the company itself" else group_user()
        assert read(client, person, application)[0] in {403, 404}
        shown(client, application)

    assert not FileOpening.objects.exists()


def test_a_refused_presentation_was_not_opened(client, application, reader):
    assert read(client, reader, application, name="presentation") == [404]

    assert not FileOpening.objects.exists()


def test_a_link_that_is_only_followed_opens_no_presentation(client, application, reader):
    brochure(application.company)
    client.force_login(reader)
    url = reverse("matching:presentation", args=[application.pk])

    answers = [client.get(url), client.head(url)]
    opened = client.post(url)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Ouvrir le fichier" in answers[0].text
    assert opened.content == b"%PDF-"
    assert FileOpening.objects.get().times == 1


@pytest.mark.parametrize(
    "told", [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"X-Moz": "prefetch"}]
)
def test_a_browser_that_loads_the_file_ahead_of_a_click_reads_nothing_of_it(client, application, reader, told):
    client.force_login(reader)
    url = reverse("matching:application_review", args=[application.pk])

    ahead = client.get(url, headers=told)
    clicked = client.get(url)

    application.refresh_from_db()
    assert (ahead.status_code, ahead.content) == (503, b"")
    assert (clicked.status_code, FileOpening.objects.get().times) == (200, 1)


def test_a_partner_reads_of_its_own_file_alone(client, application, reader):
    partner = Partner.objects.create(
        application=application, opportunity=application.opportunity, company=sme_user().organisation,
        state="joined", consent_at=timezone.now(),
    )  # fmt: skip
    brochure(partner.company)
    read(client, reader, application)
    client.post(reverse("matching:presentation_of_partner", args=[partner.pk]))

    assert "Ouvert par le groupe 1 fois" in shown(client, application)
    client.force_login(partner.company.memberships.get().user)
    page = client.get(reverse("matching:partner", args=[partner.pk])).text
    assert "Ouvert par le groupe 2 fois" in " ".join(page.split())


def test_what_was_taken_back_is_opened_no_more(client, application, reader):
    type(application).objects.filter(pk=application.pk).update(state="withdrawn")

    read(client, reader, application)

    assert not FileOpening.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_companys_page_takes_the_same_queries_whoever_looked(
    client, application, reader, rows, django_assert_num_queries
):
    for _ in range(rows):
        read(client, MembershipFactory(organisation=reader.organisation).user, application)
    client.force_login(application.contact)
    client.get(application.get_absolute_url())

    with django_assert_num_queries(STATUS_QUERIES):
        page = client.get(application.get_absolute_url())

    assert page.context["opened"].times == rows


STATUS_QUERIES = 10

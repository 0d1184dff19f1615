"""« Cherche partenaire » : for one opportunity, those who agree to be shown, to other SMEs alone."""

import pytest
from django.urls import reverse

from accounts.models import Organisation
from matching import partners
from matching.models import PartnerSearch
from opportunities.models import Opportunity
from tests.factories import ApplicationFactory, MembershipFactory, OpportunityFactory, group_user, sme_user

TEXT = {"text": "Nous montons, nous cherchons un fabricant."}


@pytest.fixture
def opportunity():
    return OpportunityFactory(published=True)


def url(opportunity):
    return reverse("matching:partners_wanted", args=[opportunity.pk])


def shown(client, opportunity):
    return [one.company for one in client.get(url(opportunity)).context["others"]]


def test_a_company_shows_itself_changes_its_words_and_hides(client, opportunity):
    person, other = sme_user(), sme_user()
    client.force_login(person)
    client.post(url(opportunity), TEXT)
    client.post(url(opportunity), {"text": "Nous montons."})

    client.force_login(other)
    before = client.get(url(opportunity))
    client.force_login(person)
    client.post(url(opportunity), {"stop": ""})
    client.force_login(other)

    assert [one.text for one in before.context["others"]] == ["Nous montons."]
    assert PartnerSearch.objects.count() == 1
    assert shown(client, opportunity) == []


def test_another_opportunity_a_group_or_nobody_sees_none_of_it(client, opportunity):
    partners.seek(opportunity, by=sme_user(), text="Nous montons.")
    client.force_login(sme_user())
    assert shown(client, OpportunityFactory(published=True)) == []

    client.force_login(group_user())
    assert client.get(url(opportunity)).status_code == 403
    client.logout()
    assert client.get(url(opportunity)).status_code == 302


def test_somebody_of_an_sme_who_works_for_the_group_too_does_not_read_what_its_page_hides_from_groups(
    client, opportunity
):
    partners.seek(opportunity, by=sme_user(), text="Nous montons.")
    person = sme_user()
    MembershipFactory(user=person, organisation=opportunity.owner)
    client.force_login(person)

    page = client.get(url(opportunity))

    assert page.status_code == 403
    assert "Nous montons." not in page.text
    assert shown(client, OpportunityFactory(published=True)) == []  # of other groups it reads all


@pytest.mark.parametrize("happens", ["suspended", "closed"])
def test_a_suspended_company_and_a_closed_opportunity_show_nobody(client, opportunity, happens):
    person = sme_user()
    partners.seek(opportunity, by=person, text="Nous montons.")
    if happens == "suspended":
        Organisation.objects.filter(pk=person.organisation.pk).update(state="suspended")
    else:
        Opportunity.objects.update(state="closed", closed_at="2026-01-01T00:00Z")
    client.force_login(sme_user())

    assert shown(client, opportunity) == []


def test_from_the_board_a_lead_invites_with_the_number_filled_in(client, opportunity):
    person = sme_user()
    partners.seek(opportunity, by=person, text="Nous montons.")
    draft = ApplicationFactory(opportunity=opportunity)
    client.force_login(draft.contact)

    page = client.get(url(opportunity)).content.decode()
    link = reverse("matching:application_partners", args=[draft.pk]) + f"?siren={person.organisation.siren}"

    assert link in page
    assert client.get(link).context["form"]["siren"].value() == person.organisation.siren


@pytest.mark.parametrize("text", ["", "Appelez le 06 12 34 56 78"])
def test_empty_words_and_coordinates_are_refused_and_kept_on_screen(client, opportunity, text):
    client.force_login(sme_user())

    form = client.post(url(opportunity), {"text": text}).context["form"]

    assert list(form.errors) == ["text"]
    assert form["text"].value() == text
    assert not PartnerSearch.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_board_takes_a_fixed_number_of_queries(client, opportunity, rows, django_assert_num_queries):
    for _ in range(rows):
        partners.seek(opportunity, by=sme_user(), text="Nous montons.")
    client.force_login(sme_user())
    client.get(url(opportunity))

    with django_assert_num_queries(8):
        client.get(url(opportunity))

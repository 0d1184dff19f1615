import pytest
from django.urls import reverse

from accounts.models import Email
from matching import introduce
from matching.models import Introduction
from tests.factories import ApplicationFactory, MatchFactory, OpportunityFactory, group_user, sign_in_staff

State = Introduction.State


def button(introduction, name):
    return reverse("admin:matching_introduction_transition", args=[introduction.pk, name])


def left(mailoutbox):
    """The templates of what left, in order."""
    return [Email.objects.get(message_id=mail.extra_headers["Message-ID"]).template for mail in mailoutbox]


@pytest.fixture
def introduction():
    decider = group_user()
    opportunity = OpportunityFactory(published=True, owner=decider.organisation, created_by=decider)
    return introduce.accept(ApplicationFactory(sent=True, opportunity=opportunity), by=decider)


def test_an_introduction_is_held_and_released(client, introduction, mailoutbox):
    sign_in_staff(client)

    client.post(button(introduction, "hold"), {"reason": "Conflit d'intérêts"})
    introduction.refresh_from_db()
    assert (introduction.state, introduction.email.state) == (State.HELD, Email.State.HELD)

    client.post(button(introduction, "release"))

    introduction.refresh_from_db()
    assert introduction.state in {State.PENDING, State.SENT}  # the worker reads the outbox a little later
    assert left(mailoutbox) == ["introduction_news", "introduction_news", "introduction"]


def test_one_that_failed_says_why_and_leads_to_where_the_address_is_mended(client, introduction):
    email, its = introduction.email, introduction.application
    Email.objects.filter(pk=email.pk).update(state="failed", refused=["perdu@example.com"], error="550 inconnue")
    Introduction.objects.filter(pk=introduction.pk).update(state="failed")
    sign_in_staff(client)

    page = client.get(reverse("admin:matching_introduction_change", args=[introduction.pk])).text

    assert "Adresse refusée pour de bon par son serveur" in page
    assert "perdu@example.com" in page
    for name, row in [
        ("accounts_user", its.contact),
        ("opportunities_opportunity", its.opportunity),
        ("matching_application", its),
        ("accounts_email", email),
    ]:
        assert f'<a href="{reverse(f"admin:{name}_change", args=[row.pk])}">' in page


def test_a_held_one_may_be_cancelled_for_a_reason(client, introduction, mailoutbox):
    sign_in_staff(client)
    client.post(button(introduction, "hold"), {"reason": "Plainte"})

    client.post(button(introduction, "cancel"), {"reason": "Plainte fondée"})

    introduction.refresh_from_db()
    assert (introduction.state, introduction.email.state) == (State.CANCELLED, Email.State.CANCELLED)
    assert left(mailoutbox) == ["introduction_news"] * 4  # held, then cancelled: both sides hear of each


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", ["match", "application", "introduction"])
def test_lists_take_a_fixed_number_of_queries(client, model, rows, django_assert_num_queries):
    for _ in range(rows):
        decider = group_user()
        opportunity = OpportunityFactory(published=True, owner=decider.organisation, created_by=decider)
        application = ApplicationFactory(sent=True, opportunity=opportunity)
        introduce.accept(application, by=decider)
        MatchFactory(opportunity=opportunity, company=application.company)
    sign_in_staff(client)
    url = reverse(f"admin:matching_{model}_changelist")
    client.get(url)

    with django_assert_num_queries({"match": 7, "application": 10, "introduction": 8}[model]):
        response = client.get(url)

    assert len(response.context["cl"].result_list) == rows


@pytest.mark.parametrize("model", ["match", "application", "introduction"])
def test_what_the_platform_writes_is_only_read(client, model, introduction):
    MatchFactory(opportunity=introduction.application.opportunity, company=introduction.application.company)
    rows = {
        "match": introduction.application.opportunity.matches.get(),
        "application": introduction.application,
        "introduction": introduction,
    }
    sign_in_staff(client)
    page = client.get(reverse(f"admin:matching_{model}_change", args=[rows[model].pk]))

    assert page.status_code == 200
    assert client.get(reverse(f"admin:matching_{model}_add")).status_code == 403
    assert client.post(reverse(f"admin:matching_{model}_delete", args=[rows[model].pk])).status_code == 403


def test_a_draft_application_is_its_company_s_own_business(client):
    draft = ApplicationFactory()
    sign_in_staff(client)

    response = client.get(reverse("admin:matching_application_change", args=[draft.pk]))

    assert draft.pitch not in response.content.decode()

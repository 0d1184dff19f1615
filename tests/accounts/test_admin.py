import pytest
from django.urls import reverse

from accounts.models import Email, Organisation
from tests.factories import EmailFactory, MembershipFactory, OrganisationFactory, sign_in_staff, sme_user

State = Organisation.State


def button(obj, name):
    return reverse(f"admin:accounts_{obj._meta.model_name}_transition", args=[obj.pk, name])


def test_approving_a_group_opens_its_access_and_tells_it(client, mailoutbox):
    person = MembershipFactory(organisation=OrganisationFactory(group=True, waiting=True)).user
    sign_in_staff(client)

    client.post(button(person.organisation, "approve"))

    assert Organisation.objects.get(pk=person.organisation.pk).state == State.VERIFIED
    assert [mail.to for mail in mailoutbox] == [[person.email]]


def test_refusing_a_group_needs_a_reason_and_tells_it(client, mailoutbox):
    person = MembershipFactory(organisation=OrganisationFactory(group=True, waiting=True)).user
    sign_in_staff(client)

    client.post(button(person.organisation, "refuse"), {"reason": ""})
    assert Organisation.objects.get(pk=person.organisation.pk).state == State.TO_VERIFY

    client.post(button(person.organisation, "refuse"), {"reason": "Ce n'est pas un groupe."})

    assert Organisation.objects.get(pk=person.organisation.pk).state == State.REFUSED
    assert "Ce n'est pas un groupe." in mailoutbox[0].body


@pytest.mark.parametrize(
    ("name", "before", "after"), [("suspend", "verified", "suspended"), ("restore", "suspended", "verified")]
)
def test_an_organisation_is_suspended_and_restored_with_a_reason(client, name, before, after):
    organisation = OrganisationFactory(state=before)
    sign_in_staff(client)

    client.post(button(organisation, name), {"reason": "Signalement"})

    organisation.refresh_from_db()
    assert (organisation.state, organisation.history.get().reason) == (after, "Signalement")


def test_several_companies_are_verified_together_after_a_page_that_asks(client):
    companies = OrganisationFactory.create_batch(2, waiting=True)
    sign_in_staff(client)
    chosen = {"action": "verify_selected", "_selected_action": [company.pk for company in companies]}
    page = reverse("admin:accounts_organisation_changelist")

    asked = client.post(page, chosen)
    assert Organisation.objects.filter(state=State.VERIFIED).count() == 0
    client.post(page, chosen | {"confirmed": "1"})

    assert companies[0].name in asked.content.decode()
    assert Organisation.objects.filter(state=State.VERIFIED).count() == 2


def test_a_failed_mail_is_sent_again_from_its_page(client, mailoutbox):
    email = EmailFactory(state=Email.State.FAILED, attempts=8)
    sign_in_staff(client)

    client.post(button(email, "retry"))

    email.refresh_from_db()
    assert email.state in {Email.State.QUEUED, Email.State.SENT}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", ["organisation", "user", "email", "smeprofile"])
def test_lists_take_a_fixed_number_of_queries(client, model, rows, django_assert_num_queries):
    for _ in range(rows):
        sme_user()
        EmailFactory()
    sign_in_staff(client)
    url = reverse(f"admin:accounts_{model}_changelist")
    client.get(url)

    with django_assert_num_queries({"organisation": 8, "user": 9, "email": 12, "smeprofile": 8}[model]):
        client.get(url)


@pytest.mark.parametrize("model", ["organisation", "smeprofile", "user", "email"])
def test_pages_open(client, model):
    person = sme_user()
    rows = {
        "organisation": person.organisation,
        "smeprofile": person.organisation.sme_profile,
        "user": person,
        "email": EmailFactory(),
    }
    sign_in_staff(client)

    page = client.get(reverse(f"admin:accounts_{model}_change", args=[rows[model].pk]))

    assert page.status_code == 200
    assert b"password" not in page.content.lower().replace(b"password_change", b"")

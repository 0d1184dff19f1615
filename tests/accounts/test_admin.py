import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import Email, Membership, Organisation, User
from tests.backoffice import answers, page_of
from tests.factories import (
    EmailFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)

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

    with django_assert_num_queries({"organisation": 8, "user": 9, "email": 9, "smeprofile": 8}[model]):
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


def test_staff_see_which_person_no_longer_gets_our_mails(client):
    lost, reached = UserFactory(), UserFactory()
    EmailFactory(to=[lost.email], refused=[lost.email])
    sign_in_staff(client)

    pages = [client.get(reverse("admin:accounts_user_change", args=[user.pk])) for user in (lost, reached)]

    flags = [
        page.context["adminform"].model_admin.reachable(user)
        for page, user in zip(pages, (lost, reached), strict=True)
    ]
    assert flags == [False, True]
    assert all("Reçoit nos messages" in page.text for page in pages)


@pytest.mark.parametrize("template", ["reset_password", "confirm_email"])
def test_a_mail_that_opens_an_account_is_not_read_by_staff(client, template):
    email = EmailFactory(template=template, text="https://example.com/secret", html="secret")
    sign_in_staff(client)

    page = client.get(page_of(email))

    assert email.subject in page.content.decode()
    assert "secret" not in page.content.decode()


def test_another_mail_is_read_by_staff(client):
    email = EmailFactory(template="application_arrived", text="Une candidature est arrivée.")
    sign_in_staff(client)

    assert email.text in client.get(page_of(email)).content.decode()


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("user", "password__startswith=argon2"),
        ("user", "password=x"),
        ("email", "text__contains=secret"),
        ("email", "html__contains=secret"),
    ],
)
def test_lists_tell_nothing_of_what_they_do_not_show(client, model, query):
    sign_in_staff(client)

    assert client.get(f"{reverse(f'admin:accounts_{model}_changelist')}?{query}").status_code == 400


def test_the_list_of_second_factors_tells_nothing_of_their_secrets(client):
    sign_in_staff(client)

    assert client.get(f"{reverse('admin:mfa_authenticator_changelist')}?data__secret__startswith=x").status_code == 400


@pytest.mark.parametrize("change", [{"memberships-0-role": "reader"}, {"memberships-0-ended_at": "2026-11-01T00:00"}])
@pytest.mark.parametrize("model", ["organisation", "user"])
def test_the_last_person_who_administers_stays_and_staff_are_told_why(client, model, change):
    person = sme_user()
    colleague(person)
    row = person.organisation if model == "organisation" else person
    sign_in_staff(client)
    data = answers(client.get(page_of(row)))

    page = client.post(page_of(row), data | change, follow=True)

    [told] = page.context["messages"]
    assert "au moins une personne qui administre" in str(told)
    assert Membership.objects.admins().get(user=person)


def test_a_member_moved_to_an_organisation_without_people_must_administer_it():
    member = colleague(sme_user())
    Membership.objects.filter(user=member).update(organisation=OrganisationFactory())

    with pytest.raises(IntegrityError, match="no admin"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS membership_keeps_an_admin IMMEDIATE")
    Membership.objects.filter(user=member).delete()


def test_a_siren_with_a_wrong_key_is_refused(client):
    company = sme_user().organisation
    sign_in_staff(client)
    data = answers(client.get(page_of(company)))

    page = client.post(page_of(company), data | {"siren": "123456789"})

    assert "un chiffre doit être faux" in page.context["adminform"].form.errors["siren"][0]


@pytest.mark.parametrize(("field", "value"), [("wanted_kinds", "zz"), ("sectors", "eau,rien"), ("headcount", "mille")])
def test_a_profile_takes_only_codes_of_our_lists(client, field, value):
    profile = sme_user().organisation.sme_profile
    sign_in_staff(client)
    data = answers(client.get(page_of(profile)))

    page = client.post(page_of(profile), data | {field: value})

    assert page.context["adminform"].form.errors[field]


def test_staff_who_are_not_superusers_leave_superusers_alone(client):
    chief = UserFactory(staff=True)
    TOTP.activate(chief, generate_totp_secret())
    staff = UserFactory(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["accounts", "mfa"]))
    sign_in_staff(client, staff)
    factor = Authenticator.objects.get(user=chief)

    assert client.post(page_of(chief), {"email": "other@example.com"}).status_code == 403
    assert client.post(page_of(UserFactory()), {"email": ""}).status_code == 200
    assert client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"}).status_code == 403


def test_staff_change_their_password_where_everyone_does(client):
    sign_in_staff(client)

    assert client.get(reverse("admin:password_change")).url == reverse("account_change_password")


@pytest.mark.parametrize(
    ("email", "told"),
    [("a@gmail.com", "messagerie personnelle"), ("a@yopmail.com", "adresse jetable"), ("a@maison.example", "")],
)
def test_a_group_s_request_from_a_free_or_throw_away_address_is_flagged_to_whoever_approves(client, email, told):
    asking = group_user(waiting=True)
    User.objects.filter(pk=asking.pk).update(email=email)
    sign_in_staff(client)

    page = client.get(reverse("admin:accounts_organisation_change", args=[asking.organisation.pk])).text

    assert f"{email} ({told})" in page if told else f"{email}<" in page
    assert [word for word in ("messagerie personnelle", "adresse jetable") if word in page] == ([told] if told else [])

"""From the first page to the confirmed address."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts.models import Email, Organisation, Signature, User
from accounts.registry import FixtureRegistry
from tests.factories import PASSWORD, CharterFactory, UserFactory, luhn_siren, sme_user

FOUND, LARGE, CLOSED, UNKNOWN = "000000109", "000000133", "000000141", "000000158"
PERSON = {
    "first_name": "Camille",
    "last_name": "Essai",
    "email": "camille@example.com",
    "password": "une phrase qui se retient",
}


def address(kind="sme"):
    return reverse(f"accounts:signup_{kind}")


def send(client, siren=FOUND, kind="sme", **changes):
    shown = FixtureRegistry.COMPANIES[siren].name if siren in FixtureRegistry.COMPANIES else ""
    return client.post(address(kind), {"siren": siren, "shown": shown, **PERSON, **changes})


def test_the_first_page_offers_both_sides(client):
    page = client.get(reverse("accounts:signup")).content.decode()

    assert address("sme") in page
    assert address("group") in page


def test_who_is_signed_in_is_led_to_their_dashboard(client):
    client.force_login(sme_user())

    assert client.get(reverse("accounts:signup")).url == reverse("dashboard")


def test_the_bare_sign_up_of_allauth_leads_to_ours(client):
    assert client.get(reverse("account_signup")).url == reverse("accounts:signup")
    assert client.post(reverse("account_signup"), PERSON).url == reverse("accounts:signup")
    assert not User.objects.exists()


@pytest.mark.parametrize("typed", ["000 000 109", "000000109", "000.000.109", " 000-000-109 "])
def test_a_siren_is_read_as_people_write_it(client, typed):
    response = client.get(address(), {"siren": typed})

    assert "DÉMO Vannes du Vexin" in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "code"), [("12", "length"), ("12345678A", "format"), ("732829321", "key"), ("73282932100074", "key")]
)
def test_a_wrong_siren_is_refused_in_plain_words_and_kept_in_the_field(client, typed, code):
    response = client.get(address(), {"siren": typed})

    form = response.context["form"]
    assert [error.code for error in form.errors.as_data()["siren"]] == [code]
    assert f'value="{typed}"' in response.content.decode()


@pytest.mark.parametrize(("siren", "fields"), [(FOUND, 5), (UNKNOWN, 6), (FixtureRegistry.DOWN, 6)])
def test_at_most_six_things_are_asked_for(client, siren, fields):
    response = client.get(address(), {"siren": siren})

    assert 1 + len(response.context["form"].visible_fields()) == fields


def test_a_company_that_the_register_calls_closed_goes_no_further(client):
    response = client.get(address(), {"siren": CLOSED})

    assert "a cessé son activité" in response.content.decode()
    assert send(client, CLOSED).status_code == 200
    assert not Organisation.objects.exists()


def test_an_sme_that_the_register_knows_is_verified_at_once(client):
    response = send(client)

    assert response.url == reverse("account_email_verification_sent")
    organisation = Organisation.objects.get()
    assert (organisation.kind, organisation.state, organisation.registry_status) == ("sme", "verified", "found")
    assert (organisation.name, organisation.naf, organisation.department) == (
        "DÉMO Vannes du Vexin",
        "28.14Z",
        "FR-60",
    )
    assert organisation.sme_profile.sectors == []
    assert [(line.after, line.reason) for line in organisation.history.all()] == [
        ("to_verify", "inscription"),
        ("verified", "registre"),
    ]
    user = User.objects.get()
    assert (user.email, user.membership.role, user.language) == ("camille@example.com", "admin", "fr")
    assert user.check_password(PERSON["password"])


@pytest.mark.parametrize(("siren", "status"), [(UNKNOWN, "unknown"), (FixtureRegistry.DOWN, "down")])
def test_without_the_register_sign_up_goes_on_and_staff_will_look(client, siren, status):
    send(client, siren, name="DÉMO Jeune Pousse")

    organisation = Organisation.objects.get()
    assert (organisation.name, organisation.state, organisation.registry_status) == (
        "DÉMO Jeune Pousse",
        "to_verify",
        status,
    )


def test_a_large_company_among_the_smes_is_for_staff_to_look_at(client):
    send(client, LARGE)

    assert Organisation.objects.get().state == "to_verify"


def test_the_conditions_on_the_page_are_accepted_with_the_account(client):
    current = CharterFactory(kind="sme", in_force=True)
    page = client.get(address(), {"siren": FOUND})
    assert reverse("accounts:conditions_of_smes") in page.text.partition("<form")[2]

    send(client, conditions=current.version)

    signature = Signature.objects.get()
    assert (signature.charter, signature.person.email) == (current, PERSON["email"])


PROPOSED = "Pacte PME peut proposer votre entreprise aux groupes"


@pytest.mark.parametrize("conditions", [True, False], ids=["with conditions", "without"])
def test_an_sme_reads_before_it_signs_up_that_it_may_be_proposed_and_where_to_refuse(client, conditions):
    if conditions:
        CharterFactory(kind="sme", in_force=True)
        CharterFactory(kind="group", in_force=True)

    form = client.get(address(), {"siren": FOUND}).text.partition('class="form"')[2]
    group = client.get(address("group"), {"siren": LARGE}).text

    assert PROPOSED in form.partition("<button")[0]
    assert "« Qui voit mon entreprise »" in form.replace("\xa0", " ")
    assert PROPOSED not in group


def test_an_sme_that_signed_up_is_proposed_until_it_refuses_on_the_page_it_was_told_of(client):
    send(client)
    profile = Organisation.objects.get().sme_profile
    assert profile.proposable

    client.force_login(User.objects.get())
    page = client.get(reverse("accounts:visibility"))
    client.post(reverse("accounts:visibility"), {"wishes": "1", "paused_until": ""})

    assert "<h1>Qui voit mon entreprise</h1>" in page.text
    assert "ne le refuse pas" in page.text
    profile.refresh_from_db()
    assert not profile.proposable


def test_conditions_that_changed_meanwhile_are_asked_for_later(client):
    CharterFactory(kind="sme", in_force=True)

    send(client, conditions="une autre")

    assert Organisation.objects.exists()
    assert not Signature.objects.exists()


def test_a_group_signs_its_charter_once_it_has_its_access(client):
    CharterFactory(kind="group", in_force=True, version="1")

    send(client, kind="group", siren="000000133", conditions="1")

    assert not Signature.objects.exists()


def test_a_company_nobody_saw_on_the_page_is_for_staff_to_look_at(client):
    send(client, FOUND, shown="", name="DÉMO Typed")

    assert Organisation.objects.get().state == "to_verify"


def test_a_group_waits_for_staff_even_when_the_register_knows_it(client):
    send(client, LARGE, kind="group")

    organisation = Organisation.objects.get()
    assert (organisation.kind, organisation.state) == ("group", "to_verify")
    assert organisation.group_profile.alias == ""


def test_a_form_with_faults_comes_back_with_what_was_typed(client):
    response = send(client, email="pas une adresse", password="12345678")

    assert set(response.context["form"].errors) == {"email", "password"}
    page = response.content.decode()
    assert 'value="Camille"' in page
    assert 'value="pas une adresse"' in page
    assert "12345678" not in page
    assert not Organisation.objects.exists()


def test_a_siren_already_here_names_nobody(client):
    owner = sme_user(siren=FOUND, name="DÉMO Secrète")
    for response in [client.get(address(), {"siren": FOUND}, follow=True), send(client)]:
        page = response.content.decode()
        assert "déjà inscrite" in page
        assert "Demander à la rejoindre" in page
        assert owner.email not in page
        assert owner.last_name not in page
        assert "Secrète" not in page
    assert not Email.objects.exists()


def test_a_second_click_answers_like_the_first_and_makes_nothing_more(client):
    answers = {send(client).url for _ in range(2)}

    assert answers == {reverse("account_email_verification_sent")}
    assert Organisation.objects.count() == User.objects.count() == Email.objects.count() == 1


def test_someone_else_who_tries_the_same_siren_is_no_second_click(client):
    send(client)

    assert send(client, password="une autre phrase").status_code == 409
    assert send(client, email="autre@example.com").status_code == 409


def test_whoever_has_an_account_already_is_told_by_mail_alone(client):
    user = UserFactory(email="camille@example.com", password=PASSWORD)

    response = send(client, email="Camille@Example.com")

    assert response.url == reverse("account_email_verification_sent")
    assert not Organisation.objects.exists()
    assert [(email.template, email.to) for email in Email.objects.all()] == [("account_exists", [user.email])]


def test_the_address_is_confirmed_by_a_button_and_never_by_a_link_alone(client):
    send(client)
    mail = Email.objects.get()
    path = re.search(r"http://localhost:8000(/compte/confirm-email/\S+)", mail.text)[1]

    client.get(path)
    assert not EmailAddress.objects.get().verified

    response = client.post(path)
    assert EmailAddress.objects.get().verified
    assert response.url == reverse("dashboard")
    assert client.get(reverse("accounts:signup")).url == reverse("dashboard")


def test_a_confirmed_newcomer_goes_on_to_where_they_came_from(client):
    wanted = reverse("accessibility")
    page = client.get(address(), {"siren": FOUND, "next": wanted}).content.decode()
    assert f'name="next" value="{wanted}"' in page

    send(client, next=wanted)
    path = re.search(r"http://localhost:8000(/compte/confirm-email/\S+)", Email.objects.get().text)[1]

    assert client.post(path).url == wanted


def test_the_mail_speaks_the_language_of_the_page(client):
    client.post(
        address(), {"siren": FOUND, "shown": "DÉMO Vannes du Vexin", **PERSON}, headers={"Accept-Language": "en"}
    )

    assert Email.objects.get().language == "en"
    assert User.objects.get().language == "en"


def test_too_many_tries_are_slowed_down(client):
    for _ in range(30):
        client.get(address(), {"siren": "12"})

    assert client.get(address(), {"siren": "12"}).status_code == 429


def test_the_slower_of_two_at_once_is_told_politely(client, monkeypatch):
    """The other one commits between our look and our write."""
    looked = []

    def lookup(siren):
        looked.append(sme_user(siren=siren).organisation)

    monkeypatch.setattr("accounts.registry.lookup", lookup)
    response = send(client, name="DÉMO Deuxième")

    assert response.status_code == 409
    assert "déjà inscrite" in response.content.decode()
    assert list(Organisation.objects.all()) == looked
    assert User.objects.count() == 1
    assert 'value="Camille"' in response.content.decode()


def test_an_address_too_long_to_keep_is_refused_beside_its_field(client):
    long = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"
    person = {"first_name": "A", "last_name": "B", "email": long, "password": "une longue phrase facile"}
    sent = {"siren": luhn_siren(4321), "name": "DÉMO Longue", **person}

    answer = client.post(reverse("accounts:signup_sme"), sent)

    assert answer.context["form"].errors.keys() == {"email"}

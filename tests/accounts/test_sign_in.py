"""Sign-in, reset, lockout, second factor: allauth's pages, our mails, our rules."""

import re
import time
from datetime import datetime
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    validate_totp_code,
)
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.adapter import NOTICES, AccountAdapter
from accounts.models import Email
from tests.factories import PASSWORD, UserFactory

LOGIN, ADMIN = "/compte/login/", "/admin/"


def sign_in(client, email, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def current_code(email):
    out = StringIO()
    call_command("totp", email, stdout=out)
    return out.getvalue().strip()


def link(mail, part):
    return re.search(rf"http://localhost:8000(/compte/{part}/\S+)", mail.text)[1]


def test_one_signs_in_by_address_whatever_its_case(client):
    user = UserFactory(password=PASSWORD)

    assert sign_in(client, user.email.upper()).url == reverse("dashboard")


def test_who_has_no_account_yet_signs_up_and_still_goes_where_the_link_led(client):
    page = client.get(LOGIN, {"next": "/groupements/lien/abc/"}).text

    assert f"{reverse('accounts:signup')}?next=%2Fgroupements%2Flien%2Fabc%2F" in page


def test_an_address_not_confirmed_gets_its_mail_again_and_no_session(client):
    user = UserFactory(password=PASSWORD, confirmed=False)
    EmailAddress.objects.create(user=user, email=user.email, primary=True)

    assert sign_in(client, user.email).url == reverse("account_email_verification_sent")
    assert Email.objects.get().template == "confirm_email"
    assert "_auth_user_id" not in client.session


def test_five_wrong_passwords_close_the_door_even_to_the_right_one(client):
    user = UserFactory(password=PASSWORD)
    for _ in range(5):
        sign_in(client, user.email, "faux")

    response = sign_in(client, user.email)

    assert response.status_code == 200
    assert [error.code for error in response.context["form"].errors.as_data()["__all__"]] == [
        "too_many_login_attempts"
    ]


def test_too_many_sign_ins_from_one_place_get_the_429_page(client):
    for _ in range(30):
        sign_in(client, "personne@example.com", "faux")

    response = sign_in(client, "personne@example.com", "faux")

    assert response.status_code == 429
    assert "Trop de tentatives" in response.content.decode()


def test_a_forgotten_password_is_chosen_anew_by_mail_and_its_owner_told(client):
    user = UserFactory(password=PASSWORD)
    client.post(reverse("account_reset_password"), {"email": user.email})
    path = link(Email.objects.get(template="reset_password"), "password/reset/key")

    form = client.get(path, follow=True)
    client.post(
        form.redirect_chain[-1][0], {"password1": "une phrase toute neuve", "password2": "une phrase toute neuve"}
    )

    assert sign_in(client, user.email, "une phrase toute neuve").url == reverse("dashboard")
    assert Email.objects.get(template="account_changed").to == [user.email]
    client.logout()
    assert "token_fail" in client.get(path, follow=True).context or sign_in(client, user.email).status_code == 200


def test_an_unknown_address_learns_by_mail_that_it_is(client):
    response = client.post(reverse("account_reset_password"), {"email": "inconnue@example.com"})

    assert response.url == reverse("account_reset_password_done")
    mail = Email.objects.get()
    assert (mail.template, mail.to) == ("unknown_account", ["inconnue@example.com"])
    assert "http://localhost:8000/inscription/" in mail.text


def test_links_come_from_our_own_address_whatever_the_request_says(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    user = UserFactory(password=PASSWORD)

    client.post(reverse("account_reset_password"), {"email": user.email}, headers={"Host": "mechant.example"})

    assert "mechant" not in Email.objects.get().text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_notice_of_allauth_has_its_words(client, rf, language):
    user = UserFactory(language=language)
    for prefix in NOTICES:
        AccountAdapter(rf.get("/")).send_mail(prefix, user.email, {})

    assert set(Email.objects.values_list("template", "language")) == {("account_changed", language)}
    assert Email.objects.count() == len(NOTICES)


def test_a_mail_we_do_not_know_is_an_error_and_not_a_silence(rf):
    with pytest.raises(LookupError):
        AccountAdapter(rf.get("/")).send_mail("account/email/login_code", "a@example.com", {"code": "1"})


def test_staff_without_a_second_factor_are_led_to_one(client):
    client.force_login(UserFactory(staff=True))

    response = client.get(ADMIN, follow=True)

    assert (
        response.redirect_chain[-1][0].startswith(reverse("mfa_activate_totp"))
        or "reauthenticate" in (response.redirect_chain[-1][0])
    )
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 302


def test_a_session_older_than_the_second_factor_must_use_it_first(client):
    user = UserFactory(staff=True, password=PASSWORD)
    sign_in(client, user.email)
    TOTP.activate(user, generate_totp_secret())  # from another session

    response = client.get(ADMIN, follow=True)

    assert response.redirect_chain[-1][0] == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2F"


def test_staff_sign_in_with_password_and_code(client, settings):
    settings.DEBUG = True
    user = UserFactory(staff=True, password=PASSWORD)
    TOTP.activate(user, generate_totp_secret())

    assert sign_in(client, user.email, next=ADMIN).url.startswith(reverse("mfa_authenticate"))
    assert client.get(ADMIN).status_code == 302
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": current_code(user.email)}).url == ADMIN
    assert client.get(ADMIN).status_code == 200


def test_a_second_factor_opens_the_admin_to_staff_alone(client):
    user = UserFactory()
    TOTP.activate(user, generate_totp_secret())
    client.force_login(user)

    assert client.get(ADMIN, follow=True).status_code == 403


def test_the_command_prints_the_code_of_the_moment(settings):
    settings.DEBUG = True
    user = UserFactory(staff=True)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)

    with time_machine.travel(datetime.fromisoformat("2026-11-23T10:00:05+01:00"), tick=False):
        assert validate_totp_code(secret, current_code(user.email.upper()))


@pytest.mark.parametrize("debug", [True, False])
def test_the_command_has_no_code_in_production_nor_for_who_has_no_app(settings, debug):
    settings.DEBUG = debug
    user = UserFactory(staff=True)
    if not debug:
        TOTP.activate(user, generate_totp_secret())

    with pytest.raises(CommandError, match="no authenticator app" if debug else "development only"):
        call_command("totp", user.email)


def test_anyone_may_set_up_an_app_and_is_told(client):
    user = UserFactory(password=PASSWORD)
    sign_in(client, user.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    client.post(reverse("mfa_activate_totp"), {"code": code})

    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert Email.objects.get().template == "account_changed"

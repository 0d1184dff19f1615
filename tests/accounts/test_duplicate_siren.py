"""« Duplicate SIREN race » of the product's table: the database keeps one, whoever loses may ask to join."""

import time
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import onboarding
from accounts.models import JoinRequest, Organisation, User
from tests.factories import luhn_siren, sme_user

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PERSON = {
    "first_name": "Andrea",
    "last_name": "Essai",
    "email": "andrea@example.com",
    "password": "une phrase qui se retient",
}
JOIN = reverse("accounts:join")


def until_somebody_waits():
    with connection.cursor() as cursor:
        for _ in range(600):
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # or the transaction would see its first look again
            cursor.execute(WAITING)
            if cursor.fetchone():
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_duplicate_siren_race_the_loser_is_led_to_ask_to_join():
    siren, client, answers = luhn_siren(4321), Client(), []
    winner = onboarding.Person("Camille", "Essai", "camille@example.com", "une phrase qui se retient", "fr")

    def sign_up():
        try:
            answers.append(client.post(reverse("accounts:signup_sme"), {"siren": siren, "name": "DÉMO", **PERSON}))
        finally:
            connection.close()

    thread = Thread(target=sign_up)
    with transaction.atomic():
        identity = {"company": None, "registry": "unknown", "recognised": False}
        onboarding.sign_up(kind="sme", siren=siren, name="DÉMO", person=winner, **identity)
        thread.start()  # it looks, finds nobody, and waits at the unique number
        until_somebody_waits()
    thread.join()

    [page] = answers
    assert page.status_code == 409
    assert "déjà inscrite" in page.text
    assert list(User.objects.values_list("email", flat=True)) == ["camille@example.com"]
    typed = page.context["form"].initial
    asked = client.post(JOIN, {"siren": page.context["siren"], **typed, "password": PERSON["password"], "message": ""})
    assert asked.url == reverse("account_email_verification_sent")
    request = JoinRequest.objects.get()
    assert (request.organisation, request.user.email) == (Organisation.objects.get(), PERSON["email"])
    assert request.state == "to_confirm"


@pytest.mark.parametrize("typed", ["{siren}00017", "{siren} 00025", "{siren}.00033"])
def test_duplicate_siren_race_a_siret_of_the_same_siren_is_the_same_company(client, typed):
    organisation = sme_user().organisation
    siret = typed.format(siren=organisation.siren)

    page = client.get(reverse("accounts:signup_sme"), {"siren": siret})
    client.post(JOIN, {"siren": siret, "message": "", **PERSON})

    assert page.url == f"{JOIN}?siren={organisation.siren}"
    assert JoinRequest.objects.get().organisation == organisation
    assert Organisation.objects.count() == 1

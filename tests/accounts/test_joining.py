"""Asking to act for an organisation that is already here: its administrators decide, and staff when nobody does."""

import re
import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone

from accounts import joining, onboarding, tasks
from accounts.models import Email, JoinRequest, Membership, Organisation, User
from matching import digest
from pacte.states import StateError
from tests.factories import (
    OrganisationFactory,
    UserFactory,
    colleague,
    sign_in_staff,
    sme_user,
)

pytestmark = pytest.mark.django_db
JOIN = reverse("accounts:join")
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2027, 3, 1, 10, 0, tzinfo=PARIS)
WHO = {
    "first_name": "Andrea",
    "last_name": "Essai",
    "email": "andrea@example.com",
    "password": "une phrase qui se retient",
}


@pytest.fixture
def admin():
    return sme_user()


def ask(organisation, person=None):
    return joining.ask(organisation, by=person or UserFactory())


def told(template):
    return [mail.to[0] for mail in Email.objects.filter(template=template).order_by("pk")]


def test_from_a_siren_already_here_to_the_team(client, admin):
    signup = client.get(reverse("accounts:signup_sme"), {"siren": admin.organisation.siren}, follow=True)
    assert "déjà inscrite" in signup.text

    sent = client.post(JOIN, {"siren": admin.organisation.siren, "message": "Je dirige l'export.", **WHO})

    assert sent.url == reverse("account_email_verification_sent")
    assert told("join_asked") == []  # nobody hears of an address that nobody confirmed
    path = re.search(r"http://localhost:8000(/compte/confirm-email/\S+)", Email.objects.get().text)[1]
    client.post(path)
    [mail] = Email.objects.filter(template="join_asked")
    assert mail.to == [admin.email]
    assert "Je dirige l'export." in mail.text
    waiting = client.get(reverse("dashboard")).text
    assert "Vos demandes" in waiting
    assert admin.email not in waiting
    assert admin.last_name not in waiting

    client.force_login(admin)
    page = client.get(re.search(r"http://localhost:8000(/organisation/membres/demandes/\S+)", mail.text)[1])
    assert WHO["email"] in page.text
    done = client.post(page.request["PATH_INFO"], {"answer": "accept", "role": "reader"}, follow=True)

    person = User.objects.get(email=WHO["email"])
    assert "fait partie de votre équipe" in done.text
    assert (person.organisation, person.membership.role) == (admin.organisation, "reader")
    assert told("join_accepted") == [person.email]


def test_a_refusal_comes_with_its_reason_and_names_nobody(client, admin):
    asked = ask(admin.organisation)
    client.force_login(admin)

    client.post(asked.get_absolute_url(), {"answer": "refuse", "reason": "Nous ne vous connaissons pas."})

    asked.refresh_from_db()
    assert asked.state == "refused"
    [mail] = Email.objects.filter(template="join_refused")
    assert "Nous ne vous connaissons pas." in mail.text
    assert admin.last_name not in mail.text + mail.html
    assert admin.email not in mail.text + mail.html + str(mail.reply_to)


def test_the_one_who_asks_never_reads_a_name_that_the_register_does_not_give(client):
    admin = sme_user(name="DÉMO Secrète")
    asked = ask(admin.organisation)
    client.force_login(asked.user)

    assert "Secrète" not in client.get(reverse("dashboard")).text
    assert asked.organisation.siren in client.get(reverse("dashboard")).text


def test_asking_twice_is_asking_once(admin):
    person = UserFactory()

    assert ask(admin.organisation, person) == ask(admin.organisation, person)
    assert told("join_asked") == [admin.email]


def test_three_may_be_open_and_one_taken_back_makes_room(client):
    person = UserFactory()
    first, *_others = [ask(sme_user().organisation, person) for _ in range(joining.MOST)]
    with pytest.raises(StateError, match="Trois demandes"):
        ask(sme_user().organisation, person)

    client.force_login(person)
    client.post(reverse("accounts:join_withdraw", args=[first.pk]))

    assert ask(sme_user().organisation, person).state == "asked"


def test_a_form_with_faults_comes_back_with_what_was_typed(client, admin):
    page = client.post(JOIN, {"siren": admin.organisation.siren, **WHO, "password": "123"})

    assert "password" in page.context["form"].errors
    assert 'value="Andrea"' in page.text
    assert not JoinRequest.objects.exists()


def test_whoever_has_an_account_already_is_told_by_mail_alone(client, admin):
    UserFactory(email=WHO["email"])

    answer = client.post(JOIN, {"siren": admin.organisation.siren, **WHO})

    assert answer.url == reverse("account_email_verification_sent")
    assert told("account_exists") == [WHO["email"]]
    assert not JoinRequest.objects.exists()


def test_a_siren_that_nobody_signed_up_is_offered_for_sign_up(client):
    client.force_login(UserFactory())

    page = client.get(JOIN, {"siren": "000000109"})

    assert f"{reverse('accounts:signup_sme')}?siren=000000109" in page.text


def test_a_signed_in_person_signs_up_another_organisation_and_acts_for_it(client, admin):
    client.force_login(admin)

    sent = {"siren": "000000109", "shown": "DÉMO Vannes du Vexin"}
    client.post(reverse("accounts:signup_sme"), sent)
    again = client.post(reverse("accounts:signup_sme"), sent)

    person = User.objects.get(pk=admin.pk)
    assert person.organisation.siren == "000000109"
    assert person.organisation.state == "verified"
    assert again.url == reverse("dashboard")
    assert len(person.standing) == 2


def test_what_staff_entered_and_nobody_acts_for_is_taken_over_by_who_signs_it_up(client):
    entered = OrganisationFactory(siren="000000109", waiting=True)

    client.post(reverse("accounts:signup_sme"), {"siren": "000000109", "shown": "DÉMO Vannes du Vexin", **WHO})

    assert User.objects.get(email=WHO["email"]).organisation == entered
    assert Organisation.objects.get().state == "verified"


def test_an_approved_group_without_people_is_nobody_s_to_take_over(client):
    group = OrganisationFactory(group=True)

    page = client.get(reverse("accounts:signup_group"), {"siren": group.siren}, follow=True)
    client.post(JOIN, {"siren": group.siren, **WHO})
    EmailAddress.objects.update(verified=True)
    joining.address_confirmed(User.objects.get(email=WHO["email"]))

    assert "déjà inscrite" in page.text
    assert JoinRequest.objects.for_staff().get().organisation == group
    assert told("join_with_staff") == [WHO["email"]]


@pytest.mark.parametrize(
    ("days", "mails", "state", "staff"),
    [
        (2, 0, "asked", False),
        (3, 1, "asked", False),
        (7, 1, "asked", False),
        (10, 0, "asked", True),
        (30, 0, "expired", False),
    ],
)
def test_a_join_request_that_nobody_answers(admin, days, mails, state, staff):
    with time_machine.travel(MONDAY, tick=False):
        asked = ask(admin.organisation)
    with time_machine.travel(MONDAY + timedelta(days=days, hours=1), tick=False):
        for _ in range(2):
            joining.chase()
            digest.run()

    asked.refresh_from_db()
    assert told("join_asked") == [admin.email]
    assert told("to_do") == [admin.email] * mails
    assert asked.state == state
    assert bool(asked.staff_since) is staff
    assert (told("join_with_staff") == [asked.user.email]) is staff
    assert (told("join_expired") == [asked.user.email]) is (state == "expired")


def test_a_month_of_silence_day_by_day_never_at_night_nor_at_the_weekend(admin):
    with time_machine.travel(MONDAY, tick=False):
        asked = ask(admin.organisation)
    for hour in range(0, 24 * 32, 4):
        with time_machine.travel(MONDAY + timedelta(hours=hour), tick=False):
            joining.chase()
            digest.run()

    at = {mail.template: [] for mail in Email.objects.all()}
    for mail in Email.objects.order_by("pk"):
        at[mail.template].append(timezone.localtime(mail.queued_at))
    assert {name: [moment.date().day for moment in its] for name, its in at.items()} == {
        "join_asked": [1],
        "to_do": [4, 8],
        "join_with_staff": [11],
        "join_expired": [31],
    }
    assert all(8 <= moment.hour < 18 for its in at.values() for moment in its)
    asked.refresh_from_db()
    assert asked.state == "expired"
    assert ask(asked.organisation, asked.user).pk != asked.pk


def test_staff_decide_what_nobody_answered(client, admin):
    asked = ask(admin.organisation)
    JoinRequest.objects.update(staff_since=timezone.now())
    sign_in_staff(client)
    assert "Rattachements à arbitrer" in client.get(reverse("admin:index")).text
    page = client.get(reverse("admin:accounts_joinrequest_change", args=[asked.pk]))
    assert admin.email in page.text  # whom to call
    assert f"{asked.user.email} (" in page.text  # who is to be recognised
    assert "Reminded" not in page.text
    assert "Voir sur le site" not in page.text  # staff may not open it

    url = reverse("admin:accounts_joinrequest_transition", args=[asked.pk, "accept"])
    client.post(url, {"role": "member"})

    assert asked.user.memberships.get().role == "member"
    assert client.post(url, {"role": "member"}, follow=True).status_code == 200
    assert told("join_accepted") == [asked.user.email]


def test_the_first_person_let_in_administers(admin):
    asked = ask(admin.organisation)
    User.objects.filter(pk=admin.pk).update(is_active=False)

    joining.accept(asked, "reader", by=UserFactory(staff=True))

    assert asked.user.memberships.get().role == "admin"


@pytest.mark.parametrize("role", ["member", "reader"])
def test_only_who_administers_answers(client, admin, role):
    other = colleague(admin, role)
    asked = ask(admin.organisation)
    client.force_login(other)

    assert client.post(asked.get_absolute_url(), {"answer": "accept"}).status_code == 403
    with pytest.raises(PermissionDenied):
        joining.accept(asked, "member", by=other)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_at_once_one_wins_and_the_other_is_told(admin):
    asked = ask(admin.organisation)
    other = colleague(admin, Membership.Role.ADMIN)
    gate, said = threading.Barrier(2), []

    def answer(act):
        mine = JoinRequest.objects.select_related("organisation", "user").get(pk=asked.pk)
        gate.wait()
        try:
            act(mine)
        except StateError as error:
            said.append(str(error))
        finally:
            connection.close()

    acts = [
        lambda mine: joining.accept(mine, "member", by=admin),
        lambda mine: joining.refuse(mine, by=other, reason="Inconnue."),
    ]
    threads = [threading.Thread(target=answer, args=[act]) for act in acts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    asked.refresh_from_db()
    assert len(said) == 1
    assert asked.user.memberships.exists() is (asked.state == "accepted")
    assert len(told("join_accepted")) + len(told("join_refused")) == 1


def test_who_asked_inherits_a_sign_up_that_nobody_confirmed():
    stranger = sme_user()
    EmailAddress.objects.filter(user=stranger).update(verified=False)
    asked = ask(stranger.organisation)
    assert asked.staff_since  # nobody confirmed administers it
    Organisation.objects.update(created_at=timezone.now() - timedelta(days=8))

    tasks.forget_unconfirmed()

    assert asked.user.memberships.get().role == "admin"
    assert not Membership.objects.filter(user=stranger).exists()


def test_who_asked_and_never_confirmed_is_forgotten_after_a_week(client, admin):
    client.post(JOIN, {"siren": admin.organisation.siren, **WHO})
    JoinRequest.objects.update(created_at=timezone.now() - timedelta(days=8))

    tasks.forget_unconfirmed()

    assert list(User.objects.all()) == [admin]


@pytest.mark.django_db(transaction=True)
def test_duplicate_siren_race_two_signups_at_once_one_founds_it_and_the_other_may_ask():
    gate, said = threading.Barrier(2), []

    def sign_up(email):
        person = onboarding.Person("Andrea", "Essai", email, "une phrase qui se retient", "fr")
        identity = {"company": None, "registry": "unknown", "recognised": False}
        gate.wait()
        try:
            onboarding.sign_up(kind="sme", siren="000000158", name="DÉMO", person=person, **identity)
        except IntegrityError as error:
            said.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_up, args=[f"{name}@example.com"]) for name in ("un", "deux")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    organisation = Organisation.objects.get()
    assert len(said) == 1
    assert organisation.memberships.count() == User.objects.count() == 1
    assert not onboarding.is_unclaimed(organisation, "sme")  # the other is led to the page that offers to ask

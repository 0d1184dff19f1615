import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import mail, team
from accounts.forms.people import PersonForm
from accounts.models import Email, Membership
from pacte.states import StateError
from tests.factories import EmailFactory, colleague, sme_user

Role = Membership.Role
PAGE = "accounts:members"


@pytest.mark.parametrize("colleagues", [1, 3])
def test_the_team_is_listed_in_a_fixed_number_of_queries(client, colleagues, django_assert_num_queries):
    user = sme_user()
    for _ in range(colleagues):
        colleague(user)
    colleague(sme_user())
    client.force_login(user)

    with django_assert_num_queries(8):
        response = client.get(reverse(PAGE))

    assert {membership.user.organisation for membership, *_ in response.context["rows"]} == {user.organisation}
    assert len(response.context["rows"]) == colleagues + 1


@pytest.mark.parametrize(("days", "flagged"), [(29, True), (31, False)])
def test_an_address_that_refused_our_mail_is_flagged_for_a_month(client, days, flagged):
    user = sme_user()
    lost, reached = colleague(user), colleague(user)
    EmailFactory(to=[lost.email], refused=[lost.email], queued_at=timezone.now() - timedelta(days=days))
    warning = "Nos messages à %s sont refusés"

    client.force_login(user)
    page = client.get(reverse(PAGE)).content.decode()
    assert (warning % lost.email in page, warning % reached.email in page) == (flagged, False)

    client.force_login(lost)
    assert (warning % lost.email in client.get(reverse("accounts:person")).content.decode()) is flagged


@pytest.mark.parametrize(("hours", "flagged"), [(-1, True), (1, False)])
def test_it_is_no_longer_flagged_once_it_takes_a_mail(hours, flagged):
    email = EmailFactory(to=["a@example.com"], refused=["a@example.com"], state="failed")
    EmailFactory(to=["a@example.com"], state="sent", sent_at=email.queued_at + timedelta(hours=hours))

    assert bool(mail.unreachable(["a@example.com", "b@example.com"])) is flagged


def test_an_administrator_gives_a_role_and_history_tells(client):
    user = sme_user()
    other = colleague(user).membership
    client.force_login(user)

    client.post(reverse("accounts:member_role", args=[other.pk]), {"role": Role.ADMIN})

    other.refresh_from_db()
    assert other.role == Role.ADMIN
    assert user.organisation.history.get().actor == user


def test_the_last_administrator_stays_one_and_is_told_why(client):
    user = sme_user()
    colleague(user)
    client.force_login(user)

    response = client.post(
        reverse("accounts:member_role", args=[user.membership.pk]), {"role": Role.READER}, follow=True
    )

    assert "au moins une personne qui administre" in response.content.decode()
    assert user.organisation.memberships.admins().get().user == user


def test_somebody_leaves_after_a_page_that_asks(client):
    user = sme_user()
    other = colleague(user)
    client.force_login(user)
    url = reverse("opportunities:member_end", args=[other.membership.pk])

    client.get(url)
    assert user.organisation.memberships.active().count() == 2
    client.post(url)

    assert user.organisation.memberships.active().get().user == user
    assert client.post(url).status_code == 404


@pytest.mark.parametrize("role", [Role.MEMBER, Role.READER])
def test_others_may_look_but_not_touch(client, role):
    user = sme_user()
    other = colleague(user, role)
    client.force_login(other)

    assert client.get(reverse(PAGE)).status_code == 200
    assert (
        client.post(reverse("accounts:member_role", args=[other.membership.pk]), {"role": "admin"}).status_code == 403
    )
    assert client.post(reverse("opportunities:member_end", args=[user.membership.pk])).status_code == 403


def test_another_company_s_people_are_not_there_at_all(client):
    client.force_login(sme_user())
    stranger = sme_user()

    assert client.post(reverse("opportunities:member_end", args=[stranger.membership.pk])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_leave_at_once_one_stays():
    first = sme_user()
    second = colleague(first, Role.ADMIN)
    start, refused = threading.Barrier(2), []

    def leave(membership):
        start.wait()
        try:
            membership.end(by=membership.user)
        except StateError:
            refused.append(membership)
        connection.close()

    leavers = [threading.Thread(target=leave, args=[user.membership]) for user in (first, second)]
    for leaver in leavers:
        leaver.start()
    for leaver in leavers:
        leaver.join()

    assert len(refused) == 1
    assert first.organisation.memberships.admins().count() == 1


def test_i_change_my_own_details(client):
    user = sme_user()
    client.force_login(user)

    client.post(
        reverse("accounts:person"),
        {"first_name": "Dominique", "last_name": "Neuf", "job_title": "Export", "phone": "", "language": "en"},
    )

    user.refresh_from_db()
    assert (user.first_name, user.language) == ("Dominique", "en")


def test_nobody_goes_without_a_name(client):
    user = sme_user()
    client.force_login(user)

    page = client.post(reverse("accounts:person"), {"first_name": "", "last_name": "Neuf", "language": "fr"})

    assert page.context["form"].errors.keys() == {"first_name"}
    assert type(user).objects.get(pk=user.pk).last_name == user.last_name


def test_a_new_role_is_told_once_in_the_words_of_the_one_who_gets_it(client):
    user = sme_user()
    other = colleague(user)
    type(other).objects.filter(pk=other.pk).update(language="en")
    client.force_login(user)
    url = reverse("accounts:member_role", args=[other.membership.pk])

    client.post(url, {"role": Role.ADMIN})
    client.post(url, {"role": Role.ADMIN})

    mail = Email.objects.get()
    assert (mail.to, mail.reply_to, mail.language) == ([other.email], [user.email], "en")
    assert str(user) in mail.text
    assert reverse(PAGE) in mail.text


def test_who_is_taken_off_the_team_reads_it_and_who_leaves_alone_does_not(client):
    user = sme_user()
    other, admin = colleague(user), colleague(user, Role.ADMIN)
    client.force_login(user)

    client.post(reverse("opportunities:member_end", args=[other.membership.pk]))
    client.post(reverse("opportunities:member_end", args=[user.membership.pk]))

    assert [mail.to for mail in Email.objects.all()] == [[other.email]]
    assert user.organisation.memberships.active().get().user == admin


def test_my_details_write_nothing_but_themselves(client):
    user = sme_user()
    form = PersonForm({"first_name": "Dominique", "last_name": "Neuf", "language": "fr"}, instance=user)
    assert form.is_valid()
    type(user).objects.filter(pk=user.pk).update(password="changed meanwhile")

    form.write()

    user.refresh_from_db()
    assert (user.first_name, user.password) == ("Dominique", "changed meanwhile")


@pytest.mark.parametrize("role", [Role.MEMBER, Role.READER])
def test_user_leaves_company_without_asking_who_administers_it(client, role):
    user = sme_user()
    other = colleague(user, role)
    membership = other.membership
    client.force_login(other)
    url = reverse("opportunities:member_end", args=[membership.pk])

    assert url in client.get(reverse(PAGE)).content.decode()
    asked = client.get(url).content.decode()
    answer = client.post(url, follow=True)

    assert f"Quitter {user.organisation}" in asked
    assert f"Vous avez quitté {user.organisation}" in answer.content.decode()
    assert user.organisation.memberships.active().get().user == user
    assert user.organisation.history.get().actor == other
    assert not Email.objects.exists()


def test_the_last_administrator_hands_over_before_leaving(client):
    user = sme_user()
    other = colleague(user).membership
    client.force_login(user)
    url = reverse("opportunities:member_end", args=[user.membership.pk])

    refused = client.post(url, follow=True)
    client.post(reverse("accounts:member_role", args=[other.pk]), {"role": Role.ADMIN})
    client.post(url)

    assert "confiez d&#x27;abord ce rôle" in refused.content.decode()
    assert other.organisation.memberships.active().get() == other


@pytest.mark.django_db(transaction=True)
def test_two_people_acting_at_once_on_one_membership_end_it_once():
    user = sme_user()
    admins = [user, colleague(user, Role.ADMIN)]
    leaver = colleague(user).membership
    start, refused = threading.Barrier(2), []

    def take_off(admin):
        seen = Membership.objects.get(pk=leaver.pk)
        start.wait()
        try:
            team.end(seen, by=admin)
        except StateError:
            refused.append(admin)
        connection.close()

    threads = [threading.Thread(target=take_off, args=[admin]) for admin in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert user.organisation.history.count() == 1
    assert Email.objects.count() == 1


def test_nobody_who_has_left_is_given_a_role():
    user = sme_user()
    stale = colleague(user).membership
    Membership.objects.get(pk=stale.pk).end(by=user)

    with pytest.raises(StateError, match="ne fait déjà plus partie"):
        stale.change_role(Role.ADMIN, by=user)

    assert user.organisation.memberships.admins().get().user == user

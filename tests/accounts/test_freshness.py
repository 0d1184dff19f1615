"""Every six months a company is asked whether its profile is still right: once; the mail itself changes nothing."""

from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import freshness, reading
from accounts.models import Email, Membership, Organisation, SmeProfile
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, colleague, sme_user

pytestmark = pytest.mark.django_db
PARIS = timezone.get_default_timezone()
PRODUCT = "Nous fabriquons des vannes."


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(datetime(2027, 3, 1, 10, tzinfo=PARIS))


def confirmed(days, **organisation):
    user = sme_user(**organisation)
    then = timezone.now() - timedelta(days=days)
    SmeProfile.objects.filter(organisation=user.organisation).update(confirmed_at=then)
    return user


def asked():
    return [to for mail in Email.objects.order_by("pk") for to in mail.to]


@pytest.mark.parametrize(("days", "due"), [(0, False), (181, False), (184, True), (400, True)])
def test_a_profile_is_asked_about_after_six_months(days, due):
    user = confirmed(days)

    freshness.ask_due()

    assert asked() == ([user.email] if due else [])


def test_a_profile_never_confirmed_counts_from_its_last_change():
    user = confirmed(0)
    SmeProfile.objects.update(confirmed_at=None, updated_at=timezone.now() - timedelta(days=200))

    freshness.ask_due()

    assert asked() == [user.email]


def test_twice_asks_once_and_again_only_six_months_later():
    confirmed(200)

    assert [freshness.ask_due(), freshness.ask_due()] == [1, 0]

    Email.objects.update(queued_at=timezone.now() - timedelta(days=183), key="before", daily="")
    assert freshness.ask_due() == 1


def test_it_goes_to_the_first_who_administers_in_their_language_and_to_nobody_else():
    user = confirmed(400)
    colleague(user, role=Membership.Role.ADMIN)
    colleague(user)
    type(user).objects.filter(pk=user.pk).update(language="en")

    freshness.ask_due()

    mail = Email.objects.get()
    assert (mail.to, mail.language) == ([user.email], "en")
    assert f"{reverse('accounts:profile')}#fraicheur" in mail.text


@pytest.mark.parametrize(
    ("day", "hour", "written"),
    [
        (date(2027, 3, 2), time(7, 59), 0),
        (date(2027, 3, 2), time(8), 1),
        (date(2027, 3, 2), time(18), 0),
        (date(2027, 3, 6), time(10), 0),  # a Saturday
        (date(2027, 3, 29), time(10), 0),  # Easter Monday
    ],
)
def test_nobody_is_asked_out_of_office_hours(time_machine, day, hour, written):
    confirmed(400)
    time_machine.move_to(datetime.combine(day, hour, PARIS), tick=False)

    assert freshness.ask_due() == written


@pytest.mark.parametrize("state", ["suspended", "refused", "closed"])
def test_a_company_that_may_not_act_is_left_alone(state):
    user = confirmed(400)
    Organisation.objects.filter(pk=user.organisation.pk).update(state=state)

    assert freshness.ask_due() == 0


def test_a_company_without_anyone_is_left_alone():
    OrganisationFactory(profile__confirmed_at=timezone.now() - timedelta(days=400))
    MembershipFactory(user=UserFactory())

    assert freshness.ask_due() == 0


def test_opening_the_page_confirms_nothing(client):
    user = confirmed(200)
    before = SmeProfile.objects.get().confirmed_at
    client.force_login(user)

    client.get(reverse("accounts:profile"))

    assert SmeProfile.objects.get().confirmed_at == before


@pytest.mark.parametrize(
    ("page", "sent"),
    [("reference_add", {"title": "Vannes pour Oran"}), ("profile_import", {"text": PRODUCT, "accept": "1"})],
)
def test_who_has_just_written_their_profile_has_confirmed_it_and_six_months_count_from_there(
    client, time_machine, page, sent
):
    user = sme_user()
    client.force_login(user)
    ticked = [one.key for one in reading.read(PRODUCT)]

    client.post(reverse(f"accounts:{page}"), sent | {"accepted": ticked})

    assert "Profil confirmé le 1er mars 2027." in client.get(reverse("accounts:profile")).text.replace("\xa0", " ")
    time_machine.move_to(datetime(2027, 6, 1, 10, tzinfo=PARIS))
    user.organisation.touch()  # what staff change confirms nothing
    time_machine.move_to(datetime(2027, 8, 30, 9, tzinfo=PARIS))
    assert freshness.ask_due() == 0
    time_machine.move_to(datetime(2027, 8, 31, 10, tzinfo=PARIS))
    assert freshness.ask_due() == 1


def test_an_empty_profile_is_not_said_to_be_up_to_date_nor_never_confirmed(client):
    user = sme_user()

    for one in [user, colleague(user, role=Membership.Role.READER)]:
        client.force_login(one)
        page = client.get(reverse("accounts:profile")).text
        assert "Un profil à jour" not in page
        assert "jamais confirmé" not in page

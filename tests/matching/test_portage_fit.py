"""Groups that are in the country, compared with the SME by the same engine, the other way round."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from matching import portage, portage_file, portage_fit, refresh
from matching.models import PortageRequest
from matching.portage_forms import RouteForm
from pacte.states import StateError
from tests.factories import (
    GroupProfile,
    OrganisationFactory,
    PortageRequestFactory,
    UserFactory,
    group_user,
    sme_user,
)
from tests.matching.market import some_market

pytestmark = pytest.mark.django_db
PARIS = timezone.get_default_timezone()


@pytest.fixture
def request_():
    some_market()
    sme = sme_user(profile__sectors=["eau"], profile__products="Vannes pour l'eau", profile__wanted_places=["MA"])
    return PortageRequestFactory(contact=sme)


def group(sector, text, **more):
    its = {"profile__sector": sector, "profile__presentation": text, "profile__places": ["MA"]} | more
    return OrganisationFactory(group=True, **its)


def looked_at(request):
    refresh.refresh_due()
    portage_fit.look_at_due()
    request.refresh_from_db()
    return request


def test_the_group_of_the_same_trade_comes_first_and_says_why(request_):
    wood = group("bois", "Charpentes et scieries.")
    water = group("eau", "Vannes et stations d'eau.")
    group("eau", "Vannes.", profile__places=["JP"])

    request = looked_at(request_)

    assert set(request.fits) == {str(wood.pk), str(water.pk)}
    near, far = (portage_file.fit(request, one.pk) for one in (water, wood))
    assert near.score > far.score
    assert near.reasons
    labels = [label for _, label in RouteForm(request=request).fields["groups"].choices]
    assert [label.split(" · ")[0] for label in labels] == [water.name, wood.name]


def test_nothing_due_asks_nothing_of_the_engine(request_):
    group("eau", "Vannes.")
    looked_at(request_)

    assert portage_fit.look_at_due() == 0


def test_a_company_still_to_be_read_waits_and_groups_are_looked_at_again_the_next_day(request_, time_machine):
    assert portage_fit.look_at_due() == 0  # nobody has read the company yet
    refresh.refresh_due()
    assert portage_fit.look_at_due() == 1
    late = group("eau", "Vannes.")

    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=1))

    assert portage_fit.look_at_due() == 1
    assert set(PortageRequest.objects.get().fits) == {str(late.pk)}


def test_a_changed_profile_is_compared_again(request_):
    one = group("eau", "Vannes et stations d'eau.")
    before = portage_file.fit(looked_at(request_), one.pk).score
    profile = request_.company.sme_profile
    profile.sectors, profile.products = ["bois"], "Charpentes"
    profile.save()
    request_.company.touch()

    after = portage_file.fit(looked_at(request_), one.pk).score

    assert after < before


def test_a_company_the_engine_does_not_know_yet_has_no_fit():
    group("eau", "Vannes.")
    request = PortageRequestFactory()
    GroupProfile.objects.update(places=["MA"])
    request.company.state = "suspended"
    request.company.save()

    assert looked_at(request).fits == {}
    assert RouteForm(request=PortageRequest.objects.get()).fields["groups"].choices


@pytest.mark.parametrize(("day", "there"), [("2027-02-28", False), ("2027-03-01", True)])
def test_contacts_who_want_to_pause_a_group_is_asked_nothing_before_its_day(request_, time_machine, day, there):
    one = group("eau", "Vannes.", profile__portages_from=date(2027, 3, 1))
    time_machine.move_to(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=PARIS), tick=False)

    assert portage.present_in("MA", request_.company).contains(one) is there


@pytest.mark.parametrize(
    ("asked_at", "there"),
    [("2027-03-31T23:59", True), ("2027-04-01T00:00", False)],  # the hour changed on 28 March
)
def test_contacts_who_want_to_pause_a_group_is_asked_no_more_often_in_a_month_than_it_says(
    request_, time_machine, asked_at, there
):
    one, staff = group("eau", "Vannes.", profile__portages_a_month=2), UserFactory(staff=True)
    for moment in ["2027-04-01T00:00", asked_at]:
        time_machine.move_to(datetime.fromisoformat(moment).replace(tzinfo=PARIS), tick=False)
        portage.route(PortageRequestFactory(), [one], by=staff)
    time_machine.move_to(datetime(2027, 4, 30, 23, 59, tzinfo=PARIS), tick=False)

    assert portage.present_in("MA", request_.company).contains(one) is there
    if not there:
        with pytest.raises(StateError, match="Choisissez au moins un groupe"):
            portage.route(request_, [one], by=staff)


def test_a_group_says_when_and_how_often_on_its_profile(client):
    user = group_user()
    client.force_login(user)
    url = reverse("accounts:group_profile_edit")

    refused = client.post(url, {"portages_a_month": "0", "portages_from": "2027-03-01"})
    page = client.post(url, {"portages_a_month": "1", "portages_from": "2027-03-01"}, follow=True)

    assert "portages_a_month" in refused.context["form"].errors
    assert "aucune nouvelle avant le 1er mars 2027, 1 par mois au plus" in page.text.replace("\xa0", " ")
    assert user.organisation.history.get().changes["portages_a_month"] == [None, 1]
    assert client.get(url).context["form"]["portages_from"].value() == date(2027, 3, 1)

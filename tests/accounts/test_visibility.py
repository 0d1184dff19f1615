"""To whom an SME shows itself: its wishes, its pause, and the groups it hides from, whom nobody tells."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import registry, visibility
from accounts.models import HiddenFrom, SmeProfile
from accounts.registry import RegistryDown
from pacte.states import StateError
from tests.factories import OrganisationFactory, colleague, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db
PAGE = reverse("accounts:visibility")


@pytest.fixture
def sme(client):
    user = sme_user()
    client.force_login(user)
    return user


def siren_known():
    return next(iter(registry.FixtureRegistry.COMPANIES))


def test_it_hides_from_a_group_by_its_number_and_shows_itself_again(client, sme):
    siren = siren_known()
    spaced = f"{siren[:3]} {siren[3:6]} {siren[6:]}"

    page = client.post(PAGE, {"siren": spaced}, follow=True)

    row = HiddenFrom.objects.get(company=sme.organisation)
    assert (row.siren, row.name, row.by) == (siren, registry.lookup(siren).name, sme)
    assert row.name in page.text
    client.post(reverse("accounts:visible_again", args=[row.pk]))
    client.post(reverse("accounts:visible_again", args=[row.pk]))
    assert not HiddenFrom.objects.exists()
    assert [move.changes["hidden_from"] for move in sme.organisation.history.order_by("pk")] == [
        ["", row.name],
        [row.name, ""],
    ]


def test_a_group_that_is_not_on_the_platform_is_taken_too_and_the_register_may_be_down(sme, monkeypatch):
    def down(siren):
        raise RegistryDown

    monkeypatch.setattr(registry, "lookup", down)

    row = visibility.hide(sme.organisation, "732829320", by=sme)

    assert str(row) == "732829320"


@pytest.mark.parametrize(
    ("typed", "told"), [("12", "neuf chiffres"), ("", "obligatoire"), ("000000001", "un chiffre doit être faux")]
)
def test_a_wrong_number_is_told_beside_its_field_and_stays_typed(client, sme, typed, told):
    page = client.post(PAGE, {"siren": typed})

    assert told in page.text
    assert f'value="{typed}"' in page.text or not typed
    assert not HiddenFrom.objects.exists()


def test_twice_and_of_itself_are_refused_with_a_reason(client, sme):
    visibility.hide(sme.organisation, siren_known(), by=sme)

    twice = client.post(PAGE, {"siren": siren_known()})

    assert "déjà" in twice.text
    with pytest.raises(StateError, match="propre entreprise"):
        visibility.hide(sme.organisation, sme.organisation.siren, by=sme)


def test_fifty_groups_at_most(sme):
    rows = [HiddenFrom(company=sme.organisation, siren=f"{n:09d}") for n in range(HiddenFrom.MOST)]
    HiddenFrom.objects.bulk_create(rows)

    with pytest.raises(StateError, match="Cinquante"):
        visibility.hide(sme.organisation, siren_known(), by=sme)


@pytest.mark.parametrize(("days", "good"), [(-1, False), (0, True), (366, True), (367, False)])
def test_a_pause_ends_within_a_year(client, sme, days, good):
    day = timezone.localdate() + timedelta(days=days)

    client.post(PAGE, {"wishes": "1", "proposable": "on", "paused_until": day.isoformat()})

    assert SmeProfile.objects.get(organisation=sme.organisation).paused_until == (day if good else None)


@pytest.mark.parametrize(("days", "paused"), [(-1, False), (0, True), (1, True)])
def test_a_pause_lasts_to_its_last_day(sme, days, paused):
    profile = sme.organisation.sme_profile
    SmeProfile.objects.update(paused_until=timezone.localdate() + timedelta(days=days))
    profile.refresh_from_db()

    assert profile.is_paused is paused
    assert visibility.paused().exists() is paused


def test_a_pause_that_is_over_does_not_stand_in_the_way_of_the_rest(client, sme):
    yesterday = timezone.localdate() - timedelta(days=1)
    SmeProfile.objects.update(paused_until=yesterday)

    client.post(PAGE, {"wishes": "1", "paused_until": yesterday.isoformat()})

    assert SmeProfile.objects.get(organisation=sme.organisation).proposable is False


def test_another_company_s_row_is_not_found_and_a_reader_may_not(client, sme):
    other = HiddenFrom.objects.create(company=OrganisationFactory(), siren=siren_known())
    assert client.post(reverse("accounts:visible_again", args=[other.pk])).status_code == 404

    client.force_login(colleague(sme, role="reader"))
    assert client.post(PAGE, {"siren": siren_known()}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, sme, rows, django_assert_num_queries):
    for number in range(rows):
        HiddenFrom.objects.create(company=sme.organisation, siren=f"{number:09d}")
    client.get(PAGE)

    with django_assert_num_queries(6):  # user, membership, profile, groups; savepoint
        client.get(PAGE)


def test_staff_read_it_on_the_company_s_page(client, sme):
    HiddenFrom.objects.create(company=sme.organisation, siren=siren_known(), name="DÉMO Groupe caché")
    sign_in_staff(client)

    page = client.get(reverse("admin:accounts_organisation_change", args=[sme.organisation.pk]))

    assert "DÉMO Groupe caché" in page.text

"""An SME tells what it does in four sections, each saved on its own; matching hears of every change."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Certificate, CountryExperience, Membership, Organisation, Reference, SmeProfile
from accounts.taxonomy.sectors import SECTORS
from tests.factories import colleague, group_user, sme_user

PROFILE = "accounts:profile"
PLAIN = {
    "activite": {"products": "Vannes en acier", "sectors": ["eau"], "hs_codes": "84, 8413", "cpv_codes": "45310000"},
    "export": {"export_share": ""},
    "capacites": {"languages": ["en"], "headcount": "", "turnover": "", "volume": ""},
    "projets": {"wanted_kinds": ["portage"], "place_1": "MA", "place_2": "TN"},
}


def lines(*rows, known=0):
    """A formset as the browser sends it, where `known` lines were shown filled."""
    sent = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": known}
    return sent | {f"form-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}


@pytest.fixture
def user(client):
    user = sme_user()
    client.force_login(user)
    return user


@pytest.fixture
def profile(user):
    return user.organisation.sme_profile


@pytest.fixture
def save(client, profile):
    def save(section, rows=(), known=0, **data):
        answer = client.post(
            reverse("accounts:profile_section", args=[section]), PLAIN[section] | data | lines(*rows, known=known)
        )
        profile.refresh_from_db()
        return answer

    return save


@pytest.mark.parametrize("section", PLAIN)
def test_each_section_saves_alone_and_half_filled(save, profile, section):
    others = {name for name in ("products", "languages", "wanted_kinds") if name not in PLAIN[section]}
    before = {name: getattr(profile, name) for name in others}

    response = save(section)

    assert response.url == f"{reverse(PROFILE)}#{section}"
    assert {name: getattr(profile, name) for name in others} == before
    assert profile.confirmed_at is not None


def test_what_is_typed_is_kept_as_codes(save, profile):
    save("activite")

    assert (profile.sectors, profile.hs_codes, profile.cpv_codes) == (["eau"], ["84", "8413"], ["45310000"])


def test_a_change_is_one_line_of_history_and_rings_matching(save, profile, user):
    revision = profile.revision

    save("activite")
    save("activite")

    line = user.organisation.history.get()
    assert line.actor == user
    assert line.changes["products"] == ["", "Vannes en acier"]
    assert profile.revision == revision + 1


def test_saving_without_a_change_still_says_that_the_profile_is_fresh(save, profile):
    save("activite")
    SmeProfile.objects.update(confirmed_at=timezone.now() - timedelta(days=400))

    save("activite")

    assert profile.confirmed_at > timezone.now() - timedelta(minutes=5)


def test_wrong_codes_are_named_beside_their_field_and_nothing_typed_is_lost(save, profile):
    response = save("activite", cpv_codes="45310000, ABC", products="Longuement écrit")

    page = response.content.decode()
    assert response.context["form"].errors.keys() == {"cpv_codes"}
    assert "ABC" in page
    assert "Longuement écrit" in page
    assert profile.products == ""


@pytest.mark.parametrize(("count", "fine"), [(6, True), (7, False)])
def test_six_sectors_at_most(save, profile, count, fine):
    every = list(SECTORS)[:count]

    save("activite", sectors=every)

    assert (profile.sectors == every) is fine


def test_the_naf_code_of_the_register_is_not_typed_over(save, user):
    Organisation.objects.update(naf="28.13Z", registry_status=Organisation.Registry.FOUND)

    save("activite", naf="62.01Z")

    user.organisation.refresh_from_db()
    assert user.organisation.naf == "28.13Z"


def test_an_unknown_company_says_its_naf_code_itself(save, user):
    Organisation.objects.update(registry_status=Organisation.Registry.DOWN)

    save("activite", naf="62.01Z")

    user.organisation.refresh_from_db()
    assert user.organisation.naf == "62.01Z"


def test_countries_are_one_line_each_and_empty_lines_are_none(save, profile):
    save("export", rows=[{"place": "MA", "level": "regular", "last_year": "2025"}, {"place": "", "level": ""}])

    assert list(profile.experiences.values_list("place", "level", "last_year")) == [("MA", "regular", 2025)]


def test_a_line_marked_for_removal_goes(save, profile):
    CountryExperience.objects.create(profile=profile, place="MA", level="regular")

    first = {"place": "MA", "level": "regular", "DELETE": "on"}

    save("export", known=1, rows=[first, {"place": "TN", "level": "never"}])

    assert list(profile.experiences.values_list("place", flat=True)) == ["TN"]


def test_a_line_that_a_colleague_saved_meanwhile_is_not_lost_when_sent_again(save, profile):
    CountryExperience.objects.create(profile=profile, place="MA", level="regular")

    save("export", known=0, rows=[{"place": "MA", "level": "regular"}])

    assert list(profile.experiences.values_list("place", flat=True)) == ["MA"]


@pytest.mark.parametrize(
    "rows",
    [
        [{"place": "MA", "level": "regular"}, {"place": "MA", "level": "never"}],
        [{"place": "MA", "level": ""}],
        [{"place": "", "level": "never"}],
        [{"place": "MA", "level": "never", "last_year": str(timezone.localdate().year + 1)}],
        [{"place": "XX", "level": "never"}],
    ],
    ids=["twice", "no level", "no country", "a year to come", "no such country"],
)
def test_a_wrong_line_is_told_and_changes_nothing(save, profile, rows):
    response = save("export", rows=rows, export_share="")

    assert response.status_code == 200
    assert "error" in response.content.decode()
    assert not profile.experiences.exists()


def test_certificates_keep_their_end(save, profile):
    save("capacites", rows=[{"code": "iso-9001", "expires_on": "2027-01-31"}])

    assert Certificate.objects.get(profile=profile).expires_on.isoformat() == "2027-01-31"


def test_wanted_places_are_ranked_without_holes_or_doubles(save, profile):
    save("projets", place_1="", place_2="TN", place_3="MA", place_4="TN")

    assert profile.wanted_places == ["TN", "MA"]


def test_save_and_add_brings_the_section_back(save):
    assert save("export", more="1").url.endswith("/profil/export/#lignes")


def test_a_reference_is_added_changed_and_removed(client, profile, user):
    client.post(reverse("accounts:reference_add"), {"title": "Vannes pour Oran", "place": "DZ", "cpv": "42131000"})
    reference = profile.references.get()
    assert (reference.codes, reference.shareable) == (["cpv:42131000"], False)

    client.post(reverse("accounts:reference_edit", args=[reference.pk]), {"title": "Vannes pour Alger"})
    assert profile.references.get().title == "Vannes pour Alger"

    url = reverse("accounts:reference_delete", args=[reference.pk])
    assert "Vannes pour Alger" in client.get(url).content.decode()
    assert profile.references.exists()
    client.post(url)

    assert not profile.references.exists()
    assert user.organisation.history.count() == 3
    profile.refresh_from_db()
    assert profile.revision == 4


def test_codes_of_the_register_survive_an_edit(client, profile):
    reference = Reference.objects.create(profile=profile, title="Pompes", codes=["naf:28.13", "cpv:42122000"])

    client.post(reverse("accounts:reference_edit", args=[reference.pk]), {"title": "Pompes", "cpv": "42131000"})

    reference.refresh_from_db()
    assert reference.codes == ["cpv:42131000", "naf:28.13"]


def test_another_company_s_reference_is_not_there(client, user):
    reference = Reference.objects.create(profile=sme_user().organisation.sme_profile, title="Ailleurs")

    for name in ("reference_edit", "reference_delete"):
        assert client.get(reverse(f"accounts:{name}", args=[reference.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 5])
def test_the_overview_takes_a_fixed_number_of_queries(client, profile, count, django_assert_num_queries):
    for n in range(count):
        Reference.objects.create(profile=profile, title=f"Chantier {n}")
        CountryExperience.objects.create(profile=profile, place=["MA", "TN", "DZ", "SN", "CI"][n], level="regular")
        profile.organisation.record(by=None, changes={"products": ["", str(n)]})

    with django_assert_num_queries(12):
        page = client.get(reverse(PROFILE)).content.decode()

    assert f"Chantier {count - 1}" in page


def test_an_empty_profile_says_what_to_tell_first(client, user):
    page = client.get(reverse(PROFILE))

    assert page.context["next_gap"].section == "activite"
    assert "Aucune référence" in page.content.decode()


def test_who_only_reads_sees_the_profile_and_changes_nothing(client, user):
    client.force_login(colleague(user, Membership.Role.READER))

    page = client.get(reverse(PROFILE))

    assert page.status_code == 200
    assert reverse("accounts:profile_section", args=["activite"]) not in page.content.decode()
    assert client.get(reverse("accounts:profile_section", args=["activite"])).status_code == 403


def test_a_group_has_no_sme_profile_and_an_unknown_section_is_nowhere(client, user):
    assert client.get("/profil/inconnue/").status_code == 404
    client.force_login(group_user())
    assert client.get(reverse(PROFILE)).status_code == 403


def test_a_site_s_address_that_is_too_long_is_told(save, profile):
    response = save("activite", website=f"https://example.com/{'x' * 200}")

    assert response.context["form"].errors.keys() == {"website"}


def test_a_choice_sent_twice_is_kept_once(save, profile):
    save("activite", sectors=["eau"] * 50)

    assert profile.sectors == ["eau"]


def test_who_knows_no_country_yet_is_led_to_those_they_aim_at_and_back_where_they_came_from(client, user):
    asked = reverse("accounts:profile_section", args=["export"])
    aims = reverse("accounts:profile_section", args=["projets"])

    page = client.get(asked, {"next": "/candidatures/"}).text
    others = client.get(reverse("accounts:profile_section", args=["capacites"])).text

    assert f'href="{aims}?next=%2Fcandidatures%2F#id_place_1"' in page
    assert 'id="id_place_1"' in client.get(aims).text
    assert "#id_place_1" not in others

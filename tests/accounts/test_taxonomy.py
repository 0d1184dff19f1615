import subprocess
import sys

import pytest
from django.utils import translation

from accounts import taxonomy
from accounts.taxonomy import bands, certifications, codes, languages, places, sectors, terms

# Activities a company carries out on the spot, which nobody exports: they need no sector of their own.
NOT_EXPORTED = {"47", "94", "97", "98", "99"}


def test_every_sector_maps_to_codes_that_exist():
    for sector in sectors.SECTORS.values():
        assert set(sector.naf) <= set(codes.NAF), sector.slug
        assert set(sector.hs) <= set(codes.HS), sector.slug
        assert set(sector.cpv) <= set(codes.CPV), sector.slug
        assert all([sector.naf, sector.hs, sector.cpv])


def test_every_division_that_exports_has_a_sector():
    all_sectors = sectors.SECTORS.values()

    assert {c for c in codes.NAF if len(c) == 2} - {c for s in all_sectors for c in s.naf} == NOT_EXPORTED
    assert set(codes.HS) - {c for s in all_sectors for c in s.hs} == set()
    assert set(codes.CPV) - {c for s in all_sectors for c in s.cpv} == set()


def test_nomenclatures_are_whole():
    assert len([c for c in codes.NAF if len(c) == 2]) == 88
    assert len([c for c in codes.NAF if len(c) == 1]) == 21
    assert len(codes.HS) == 96  # 97 chapters, of which the 77th is reserved
    assert len(codes.CPV) == 45
    assert {d.parent for d in codes.NAF.values() if d.parent} == {c for c in codes.NAF if len(c) == 1}


def test_places_are_whole_and_hang_together():
    assert (len(places.ZONES), len(places.REGIONS), len(places.DEPARTMENTS)) == (12, 18, 101)
    assert {"XK", "TW", "PF"} <= set(places.COUNTRIES)
    assert len(places.COUNTRIES) == 238
    for code, place in places.PLACES.items():
        assert place.parent in places.PLACES or code in places.ZONES
    assert all(places.countries_of(zone) for zone in places.ZONES)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("FR-60", ("FR-60", "FR-R32", "FR", "Z-EUW")),
        ("FR-2A", ("FR-2A", "FR-R94", "FR", "Z-EUW")),
        ("FR-974", ("FR-974", "FR-R04", "FR", "Z-EUW")),
        ("MA", ("MA", "Z-AFN")),
        ("Z-AFN", ("Z-AFN",)),
        ("??", ("??",)),
    ],
)
def test_a_place_knows_what_contains_it(code, expected):
    assert places.ancestors(code) == expected


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [("60200", "FR-60"), ("20000", "FR-2A"), ("20200", "FR-2B"), ("97410", "FR-974"), ("98000", ""), ("", "")],
)
def test_a_postcode_names_its_department(postcode, expected):
    assert places.department_of(postcode) == expected


@pytest.mark.parametrize(
    ("scheme", "code", "expected"),
    [
        ("cpv", "45311000", ("45311", "4531", "453", "45")),
        ("cpv", "45311213", ("45311213", "4531121", "453112", "45311", "4531", "453", "45")),
        ("cpv", "30000000", ("30",)),
        ("naf", "28.13Z", ("28.13Z", "28.13", "28.1", "28", "C")),
        ("naf", "28", ("28", "C")),
        ("naf", "C", ("C",)),
        ("hs", "841370", ("841370", "8413", "84")),
        ("hs", "84", ("84",)),
    ],
)
def test_a_code_knows_what_contains_it(scheme, code, expected):
    assert codes.ancestors(scheme, code) == expected


@pytest.mark.parametrize(
    ("scheme", "typed", "expected"),
    [
        ("naf", "2813Z", "28.13Z"),
        ("naf", " naf 28.13 z", "28.13Z"),
        ("naf", "28", "28"),
        ("hs", "84.13.70", "841370"),
        ("hs", "HS: 84", "84"),
        ("cpv", "45310000-3", "45310000"),
        ("cpv", "cpv:4531", "45310000"),
        ("cpv", "45", "45000000"),
    ],
)
def test_codes_are_understood_as_people_write_them(scheme, typed, expected):
    assert codes.parse(scheme, typed) == expected


@pytest.mark.parametrize(
    ("scheme", "typed"),
    [("naf", "28.98"), ("naf", "04"), ("naf", "valves"), ("naf", ""), ("naf", "28.13ZZ"), ("hs", "77"), ("hs", "841"),
     ("hs", "84137000"), ("cpv", "46000000"), ("cpv", "4"), ("cpv", "453100001")],
)  # fmt: skip
def test_what_is_no_code_is_refused(scheme, typed):
    if (scheme, typed) == ("naf", "28.98"):  # 28.99 exists, 28.98 does not
        typed = "28.98"

    with pytest.raises(ValueError, match="is not a"):
        codes.parse(scheme, typed)


def test_a_list_of_codes_tells_the_good_from_the_bad():
    assert codes.parse_list("cpv", "45310000-3, 4531 ; tuyaux\n42") == (["45310000", "42000000"], ["tuyaux"])


def test_a_code_may_carry_its_scheme():
    assert codes.split("cpv:45311000") == ("cpv", "45311000")
    with pytest.raises(ValueError, match="no known scheme"):
        codes.split("unspsc:12")


def test_labels_and_choices_follow_the_active_language():
    with translation.override("fr"):
        assert places.label("DE") == "Allemagne"
        assert sectors.label("eau") == "Eau et assainissement"
        assert codes.label("naf", "28.13Z") == "Fabrication de machines et équipements"
        assert ("DE", "Allemagne") in places.choices()
    with translation.override("en"):
        assert places.label("DE") == "Germany"
        assert places.label("DE", "fr") == "Allemagne"
        assert codes.label("cpv", "45311000") == "Construction work"
        assert bands.label(bands.HEADCOUNT, "20-49") == "20 to 49 employees"
        assert certifications.label("iso-9001") == "ISO 9001 – quality"
        assert languages.label("de") == "German"


def test_lists_are_sorted_as_people_read_them():
    with translation.override("fr"):
        names = [label for _code, label in places.choices()]

    assert names.index("États-Unis") < names.index("Finlande")
    assert [group for group, _countries in places.grouped_choices()] == [
        label for _code, label in places.zone_choices()
    ]
    assert len(places.region_choices()) == 18
    assert places.department_choices()[0] == ("FR-01", "01 – Ain")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_two_choices_read_the_same(language):
    with translation.override(language):
        lists = [
            sectors.choices(), places.choices(), places.zone_choices(),
            places.region_choices(), places.department_choices(),
            *(codes.choices(scheme) for scheme in codes.SCHEMES), certifications.choices(), languages.choices(),
            bands.headcount_choices(), bands.turnover_choices(), bands.volume_choices(),
            bands.export_share_choices(),
        ]  # fmt: skip

    for choices in lists:
        labels = [label for _code, label in choices]
        assert len(set(labels)) == len(labels)
        assert all(labels)


def test_an_unknown_code_is_shown_as_it_is():
    assert places.label("ZZ") == "ZZ"
    assert sectors.label("disparu") == "disparu"


def test_every_sector_is_of_one_family():
    with translation.override("en"):
        families = sectors.grouped_choices()

    assert sorted(slug for _family, its in families for slug, _name in its) == sorted(sectors.SECTORS)
    assert ("Digital", "telecoms") in [(family, its[-1][0]) for family, its in families]


def test_an_activity_suggests_its_sectors():
    assert sectors.for_naf("36.00Z") == ["eau"]
    assert "machines" in sectors.for_naf("28.13Z")


def test_folding_ignores_accents_and_ligatures():
    assert terms.folded("Œuvre Élan") == "oeuvre elan"


def test_the_whole_taxonomy_is_plain_python_that_asks_no_table():
    names = ["bands", "certifications", "codes", "languages", "places", "sectors"]
    program = f"import sys\nfrom accounts.taxonomy import {', '.join(names)}\nprint('accounts.models' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said == "False\n"


@pytest.mark.parametrize(
    ("scheme", "code", "expected"),
    [
        ("sector", "eau", "Water and sanitation"),
        ("place", "MA", "Morocco"),
        ("naf", "28.13Z", "Manufacture of machinery and equipment"),
        ("hs", "841370", "Machinery, boilers and mechanical appliances"),
        ("cpv", "45311000", "Construction work"),
        ("certification", "ce", "CE marking"),
        ("language", "de", "German"),
        ("headcount", "1-9", "1 to 9 employees"),
        ("turnover", "250m+", "over €250m"),
    ],
)
def test_one_function_words_them_all(scheme, code, expected):
    assert taxonomy.label(scheme, code, "en") == expected

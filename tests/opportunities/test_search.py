from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone, translation

from accounts.taxonomy import sectors
from opportunities import catalogue
from opportunities.filters import Criteria, Selection
from opportunities.models import Opportunity
from opportunities.search import search
from tests.factories import OpportunityFactory, OrganisationFactory


def published(**fields):
    plain = {"title": "Titre", "teaser": "", "description": "", "places": [], "sectors": []}
    return OpportunityFactory(published=True, **{**plain, **fields})


def found(asked):
    """Titles, the best first."""
    known = catalogue.current()
    result = search(known, asked)
    pks = [pk for level in result.levels for pk in known.pks(level, known.newest)]
    titles = dict(Opportunity.objects.values_list("pk", "title"))
    return [titles[pk] for pk in pks]


def selection(query, *, fit=False):
    return Selection(catalogue.current(), Criteria.read(QueryDict(query), fit=fit))


def counts(query, name):
    facet = next(facet for facet in selection(query).facets() if facet.name == name)
    return {option.value: int(option.count) for option in facet.options if not option.empty}


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Équipements électriques", "equipement electrique"),
        ("Equipements electriques", "équipements électriques"),
        ("Vannes de régulation", "vanne"),
        ("Stations de pompage", "la station de pompage"),
        ("Traitement de l'eau", "traitement d’eau"),
        ("Tuyaux en fonte", "tuyau"),
        ("Matériau composite", "matériaux composites"),
        ("Cœur de réacteur", "coeur"),
        ("Offre de co-export", "co-export"),
        ("Norme ISO 9001", "iso 9001"),
        ("Menuiserie à Lyon", "menuiserie à Lyon"),
    ],
)
def test_words_are_found_whatever_their_accents_number_and_small_words(title, asked):
    published(title=title)
    published(title="Parfums de Grasse")

    assert found(asked) == [title]


@pytest.mark.parametrize(("field", "value"), [("places", ["MA"]), ("places", ["FR-60"]), ("sectors", ["eau"])])
def test_names_of_places_and_sectors_are_found_in_both_languages(field, value):
    published(title="Celle-ci", **{field: value})
    published(title="Une autre")
    names = {"MA": ["Maroc", "Morocco"], "FR-60": ["Oise"], "eau": ["assainissement", "sanitation"]}[value[0]]

    assert [found(name) for name in names] == [["Celle-ci"]] * len(names)


def test_the_better_placed_word_comes_first():
    published(title="Un", description="Il faut une turbine.")
    published(title="Deux", teaser="Une turbine à livrer")
    published(title="Turbine trois")

    assert found("turbine") == ["Turbine trois", "Deux", "Un"]


def test_every_word_is_wanted_but_those_with_a_minus_and_a_phrase_stays_together():
    published(title="Pompe solaire")
    published(title="Pompe à chaleur")
    published(title="Chaleur de la pompe")

    assert found("pompe -solaire") == ["Chaleur de la pompe", "Pompe à chaleur"]
    assert found('"pompe à chaleur"') == ["Pompe à chaleur"]
    assert found("pompe turbine") == []


@pytest.mark.parametrize("typo", ["irigation", "irrigaton", "irrigatoin", "irriguation"])
def test_a_typing_mistake_is_corrected_and_said(typo):
    published(title="Réseau d'irrigation")

    result = search(catalogue.current(), typo)

    assert found(typo) == ["Réseau d'irrigation"]
    assert result.corrected == "irrigation"


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Poste électrique", "électricien"),
        ("Poste électrique", "électricité"),
        ("Lots de robinetterie", "valves"),
        ("Une offre de transport", "transporteur"),
        ("Station de dessalement", "desalination"),
        ("Cuves inox", "stainless steel"),
        ("Salon de Lyon", "trade fair"),
    ],
)
def test_families_of_words_and_other_words_for_the_same_are_found(title, asked):
    published(title=title)
    published(title="Parfums de Grasse")

    assert found(asked) == [title]


@pytest.mark.parametrize(
    "asked", ["Émirats", "UAE", "U.A.E.", "emirates", "dubai", "Abou-Dabi", "Golfe", "moyen orient"]
)
def test_a_country_is_found_by_any_usual_name(asked):
    published(title="Celle-ci", places=["AE"])
    published(title="Une autre", places=["MA"])

    assert found(asked) == ["Celle-ci"]


def test_the_word_typed_comes_before_its_synonym():
    published(title="Robinets")
    published(title="Vannes")
    published(title="Robinets encore")

    assert found("vanne")[0] == "Vannes"
    assert found("robinet")[:2] == ["Robinets encore", "Robinets"]


def test_what_a_nomenclature_calls_it_leads_to_the_sector_when_no_word_does():
    published(title="Celle-ci", sectors=["mode-luxe"])
    published(title="Une autre", sectors=["eau"])

    assert found("chapeaux") == ["Celle-ci"]


def test_words_that_any_opportunity_says_exclude_none():
    published(title="Vannes", places=["MA"])

    assert found("je cherche un projet export de vannes au Maroc") == ["Vannes"]
    assert found("projet") == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("emballge recyclabel", "emballages recyclables"), ("photo voltaiques", "photovoltaïques"),
                         ("emballagesrecyclables", "emballages recyclables")]
)  # fmt: skip
def test_two_words_mistyped_joined_or_parted_are_mended(typed, meant):
    published(title="Emballages recyclables")
    published(title="Panneaux photovoltaïques")

    assert search(catalogue.current(), typed).corrected == meant


def test_a_rare_spelling_gets_a_suggestion_and_keeps_its_result():
    for number in range(3):
        published(title=f"Vannes {number}", teaser="Des vannes")
    published(title="Autre", description="vannel")

    result = search(catalogue.current(), "vannel")

    assert found("vannel") == ["Autre"]
    assert (result.corrected, result.suggested) == ("", "vannes")


@pytest.mark.parametrize("asked", ["", "   ", "les", "à la", "-", '""', "!!!", "'", "-vanne"])
def test_a_query_without_a_word_searches_nothing(asked):
    assert search(catalogue.current(), asked) is None


@pytest.mark.parametrize("asked", ["é" * 5000, "a' OR 1=1 --", "vanne & | ! ( )", "\x00vanne", "👍", "%s %d"])
def test_a_strange_query_does_no_harm(asked):
    published(title="Vannes")

    search(catalogue.current(), asked)


def test_a_group_is_not_found_by_the_name_it_keeps_to_itself():
    OpportunityFactory(published=True, secret=True, owner__name="DÉMO Zéphyrine")

    assert found("zephyrine") == []


def test_a_change_shows_at_once(django_assert_num_queries):
    first = published(title="Vannes")
    assert found("vannes") == ["Vannes"]

    second = published(title="Turbines")
    first.title = "Pompes"
    first.save()
    assert (found("vannes"), found("pompes"), found("turbines")) == ([], ["Pompes"], ["Turbines"])

    second.close(by=None)
    assert (found("turbines"), catalogue.current().open.bit_count()) == ([], 1)
    with django_assert_num_queries(1):
        catalogue.current()


def test_a_change_committed_late_is_not_missed():
    catalogue.current()
    late = published(title="Vannes")
    other = published(title="Pompes")
    Opportunity.objects.filter(pk=late.pk).update(state=Opportunity.State.SUBMITTED)  # as if not committed yet
    assert found("vannes") == []

    before = timezone.now() - timedelta(seconds=90)  # its transaction began before the one we have seen
    Opportunity.objects.filter(pk=late.pk).update(
        state=Opportunity.State.PUBLISHED, revision=late.revision + 1, updated_at=before
    )

    assert found("vannes") == ["Vannes"]
    assert found("pompes") == [other.title]


def test_a_deleted_row_leaves_at_the_next_audit(time_machine):
    time_machine.move_to(datetime(2026, 6, 1, 8, tzinfo=UTC), tick=False)
    gone = published(title="Vannes", apply_by=None, answer_by=None)
    kept = published(title="Pompes", apply_by=None, answer_by=None)
    assert catalogue.current().open.bit_count() == 2

    gone.delete()
    time_machine.shift(catalogue.AUDIT + timedelta(seconds=1))
    known = catalogue.current()

    assert known.pks(known.open, known.newest) == [kept.pk]


def test_many_changes_leave_no_heap_of_dead_entries(monkeypatch):
    monkeypatch.setattr(catalogue, "SPARE", 3)
    opportunity = published(title="Vannes")
    for _ in range(8):
        opportunity.save()
        known = catalogue.current()

    assert len(known.index.entries) <= 6
    assert known.pks(known.open, known.newest) == [opportunity.pk]


@pytest.mark.parametrize(
    ("moment", "open_on_it"),
    [
        ("2026-10-24T21:59:59+00:00", True),  # 23:59:59 in Paris, summer time
        ("2026-10-24T22:00:00+00:00", False),  # midnight in Paris, the night the clocks go back
        ("2026-10-24T12:00:00+00:00", True),
    ],
)
def test_the_last_day_counts_whole_in_paris(time_machine, moment, open_on_it):
    published(apply_by=datetime(2026, 10, 24, tzinfo=UTC).date(), answer_by=None)
    time_machine.move_to(datetime.fromisoformat(moment), tick=False)

    assert bool(catalogue.current().open) is open_on_it


@pytest.mark.parametrize(
    ("moment", "open_on_it"), [("2026-12-31T22:59:59+00:00", True), ("2026-12-31T23:00:00+00:00", False)]
)
def test_the_last_day_ends_an_hour_later_for_london_in_winter(time_machine, moment, open_on_it):
    published(apply_by=datetime(2026, 12, 31, tzinfo=UTC).date(), answer_by=None)
    time_machine.move_to(datetime.fromisoformat(moment), tick=False)

    assert bool(catalogue.current().open) is open_on_it


def test_midnight_passes_without_any_change_of_a_row(time_machine):
    time_machine.move_to(datetime(2026, 6, 1, 21, 59, 50, tzinfo=UTC), tick=False)
    published(apply_by=timezone.localdate(), answer_by=None)
    assert counts("", "echeance") == {"7j": 1}

    time_machine.shift(20)

    assert catalogue.current().open == 0


def test_a_facet_counts_what_choosing_it_would_give():
    published(kind="portage", places=["MA"], sectors=["eau"], language="en", first_exporters_welcome=True)
    published(kind="portage", places=["TN", "MA"], sectors=["eau", "btp"])
    published(kind="event", places=["FR-60"], sectors=["btp"])
    OpportunityFactory(kind="tender")  # a draft counts nowhere

    assert counts("", "type") == {"portage": 2, "event": 1}
    assert counts("", "pays") == {"MA": 2, "TN": 1, "FR": 1}
    assert counts("", "zone")["Z-AFN"] == 2
    assert counts("type=event", "type") == {"portage": 2, "event": 1}
    assert counts("type=event", "secteur") == {"btp": 1}
    assert counts("pays=MA&pays=FR", "type") == {"portage": 2, "event": 1}
    assert counts("pays=MA", "langue") == {"fr": 1, "en": 1}
    assert counts("pays=MA", "primo") == {"1": 1}
    assert selection("pays=MA&secteur=btp").bits.bit_count() == 1


def test_deadlines_are_counted_by_days_left():
    today = timezone.localdate()
    for days in [0, 7, 8, 30, 31, 90, 91]:
        published(apply_by=today + timedelta(days=days), answer_by=None)
    published(apply_by=None, answer_by=None)

    assert counts("", "echeance") == {"7j": 2, "30j": 2, "90j": 2, "plus": 1, "sans": 1}


def test_the_sector_of_a_group_that_hides_its_name_is_not_counted():
    group = OrganisationFactory(group=True, profile__sector="nucleaire")
    published(owner=group)
    published(owner=group, confidential=True, alias="Un groupe")

    assert counts("", "groupe") == {"nucleaire": 1}
    assert selection("groupe=nucleaire").bits.bit_count() == 1


def test_countries_are_the_most_frequent_until_a_zone_is_chosen():
    codes = ["MA", "TN", "DZ", "DE", "ES", "IT", "PL", "BE", "NL", "SE", "DK", "FI", "PT", "AT"]
    for place, code in enumerate(codes):
        published(places=codes[: place + 1] if code == "AT" else [code])

    assert len(counts("", "pays")) == 12
    assert set(counts("zone=Z-AFN", "pays")) == {"MA", "TN", "DZ"}


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("q=&tri=&page=", ""),
        ("q=++eau++potable+", "q=eau+potable"),
        ("pays=TN&pays=MA&type=portage&pays=MA", "type=portage&pays=MA&pays=TN"),
        ("type=nimporte&pays=ZZ&zone=MA&secteur=x&langue=de&echeance=1&primo=2", ""),
        ("tri=recentes", ""),
        ("tri=pertinence", ""),
        ("tri=adequation", ""),
        ("tri=echeance&page=3", "tri=echeance&page=3"),
        ("q=eau&tri=pertinence", "q=eau"),
        ("q=eau&tri=recentes", "q=eau&tri=recentes"),
        ("page=-1", ""),
        ("page=٣", ""),
        ("page=99999999999999999999", ""),
        ("page=abc", ""),
    ],
)
def test_an_address_is_read_politely_and_written_one_way(query, canonical):
    assert Criteria.read(QueryDict(query), fit=False).query() == canonical


def test_fit_is_an_order_for_those_who_have_one():
    assert Criteria.read(QueryDict("tri=adequation"), fit=True).query() == "tri=adequation"


def test_chips_take_one_filter_away_and_say_what_is_left():
    published(kind="portage", places=["MA"])
    published(kind="event", places=["MA"])

    chips = selection("q=titre&type=portage&pays=MA&page=2").chips()

    assert [(chip.label, chip.url, chip.count) for chip in chips] == [
        ("Portage", "?q=titre&pays=MA", 2),
        ("Maroc", "?q=titre&type=portage", 1),
    ]


def test_labels_follow_the_language():
    published(sectors=["eau"])
    with translation.override("en"):
        facet = next(facet for facet in selection("").facets() if facet.name == "secteur")

    assert facet.options[0].label == sectors.SECTORS["eau"].label_en

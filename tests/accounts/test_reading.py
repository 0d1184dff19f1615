"""A company's own text becomes proposals with their sentence; only what is ticked enters the profile."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import import_profile, reading
from accounts.models import Membership, SmeProfile
from tests.factories import colleague, sme_user

PAGE = "/profil/importer/"
TEXT = """DÉMO Robinetterie
Nous fabriquons des vannes en acier inoxydable pour l'eau potable. Certifiés ISO 9001:2015 et EN 9100.
Notre équipe parle anglais et espagnol couramment.
Nous exportons au Maroc et au Sénégal ; une filiale nous représente en Allemagne.
Marchés publics : CPV 42131000-2, code SH 8481.

Nos références :
- Station de pompage, DÉMO Eaux
- Usine de dessalement, DÉMO Mer

Contact
"""


def found(text):
    return [(one.kind, one.code) for one in reading.read(text)]


@pytest.fixture
def user(client):
    user = sme_user()
    client.force_login(user)
    return user


def keys(text, *kinds):
    return [one.key for one in reading.read(text) if not kinds or one.kind in kinds]


def test_a_text_is_read_into_all_that_a_profile_says():
    assert found(TEXT) == [
        ("certification", "iso-9001"), ("certification", "en-9100"),
        ("language", "en"), ("language", "es"),
        ("place", "MA"), ("place", "SN"), ("place", "DE"),
        ("cpv", "42131000"), ("hs", "8481"),
        ("product", "Nous fabriquons des vannes en acier inoxydable pour l'eau potable."),
        ("reference", "Station de pompage, DÉMO Eaux"), ("reference", "Usine de dessalement, DÉMO Mer"),
    ]  # fmt: skip


def test_a_list_of_references_ends_where_its_bullets_end():
    text = "Nos références :\n- 2023, douze stations au Maroc\n- 2021, vannes\nNos équipes parlent anglais."

    assert found(text) == [
        ("language", "en"),
        ("reference", "2023, douze stations au Maroc"),
        ("reference", "2021, vannes"),
    ]


def test_a_national_office_is_a_customer_and_not_a_place_of_ours():
    levels = {one.code: one.level for one in reading.read(
        "Livraison au Maroc pour l'office national de l'eau.\nOur offices in Tunisia.\nNous exportons aux Émirats."
    )}  # fmt: skip

    assert levels == {"MA": "occasional", "TN": "local", "AE": "occasional"}


def test_a_reference_that_is_its_whole_line_is_not_told_twice():
    shown = [import_profile.told(one) for one in reading.read("Nos références :\n- Station de pompage, DÉMO Eaux")]

    assert shown == ["Station de pompage, DÉMO Eaux"]


def test_each_proposal_shows_the_sentence_it_comes_from():
    text = " ".join(TEXT.split())

    for one in reading.read(TEXT):
        if one.kind != "reference":
            assert one.sentence in text
        else:
            assert one.sentence == f"Nos références : {one.code}"


@pytest.mark.parametrize(
    "text",
    [
        "Certification ISO 9001 en cours.",
        "Nous ne sommes pas encore certifiés ISO 14001.",
        "Ce produit est le plus vendu.",
        "Notre API est ouverte aux développeurs.",
        "Une cuisine française et un accent anglais.",
        "Le Maroc est un beau pays.",
        "CPV 99999999",
        "Une clientèle allemande exigeante.",
        "Nos clients visent l'Allemagne.",
        "Le Maroc souhaite moderniser ses ports avec nos clients.",
        "DÉMO Optique vise l'Allemagne avec ses clients.",
        "Our customers target Germany.",
        "Nous ne visons pas les Émirats.",
        "Au Maroc, nous n'avons encore aucun client.",
        "Nous n'exportons pas encore au Maroc, ni en Tunisie.",
        "Bientôt une filiale au Maroc.",
        "Exporter au Maroc est notre priorité.",
        "Fort de son expérience au Maroc, DÉMO Vannes souhaite se développer au Sénégal.",
        "We do not export to Germany.",
        "",
    ],
)
def test_nothing_is_invented(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "aims"),
    [
        ("Nous visons les Émirats.", ["AE"]),
        ("Nous souhaitons nous développer au Maroc et en Tunisie.", ["MA", "TN"]),
        ("Nous souhaitons vendre en Allemagne, puis ouvrir une filiale en Espagne.", ["DE", "ES"]),
        ("Cible : Allemagne, Espagne", ["DE", "ES"]),
        ("Pays visés : Maroc", ["MA"]),
        ("Nos marchés cibles – Maroc, Sénégal", ["MA", "SN"]),
        ("Notre objectif est d'exporter au Maroc.", ["MA"]),
        ("Pour nous implanter au Maroc, nous cherchons un partenaire.", ["MA"]),
        ("Le Maroc est notre prochain marché.", ["MA"]),
        ("Au Maroc et en Tunisie, nous voulons livrer des hôpitaux.", ["MA", "TN"]),
        ("Objectif 2027 : ouvrir une filiale au Canada.", ["CA"]),
        ("Déjà présents au Maroc, nous souhaitons nous implanter en Tunisie.", ["TN"]),
        ("Après l'Espagne, nous aimerions aller au Portugal.", ["PT"]),
        ("Nous visons le Japon, grâce à notre présence en Corée du Sud.", ["JP"]),
        ("We target Germany.", ["DE"]),
        ("We are looking for customers in Germany and Spain.", ["DE", "ES"]),
        ("We want to sell in Germany and open a branch in Spain.", ["DE"]),  # there, or aimed at: not said
        ("Our target markets: Germany, Bosnia and Herzegovina.", ["DE", "BA"]),
    ],
)
def test_what_a_company_aims_at_is_a_country_aimed_at_and_never_one_it_knows(text, aims):
    assert found(text) == [("target", code) for code in aims]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Nous exportons au Maroc et visons les Émirats.", [("place", "MA"), ("target", "AE")]),
        ("Nous visons les Émirats, mais livrons le Maroc.", [("place", "MA"), ("target", "AE")]),
        ("Forts de nos clients au Maroc, nous ciblons la Tunisie.", [("place", "MA"), ("target", "TN")]),
        ("We export to Morocco and target Germany.", [("place", "MA"), ("target", "DE")]),
        ("Nous exportons au Maroc. Nous visons le Maroc.", [("place", "MA"), ("target", "MA")]),
        ("Nous vendons des objectifs en Allemagne.", [("place", "DE")]),
        ("Un client au Maroc souhaite nos vannes.", [("place", "MA")]),
    ],
)
def test_each_clause_speaks_for_its_own_countries(text, said):
    assert found(text) == said


def test_where_it_is_and_where_it_sells_are_told_apart_in_one_sentence():
    levels = {one.code: one.level for one in reading.read("Nous exportons au Maroc et notre filiale est en Espagne.")}

    assert levels == {"MA": "occasional", "ES": "local"}


@pytest.mark.parametrize(
    "text",
    [
        "DÉMO Optique conçoit et fabrique des caméras thermiques.",
        "DÉMO Optique produit des lentilles.",
        "Notre atelier usine et assemble des pièces de précision.",
        "Conception et fabrication de capteurs optiques sur mesure.",
        "Fabricant français de vannes.",
        "Nous concevons et fabriquons des bancs de test.",
        "DÉMO Optics designs and manufactures thermal cameras.",
        "A leading French manufacturer of valves.",
    ],
)
def test_what_a_company_makes_is_read_from_the_usual_sentences(text):
    assert found(text) == [("product", text)]


@pytest.mark.parametrize(
    "text",
    [
        "Ce produit des années 80 est le plus vendu.",
        "Le produit du mois est épuisé.",
        "Chaque produit de la gamme est garanti.",
        "Visitez notre usine de Strasbourg.",
        "Une marque de fabrique.",
        "Une fabrication française.",
    ],
)
def test_the_same_words_as_nouns_say_no_product(text):
    assert [one for one in reading.read(text) if one.kind == "product"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("Marquage CE", "ce"), ("Usine certifiée MASE", "mase"), ("iso9001", "iso-9001"), ("Normes API 6D", "api")],
)
def test_usual_spellings_of_certificates(text, code):
    assert found(text) == [("certification", code)]


def test_names_after_a_colon_are_references_each():
    assert found("Ils nous font confiance : DÉMO Alpha, DÉMO Bêta, etc.") == [
        ("reference", "DÉMO Alpha"), ("reference", "DÉMO Bêta")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a " * 25_000, "ISO " * 12_500, "nos references\n" * 3_000, "é" * 50_000, "nous visons Maroc, " * 2_600,
        ("Nous visons le Maroc, " + "au " * 80 + "x Maroc\n") * 180,
    ],
)  # fmt: skip
def test_a_hostile_text_takes_no_time(text):
    begin = time.monotonic()

    reading.read(text)

    assert time.monotonic() - begin < 5


def test_reading_alone_saves_nothing(client, user):
    before = SmeProfile.objects.values().get()

    response = client.post(PAGE, {"text": TEXT})

    assert "Certifiés ISO 9001:2015 et EN 9100." in response.content.decode()
    assert "checked" not in response.content.decode().partition("<form")[2]
    profile = SmeProfile.objects.get()
    assert SmeProfile.objects.values().get() == before
    assert [rows.count() for rows in (profile.certificates, profile.experiences, profile.references)] == [0, 0, 0]


def test_what_is_ticked_is_kept_once_and_nothing_else(client, user):
    sent = {"text": TEXT, "accept": "1", "accepted": keys(TEXT, "certification", "place", "hs", "reference")}

    client.post(PAGE, sent)
    client.post(PAGE, sent)

    profile = SmeProfile.objects.get()
    assert list(profile.certificates.values_list("code", flat=True)) == ["en-9100", "iso-9001"]
    levels = [("MA", "occasional"), ("SN", "occasional"), ("DE", "local")]
    assert list(profile.experiences.values_list("place", "level")) == levels
    assert (profile.hs_codes, profile.cpv_codes, profile.languages, profile.products) == (["8481"], [], [], "")
    assert set(profile.references.values_list("shareable", flat=True)) == {False}
    assert profile.references.count() == 2
    assert user.organisation.history.count() == 1


def test_countries_aimed_at_join_those_that_are_there_as_far_as_there_is_room(client, user):
    SmeProfile.objects.update(wanted_places=["MA", "SN", "CI"])
    text = "Nous visons le Maroc, le Japon, le Canada et le Chili."

    [(title, lines)] = client.post(PAGE, {"text": text}).context["choice"].fields["accepted"].choices
    client.post(PAGE, {"text": text, "accept": "1", "accepted": [key for key, _told in lines]})

    assert title == "Les pays que vous visez"
    assert lines[0][1].replace("\xa0", " ") == f"Japon : « {text} »"
    assert SmeProfile.objects.get().wanted_places == ["MA", "SN", "CI", "JP", "CA"]
    assert not SmeProfile.objects.get().experiences.exists()


def test_products_join_those_that_are_there(client, user):
    SmeProfile.objects.update(products="Pompes")

    client.post(PAGE, {"text": TEXT, "accept": "1", "accepted": keys(TEXT, "product")})

    assert SmeProfile.objects.get().products.splitlines()[0] == "Pompes"
    assert "vannes en acier" in SmeProfile.objects.get().products


def test_what_the_text_does_not_say_cannot_be_slipped_in(client, user):
    response = client.post(PAGE, {"text": "Marquage CE", "accept": "1", "accepted": keys("Certifié ISO 9001")})

    assert response.status_code == 200
    assert not SmeProfile.objects.get().certificates.exists()


@pytest.mark.parametrize("text", ["", "a" * 50_001])
def test_no_text_or_too_long_a_one_is_told_beside_its_field(client, user, text):
    response = client.post(PAGE, {"text": text})

    assert response.context["form"].errors.keys() == {"text"}
    assert text in response.content.decode()


def test_without_a_tick_the_proposals_come_back(client, user):
    response = client.post(PAGE, {"text": TEXT, "accept": "1"})

    assert response.context["choice"].errors.keys() == {"accepted"}


def test_a_text_that_says_nothing_new_says_so(client, user):
    response = client.post(PAGE, {"text": "Bonjour"})

    assert "Essayez la page de vos références" in response.content.decode()


def test_a_profile_is_confirmed_by_a_click_that_matching_hears_of(client, user):
    long_ago = timezone.now() - timedelta(days=400)
    SmeProfile.objects.update(confirmed_at=long_ago)
    assert "Tout est-il encore juste" in client.get(reverse("accounts:profile")).content.decode()
    revision = SmeProfile.objects.get().revision

    client.post(reverse("accounts:profile_confirm"))

    profile = SmeProfile.objects.get()
    assert profile.confirmed_at > timezone.now() - timedelta(minutes=1)
    assert profile.revision == revision + 1
    assert user.organisation.history.get().actor == user
    assert "Tout est-il encore juste" not in client.get(reverse("accounts:profile")).content.decode()


def test_who_only_reads_confirms_nothing(client, user):
    client.force_login(colleague(user, role=Membership.Role.READER))

    assert client.post(reverse("accounts:profile_confirm")).status_code == 403
    assert SmeProfile.objects.get().confirmed_at is None


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Références : des capteurs pour une usine d'eau à Rabat, Maroc, 2023.", "occasional"),
        ("Notre usine de Tanger, au Maroc, emploie trente personnes.", "local"),
        ("Un bureau à Casablanca, Maroc.", "local"),
        ("Notre bureau d'études a livré un client au Maroc.", "occasional"),
    ],
)
def test_a_client_s_plant_is_not_the_company_s_own(text, level):
    [place] = [one for one in reading.read(text) if one.kind == "place"]

    assert (place.code, place.level) == ("MA", level)


def test_the_languages_in_which_a_company_works_are_read():
    found = {one.code for one in reading.read("Nous travaillons en français et en anglais.") if one.kind == "language"}

    assert found == {"fr", "en"}

"""Coordinates leave with the introduction alone: however people write them, a text that gives them is told so."""

import pytest

from opportunities import coordinates


@pytest.mark.parametrize(
    "given",
    [
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06/12/34/56/78",
        "06 – 12 – 34 – 56 – 78",
        "06\u200b12345678",
        "+33612345678",
        "+33 (0)6 12 34 56 78",
        "0033 6 12 34 56 78",
        "00 33 6 12 34 56 78",
        "+212 6 12 34 56 78",
        "+1 (514) 555-0123",
        "camille@example.com",
        "camille@\u200bexample.com",
        "camille\uff20example.com",
        "camille&#64;example.com",
        "camille&commat;example.com",
        "camille\\@example.com",
        "camille**@**example.com",
        "camille (at) example.com",
        "camille[arobase]example.com",
        "https://demo.example",
        "WWW.demo.example",
        "w\u200bww.demo.example",
        "https&colon;//demo.example",
        "vannes-demo.fr",
        "Vannes-Demo.COM/contact",
        "export.vannes-demo.eu",
    ],
)
def test_coordinates_are_found_however_they_are_written(given):
    assert coordinates.lead_out(f"Écrivez-moi : {given}, merci.")
    assert coordinates.lead_out(given)


@pytest.mark.parametrize(
    "said",
    [
        "Le chantier commence le 01/02/2027 à 15:30.",
        "Du 01/02/2026 au 03/04/2027, puis en 2028.",
        "Un marché de 12 000 000 €, et jusqu'à +30 000 000 - 50 000 000 avec ses suites.",
        "Un budget de 1 000 000 000 000 de francs.",
        "Des vannes DN 0600 (PN 16), norme ISO 9001:2015, code 45310000.",
        "SIREN 123 456 789, en 2010 (20 personnes), 0,5 % de rebut.",
        "Un délai de 00 à 24 h, 7 jours sur 7.",
        "Nos clients (chez eux) nous recommandent. L'atelier est à Lyon.",
        "100 unités @ 3.5 bars (at the plant).",
        "Un logiciel en ASP.NET et Node.js, chez St.Gobain ; un budget de 3.5 M.",
        "R&D, R&amp;D et 12&nbsp;000&#160;€ d'études.",
    ],
)
def test_dates_amounts_and_codes_are_no_coordinates(said):
    assert not coordinates.lead_out(said)


@pytest.mark.parametrize("sign", ["a", "a.", "a-", "aa.", "1 ", "+", "a@"])
def test_a_long_text_without_any_is_read_in_one_go(sign):
    assert not coordinates.lead_out(sign * 100_000)  # a search that began anew at each sign would take minutes

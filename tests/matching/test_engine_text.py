import subprocess
import sys

import pytest

from matching.engine.text import terms, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Électricité", "ELECTRICITE"),
        ("réseaux", "réseau"),
        ("l'étude des œuvres", "oeuvre étude"),
        ("valves", "valve"),
        ("services", "service"),
        ("Pumping stations", "pumping station"),
    ],
)
def test_forms_of_a_word_are_one_term(one, other):
    assert set(terms(one)) == set(terms(other))


def test_product_words_stay_whole_and_bare_numbers_go():
    assert terms("tube 316L selon ISO9001, lot n° 12 de 2024") == ["tub", "316l", "iso9001"]


def test_words_remember_how_they_were_written():
    assert words("Vannes d'eau") == [("vann", "Vannes"), ("eau", "eau")]


@pytest.mark.parametrize("module", ["matching.engine"])
def test_the_engine_knows_no_django(module):
    code = f"import sys, {module}; sys.exit(any(name.split('.')[0] in ('django', 'celery') for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_web_processes_never_import_the_numeric_libraries():
    code = (
        "import django, sys; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns;"
        "import matching.explain, matching.tasks;"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'scipy', 'Stemmer')))"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings", "DEBUG": "1", "PATH": ""}

    assert subprocess.run([sys.executable, "-c", code], check=False, env=settings).returncode == 0


def test_the_halves_of_a_compound_are_shown_whole():
    assert words("clapets anti-retour") == [("clapet", "clapets"), ("retour", "anti-retour")]


@pytest.mark.parametrize("word", ["anti", "km", "kV", "filière", "PME"])
def test_units_and_what_every_notice_says_tell_nothing(word):
    assert terms(f"{word} vannes") == terms("vannes")

import gettext

import pytest
from babel.messages import pofile

from pacte.devstack import messages

CODE = """
from django.utils.translation import gettext as _, ngettext
_("Bonjour")
ngettext("%(n)d offre", "%(n)d offres", 2)
"""
PAGE = """{% load i18n %}
{% translate 'Accueil' %}
{% blocktranslate count n=2 %}un pays{% plural %}{{ n }} pays{% endblocktranslate %}
"""


@pytest.fixture
def project(tmp_path):
    """A small project with a message of each sort."""
    for folder in messages.FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "pacte/views.py").write_text(CODE)
    (tmp_path / "templates/home.html").write_text(PAGE)
    return tmp_path


def ids(catalog):
    return {message.id for message in catalog if message.id}


def test_code_and_templates_are_read(project):
    found = {"Bonjour", "Accueil", ("%(n)d offre", "%(n)d offres"), ("un pays", "%(n)s pays")}

    assert ids(messages.collect(project)) == found


def test_a_second_update_changes_nothing_and_keeps_translations(project):
    messages.update("en", project)
    path = project / "locale/en/LC_MESSAGES/django.po"
    path.write_text(path.read_text().replace('msgid "Bonjour"\nmsgstr ""', 'msgid "Bonjour"\nmsgstr "Hello"'))

    messages.update("en", project)
    once = path.read_bytes()
    messages.update("en", project)

    assert path.read_bytes() == once
    assert b'msgstr "Hello"' in once


def test_what_is_gone_from_the_code_goes_from_the_catalogue(project):
    messages.update("en", project)
    (project / "pacte/views.py").write_text("")

    assert "Bonjour" not in ids(messages.update("en", project))


def test_french_counts_zero_as_one(project):
    messages.update("fr", project)
    messages.compile_all(project)

    french = gettext.translation("django", project / "locale", ["fr"])

    assert [french.ngettext("un pays", "%(n)s pays", n) for n in (0, 1, 2)] == ["un pays", "un pays", "%(n)s pays"]


def test_french_does_not_break_before_its_punctuation(project):
    said = ["Pourquoi ?", "« Oui » : à 23 h 59, choix n° 2", "Page 2 ; %(n)s :", "à 10:30 ou plus"]
    (project / "pacte/views.py").write_text("\n".join(f"_({text!r})" for text in said))
    messages.update("fr", project)
    messages.compile_all(project)

    french = gettext.translation("django", project / "locale", ["fr"])

    assert [french.gettext(text).replace("\xa0", "_") for text in said] == [
        "Pourquoi_?", "«_Oui_»_: à 23_h_59, choix n°_2", "Page 2_; %(n)s_:", "à 10:30 ou plus",
    ]  # fmt: skip


def test_only_what_changed_is_compiled(project):
    messages.update("fr", project)

    assert (messages.compile_all(project), messages.compile_all(project)) == (1, 0)


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_message_of_ours_is_in_the_catalogue_and_said_in_full(language):
    """`make messages` brings the catalogues up to date; what it leaves empty wants a translation."""
    path = messages.ROOT / f"locale/{language}/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        catalog = pofile.read_po(file, locale=language)
    wanted = [message for message in messages.collect() if message.id and (language != "fr" or message.pluralizable)]

    missing = [
        message.id
        for message in wanted
        if (kept := catalog.get(message.id, message.context)) is None or messages.untranslated(kept)
    ]
    fuzzy = [message.id for message in catalog if message.fuzzy and message.id]

    assert (missing, fuzzy) == ([], [])

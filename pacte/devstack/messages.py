"""python -m pacte.devstack.messages [compile]: translations without GNU gettext, by Django's templatize and Babel.

French is the language of the code: fr/django.po only carries plurals (Django's own rule would say "0 offres"), and
what is compiled from it holds together what French does not break over two lines: « ainsi : », « 23 h 59 ».
"""

import io
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog, Message, extract, mofile, pofile
from django.utils.translation.template import templatize

from pacte.devstack.services import ROOT

LANGUAGES = ["en", "fr"]
FOLDERS = ["pacte", "accounts", "opportunities", "matching", "templates"]
KEYWORDS: Mapping[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HELD = re.compile(r"(?<=\S) (?=[:;?!»])|^ (?=: )|(?<=«) |(?<=n°) |(?<=\d) (?=h \d)|(?<=\d h) (?=\d)")
SINCE = datetime(2026, 11, 23, tzinfo=UTC)  # a date that moves would make every run a difference


def template_messages(file: IO[bytes], keywords: Any, comments: Collection[str], options: Any) -> Iterator[Any]:
    """Messages of a Django template, in the shape Babel expects of an extractor."""
    source = f"(\n{templatize(file.read().decode())}\n)"  # in brackets, indentation means nothing
    return extract.extract_python(io.BytesIO(source.encode()), keywords, comments, {"encoding": "utf-8"})


def collect(root: Path = ROOT) -> Catalog:
    """Every message of the code and the templates."""
    catalog = Catalog(project="Pacte International", charset="utf-8", creation_date=SINCE)
    files = sorted(path for folder in FOLDERS for path in (root / folder).rglob("*"))
    for path in files:
        method: Any = {".py": "python", ".html": template_messages, ".txt": template_messages}.get(path.suffix)
        if method is None or "migrations" in path.parts:
            continue
        with path.open("rb") as file:
            for _line, message, comments, context in extract.extract(method, file, KEYWORDS, ["Translators"], {}):
                if not message or message == ("", ""):
                    continue
                flags = ("python-format",) if "%(" in str(message) else ()
                place = (str(path.relative_to(root)), 0)
                catalog.add(message, None, [place], auto_comments=comments, context=context, flags=flags)
    return catalog


def update(language: str, root: Path = ROOT) -> Catalog:
    """Bring one .po up to date: new messages empty, gone ones dropped, none guessed."""
    path = root / f"locale/{language}/LC_MESSAGES/django.po"
    catalog = Catalog(locale=language, charset="utf-8")
    if path.exists():
        with path.open("rb") as file:
            catalog = pofile.read_po(file, locale=language)
    catalog.update(collect(root), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = SINCE
    catalog.fuzzy, catalog.header_comment = False, "# Written by `make messages`; translations are added by hand."
    catalog.project, catalog.version, catalog.msgid_bugs_address = "Pacte International", "", ""
    catalog.last_translator, catalog.language_team = "", ""
    if language == "fr":
        for message in catalog:
            if message.pluralizable and untranslated(message):
                message.string = tuple(message.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pofile.write_po(file, catalog, width=100, include_lineno=False, sort_output=True, ignore_obsolete=True)
    return catalog


def untranslated(message: Message) -> bool:
    """Has the message no text in this language, or not all of its plurals?"""
    return not all(message.string if isinstance(message.string, tuple | list) else [message.string])


def compile_all(root: Path = ROOT) -> int:
    """Write the .mo of every .po that is newer; return how many."""
    stale = [path for path in root.glob("locale/*/LC_MESSAGES/*.po") if older(path.with_suffix(".mo"), path)]
    for path in stale:
        with path.open("rb") as source:
            catalog = pofile.read_po(source)
        if path.parts[-3] == "fr":
            typeset(catalog)
        new = path.with_suffix(".mo.new")
        with new.open("wb") as target:
            mofile.write_mo(target, catalog)
        new.rename(path.with_suffix(".mo"))
    return len(stale)


def typeset(catalog: Catalog) -> None:
    """Put spaces that do not break where French has some, in what is its own translation too."""
    for message in catalog:
        if message.id and isinstance(message.string, tuple):
            message.string = tuple(HELD.sub("\xa0", text) for text in message.string)
        elif message.id and HELD.search(str(message.id)):
            message.string = HELD.sub("\xa0", str(message.string or message.id))


def older(made: Path, source: Path) -> bool:
    """Does `made` have to be made (again)?"""
    return not made.exists() or made.stat().st_mtime < source.stat().st_mtime


def main(arguments: list[str]) -> None:
    if arguments == ["compile"]:
        print(f"{compile_all()} catalogues compiled")
        return
    for language in LANGUAGES:
        messages = [message for message in update(language) if message.id]
        empty = sum(map(untranslated, messages))
        print(f"{language}: {len(messages)} messages, {empty} without translation")
    compile_all()


if __name__ == "__main__":
    main(sys.argv[1:])

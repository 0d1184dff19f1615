"""Tables that people send, CSV and XLSX: looked at before anything is kept, then read within bounds.

What refuses a file raises `UnreadableError`, whose `problem` can be kept and told later in the reader's language.
"""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from pacte import files, zips

MOST_ROWS = 50_000
MOST_COLUMNS = 60
LONGEST = 10_000  # characters a cell
PARTS = 500  # files in a workbook
FORMULA = gettext_noop("« %(cell)s » commence comme une formule de tableur : retirez le signe du début.")
# what begins with + or - and is none: a sign alone, a telephone, an amount; a list of words led by a dash
SIGNED = re.compile(r"[+-]+|[+-]\s?[\d(][\d\s().,/%€-]*|-\s+[^\W\d_](?!.*(?:[|=]|[A-Za-z]\()).*", re.DOTALL)
SECONDS = 120
DELIMITERS = ";,\t|"
WORKBOOK = Path(__file__).with_name("workbook.py")
Problem = list[Any]  # a message of ours, and what it names
Line = tuple[int, list[str]]  # its number in the file, its cells

HEADS = {  # what people send by mistake, and what pretends
    b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"MZ": "EXE", b"\x7fELF": "ELF",
    b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"{\\rtf": "RTF", b"#!": "script",
}  # fmt: skip
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # also what a password makes of a new one


class UnreadableError(Exception):
    def __init__(self, text: str, **params: Any) -> None:
        super().__init__(text % params if params else text)
        self.problem: Problem = [text, params]


def told(problem: Problem) -> str:
    """A kept problem, for the one who reads."""
    text, params = problem
    said = _(text) % params if params else _(text)
    column = params.get("at")
    return _("%(column)s : %(problem)s") % {"column": _(column), "problem": said} if column else said


def folded(heading: str) -> str:
    """As people type it or not: without case, accents, underscores and the like."""
    bare = unicodedata.normalize("NFKD", heading.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(one for one in bare if not unicodedata.combining(one))))


def check(name: str, content: bytes, takes: Collection[str] = ("csv", "xlsx")) -> str:
    """The file's type, by its bytes, when it is one of those that `takes` names and looks harmless."""
    if len(content) > files.HEAVIEST:
        raise too_heavy()
    found = _type_of(content)
    if found not in takes:
        raise UnreadableError(
            gettext_noop("Nous ne prenons ici que : %(types)s."), types=", ".join(f".{one}" for one in takes)
        )
    ending = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if ending not in {f".{found}", ".txt" if found == "csv" else ""}:
        text = gettext_noop("Le nom de ce fichier finit par « %(ending)s », mais son contenu est du type %(found)s.")
        raise UnreadableError(text, ending=ending[:12], found=found.upper())
    if found == "csv":
        _csv_first(decoded(content))
    elif found == "xlsx":
        _check_zip(content)
    return found


def too_heavy() -> UnreadableError:
    return UnreadableError(gettext_noop("Ce fichier pèse plus de %(most)s."), most=filesizeformat(files.HEAVIEST))


def rows(content: bytes, type_: str) -> Iterator[Line]:
    """Every line that says something, headings first."""
    count = 0
    for number, cells in _csv_rows(decoded(content)) if type_ == "csv" else _xlsx_rows(content):
        _bounded(number, cells, count + 1)
        if any(cells):
            count += 1
            yield number, cells


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would calculate it, rather than show it."""
    bare = unicodedata.normalize("NFKC", cell).lstrip()  # a full-width sign counts too
    if bare[:1] in {"+", "-"}:
        return SIGNED.fullmatch(bare) is None
    return bare.startswith(("=", "@", "|"))


def _bounded(number: int, cells: list[str], count: int) -> None:
    if count > MOST_ROWS + 1:
        raise UnreadableError(
            gettext_noop("Ce fichier compte plus de %(most)s lignes : coupez-le en deux."), most=MOST_ROWS
        )
    if len(cells) > MOST_COLUMNS:
        text = gettext_noop("Ligne %(line)s : plus de %(most)s colonnes. Le séparateur est-il le bon ?")
        raise UnreadableError(text, line=number, most=MOST_COLUMNS)
    if any(len(cell) > LONGEST for cell in cells):
        raise UnreadableError(
            gettext_noop("Ligne %(line)s : une cellule de plus de %(most)s caractères."), line=number, most=LONGEST
        )


def _type_of(content: bytes) -> str:
    if not content.strip():
        raise UnreadableError(gettext_noop("Ce fichier est vide."))
    if content.startswith(OLD_EXCEL):
        raise UnreadableError(
            gettext_noop(
                "Ce classeur est d'un ancien format (.xls) ou protégé par un mot de passe : enregistrez-le en .xlsx."
            )
        )
    for head, kind in HEADS.items():
        if content.startswith(head):
            raise UnreadableError(gettext_noop("Ce fichier est du type %(kind)s, pas un tableau."), kind=kind)
    if content.startswith(b"PK"):
        return files.type_of(content)
    if b"\0" in content:
        raise UnreadableError(
            gettext_noop("Ce fichier contient des octets nuls : enregistrez-le de nouveau en CSV (UTF-8) ou en .xlsx.")
        )
    return "xml" if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else "csv"


def decoded(content: bytes) -> str:
    """As UTF-8; as a spreadsheet saves it on some machines when nothing in it is; else it is damaged."""
    text = content.decode("utf-8-sig", "surrogateescape")
    damage = re.search(r"[\udc80-\udcff]", text)
    if damage is None:
        return text
    if re.search(r"[^\x00-\x7f\udc80-\udcff]", text) is None:
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            pass
    raise UnreadableError(
        gettext_noop("Ligne %(line)s : des caractères sont abîmés. Enregistrez le fichier de nouveau en CSV (UTF-8)."),
        line=text.count("\n", 0, damage.start()) + 1,
    )


def _csv_first(text: str) -> tuple[str, str]:
    """The first line, and what separates its cells."""
    first = text[: text.find("\n")] if "\n" in text else text
    if not first.strip():
        raise UnreadableError(gettext_noop("La première ligne doit porter les noms des colonnes."))
    delimiter = max(DELIMITERS, key=first.count)
    if first.count(delimiter) >= MOST_COLUMNS:
        raise UnreadableError(gettext_noop("La première ligne compte plus de %(most)s colonnes."), most=MOST_COLUMNS)
    return first, delimiter


def _csv_rows(text: str) -> Iterator[Line]:
    _first, delimiter = _csv_first(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, [cell.strip() for cell in cells]
            number = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(
            gettext_noop("Ligne %(line)s : nous n'arrivons pas à la lire ; un guillemet n'est peut-être pas refermé."),
            line=number,
        ) from error


def _check_zip(content: bytes) -> None:
    """What its table of contents says, before anything in it is unpacked; nothing may follow it."""
    book = zips.opened(content)
    if zips.is_heavy(book, PARTS):
        raise UnreadableError(
            gettext_noop("Ce classeur, une fois décompressé, pèse plus de %(most)s."),
            most=filesizeformat(zips.UNZIPPED),
        )
    if not zips.is_whole(content, book):
        raise UnreadableError(
            gettext_noop("Ce classeur est chiffré, ou contient autre chose qu'un tableau : enregistrez-le de nouveau.")
        )


def _xlsx_rows(content: bytes) -> Iterator[Line]:
    """Read by a process of its own, which may neither last nor grow: a hostile one only ends that."""
    command = [sys.executable, "-I", str(WORKBOOK), *map(str, (MOST_ROWS + 2, MOST_COLUMNS + 1, LONGEST + 1, SECONDS))]
    broken = UnreadableError(
        gettext_noop("Nous n'arrivons pas à lire ce classeur : enregistrez-le de nouveau en .xlsx.")
    )
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
    except subprocess.SubprocessError as error:
        raise broken from error
    lines = done.stdout.decode("utf-8").splitlines()
    if not lines or lines.pop() != '"end"':
        raise broken
    for line in lines:
        number, cells = json.loads(line)
        yield number, cells

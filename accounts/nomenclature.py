"""Official files of codes and their labels → rows: CPV (eForms' genericode, JSON, CSV), NAF and HS (CSV)."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from django.db import transaction

from accounts.models import CodeLabel
from accounts.taxonomy import codes, terms

LARGEST = 100 * 1024 * 1024  # bytes
LONGEST = 500
BATCH = 1_000
HEADINGS = {  # what the columns of official files are called, folded
    "code": ("code", "hscode", "hs_code", "code naf", "code cpv", "cpv", "naf"),
    "fr": ("fr", "label_fr", "fra_label", "libelle", "intitule", "francais"),
    "en": ("en", "label_en", "eng_label", "description", "label", "english"),
}
Row = tuple[str, str, str]  # code as written, French, English


class NomenclatureError(Exception):
    """The file cannot be read as one; the message says why."""


@dataclass(slots=True)
class Report:
    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)  # by reason

    @property
    def is_news(self) -> bool:
        return bool(self.new or self.changed)


def load(scheme: str, content: bytes) -> Report:
    """Keep the labels of a file, all or none; a second time changes nothing. NomenclatureError, or what was done."""
    report = Report()
    found = kept(scheme, rows_of(content), report)
    if not found:
        raise NomenclatureError(f"no {scheme.upper()} code with a label was found in it")
    with transaction.atomic():
        before = {one.code: one for one in CodeLabel.objects.select_for_update().filter(scheme=scheme)}
        new, changed = [], []
        for code, (label_fr, label_en) in found.items():
            old = before.get(code)
            if old is None:
                new.append(CodeLabel(scheme=scheme, code=code, label_fr=label_fr, label_en=label_en))
                continue
            both = label_fr or old.label_fr, label_en or old.label_en  # a file of one language keeps the other's
            if both != (old.label_fr, old.label_en):
                old.label_fr, old.label_en = both
                changed.append(old)
        CodeLabel.objects.bulk_create(new, BATCH)
        CodeLabel.objects.bulk_update(changed, ["label_fr", "label_en"], BATCH)
    report.new, report.changed = len(new), len(changed)
    report.unchanged = len(found) - len(new) - len(changed)
    return report


def kept(scheme: str, rows: Iterable[Row], report: Report) -> dict[str, tuple[str, str]]:
    """{code: labels}, the first of each code."""
    found: dict[str, tuple[str, str]] = {}
    for written, label_fr, label_en in rows:
        report.read += 1
        labels = tuple(" ".join(label.split())[:LONGEST] for label in (label_fr, label_en))
        try:
            code = codes.parse(scheme, written)
        except ValueError:
            report.left_out["not a code of this nomenclature"] += 1
            continue
        if not any(labels):
            report.left_out["without a label"] += 1
        elif code in found:
            report.left_out["a code named before"] += 1
        else:
            found[code] = labels[0], labels[1]
    return found


def rows_of(content: bytes) -> Iterator[Row]:
    if len(content) > LARGEST:
        raise NomenclatureError(f"it is larger than {LARGEST // 1024 // 1024} MB")
    if b"\0" in content:
        raise NomenclatureError("it holds NUL bytes: a spreadsheet or a program? Save it as CSV in UTF-8")
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return of_genericode(content)
    if start == b"{":
        return of_json(content)
    return of_csv(content)


def of_genericode(content: bytes) -> Iterator[Row]:
    """Rows of `<Row><Value ColumnRef="code"><SimpleValue>…`; a document type, and so an entity, is refused."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise NomenclatureError("its XML declares a document type: remove it")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 (no document type: nothing to expand or to fetch)
    except (ElementTree.ParseError, LookupError, ValueError) as problem:
        raise NomenclatureError(f"its XML is broken: {problem}") from problem
    for row in root.iterfind(".//{*}Row"):
        values = row.iterfind("{*}Value")
        said = {one.get("ColumnRef", "").casefold(): one.findtext("{*}SimpleValue") or "" for one in values}
        yield said.get("code", ""), said.get("fra_label", ""), said.get("eng_label", "")


def of_json(content: bytes) -> Iterator[Row]:
    """`{"fr": {code: label}, "en": {code: label}}`"""
    try:
        found = json.loads(content)
        by_language = [{str(code): str(label) for code, label in found.get(name, {}).items()} for name in ("fr", "en")]
    except (ValueError, AttributeError, RecursionError) as problem:
        raise NomenclatureError("its JSON is not {language: {code: label}}") from problem
    for code in dict.fromkeys([*by_language[0], *by_language[1]]):
        yield code, by_language[0].get(code, ""), by_language[1].get(code, "")


def of_csv(content: bytes) -> Iterator[Row]:
    """With a line of headings, after any title: a code, and labels in French, in English or both."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")  # as INSEE's older files are
    delimiter = max(";,\t", key=text[:10_000].count)
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as problem:
        raise NomenclatureError(f"its CSV is broken: {problem}") from problem
    for number, line in enumerate(lines[:20]):
        columns = {name: place_of(line, words) for name, words in HEADINGS.items()}
        if columns["code"] is not None and (columns["fr"] is not None or columns["en"] is not None):
            return (tuple(cell(row, columns[name]) for name in HEADINGS) for row in lines[number + 1 :] if any(row))  # type: ignore[misc]
    raise NomenclatureError('no line of headings such as "code;label_fr;label_en" was found in its first 20 lines')


def place_of(headings: list[str], words: tuple[str, ...]) -> int | None:
    folded = [terms.folded(heading) for heading in headings]
    exact = (folded.index(word) for word in words if word in folded)
    near = (place for place, heading in enumerate(folded) for word in words if heading.startswith(f"{word} "))
    return next(exact, next(near, None))


def cell(row: list[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""

"""Tables for spreadsheet programs, CSV and XLSX: what people wrote stays text, nothing of it is calculated."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no spreadsheet takes them
BEGINS_FORMULA = ("=", "+", "-", "@", "|")
LONGEST = 32_000  # characters a cell: Excel takes 32,767
WIDEST = 60


def written(kind: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The whole file in one of FORMATS; rows hold texts, numbers, days, moments (told in local time) or None."""
    safe = ([cell(value) for value in row] for row in [headings, *rows])
    return as_xlsx(safe) if kind == "xlsx" else as_csv(safe)


def cell(value: Any) -> Any:
    """What may stand in a cell: a text that a spreadsheet would calculate is led by an apostrophe and shows."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return "" if value is None else value
    text = UNPRINTABLE.sub("", value)[:LONGEST]
    first = unicodedata.normalize("NFKC", text).lstrip()[:1]  # a full-width sign counts too, and one behind spaces
    return f"'{text}" if first in BEGINS_FORMULA or (text[:1] in {"\t", "\r", "\n"} and first) else text


def as_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """With semicolons and a mark of its encoding: what a French spreadsheet opens without a question."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook  # brings numpy along, which web processes do without
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    widths: list[int] = []
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            at = sheet.cell(number, column)
            at.value = value
            if isinstance(value, str):
                at.data_type = "s"  # never a formula
            widths += [0] * (column - len(widths))
            widths[column - 1] = max(widths[column - 1], len(str(value)))
    for at in sheet[1]:
        at.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width + 2, WIDEST)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

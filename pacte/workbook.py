"""The program that reads a stranger's XLSX, in a process of its own (see `pacte.tables`); it imports nothing of ours.

Each line that says something is written as JSON, `[number, cells]`; the last, "end", tells that nothing is missing.
"""

import contextlib
import io
import json
import resource
import sys
import zipfile
from datetime import date, datetime, time
from typing import Any

MEMORY = 768 * 1024 * 1024
MOST_TEXT = 50_000_000  # characters in all: one text may stand in a million cells


def text(value: Any, longest: int) -> str:
    """A cell as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time.min else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\0", " ").strip()[:longest]


def main(rows: int, columns: int, longest: int) -> None:
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would bring it along, and does without
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(sys.stdin.buffer.read()), read_only=True, data_only=True, keep_links=False)
    found = book.worksheets[0].iter_rows(min_row=1, max_row=2**20, max_col=columns, values_only=True)
    told = written = 0
    for number, values in enumerate(found, start=1):
        cells = [text(value, longest) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            written += sys.stdout.write(json.dumps([number, cells]) + "\n")
            told += 1
        if written > MOST_TEXT:
            raise ValueError("too much text")
        if told >= rows:
            break
    sys.stdout.write('"end"\n')


if __name__ == "__main__":
    limits = [int(word) for word in sys.argv[1:]]
    with contextlib.suppress(ValueError, OSError):  # where the system knows no such limit, the clock remains
        resource.setrlimit(resource.RLIMIT_CPU, (limits[3], limits[3]))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        main(*limits[:3])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, MemoryError, zipfile.BadZipFile):
        sys.exit(1)

"""Many rows at once: numbered as they are made, written by COPY."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db import connection, models
from django.utils import timezone

Row = TypeVar("Row", bound=models.Model)


class Book:
    """Rows waiting to be written. Each gets its number when it is added, so that others may point to it at once.

    COPY passes by `save()`, and by the dates that Django sets by itself: every field must be given.
    """

    AHEAD = 1000

    def __init__(self) -> None:
        self._rows: dict[type[models.Model], list[models.Model]] = {}
        self._numbers: dict[type[models.Model], Iterator[int]] = {}

    def add(self, row: Row) -> Row:
        """Number the row and keep it for the next `write()`."""
        model = type(row)
        row.pk = next(self._numbers.setdefault(model, self._reserve(model)))
        self._rows.setdefault(model, []).append(row)
        return row

    def write(self) -> None:
        """Write all that waits."""
        for model, rows in self._rows.items():
            fields = [field for field in model._meta.concrete_fields if not field.generated]
            columns = ", ".join(f'"{field.column}"' for field in fields)
            with (
                connection.cursor() as cursor,
                cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy,
            ):
                for row in rows:
                    copy.write_row([f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields])
        self._rows.clear()

    def _reserve(self, model: type[models.Model]) -> Iterator[int]:
        table = f'"{model._meta.db_table}"'
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, self.AHEAD]
                )
                numbers = [number for (number,) in cursor.fetchall()]
            yield from numbers


class Calendar:
    """Days counted from today; moments fall in working hours, and never in the future when they are past."""

    def __init__(self) -> None:
        self.today = timezone.localdate()

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def ago(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        return timezone.make_aware(datetime.combine(self.day(-days), time(hour, minute)))

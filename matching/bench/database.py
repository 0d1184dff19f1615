"""A database of the benchmark's own, filled with companies and opportunities, and dropped afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from django.db import connection
from django.utils import timezone

from accounts.models import Organisation, SmeProfile
from matching import archive, engine, features, market
from matching.bench.synthetic import Draw
from opportunities.models import Opportunity

NAME = "pacte_bench_matching"
CLONE = """
    INSERT INTO {table} ({columns})
    SELECT {values} FROM {table} t, generate_series(%s, %s) AS number WHERE t.{key} = %s
"""
Progress = Callable[[int], object]


@contextmanager
def scratch(noted: Callable[[str], object]) -> Iterator[None]:
    """A new database instead of the usual one; `NAME` on the same server."""
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = NAME
    noted("creating a database")
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        market.forget()
        connection.creation.destroy_test_db(usual, verbosity=0)


def fill(draw: Draw, lexicon: engine.Lexicon, smes: int, opportunities: int, progress: Progress) -> None:
    """Companies by number from 1, packed as drawn, and open opportunities that ask as drawn."""
    known = dict.fromkeys(lexicon.spaces, 0)
    archive.save_names(lexicon, known)
    clone_companies(smes)
    first = 1
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_profilechange")
        for packed, lengths in draw.companies(smes):
            ends = np.cumsum(lengths)
            with cursor.copy("COPY matching_packed (company_id, serial, data) FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["int8", "int8", "bytea"])
                for number, (start, end) in enumerate(zip(ends - lengths, ends, strict=True), start=first):
                    copy.write_row((number, number, packed[start:end].astype("<i4").tobytes()))
            first += len(lengths)
            progress(len(lengths))
        cursor.execute("SELECT setval('matching_packed_serial', %s)", [first])
        cursor.execute("VACUUM ANALYZE matching_packed")
        cursor.execute("ANALYZE accounts_smeprofile")
    add_opportunities(draw, opportunities)


def clone_companies(smes: int) -> None:
    """Rows that say nothing: what they would say stands in their packed form."""
    first = Organisation.objects.create(
        pk=1, kind="sme", name="DÉMO 1", siren="100000001", state=Organisation.State.VERIFIED
    )
    SmeProfile.objects.create(organisation=first)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_smeprofile DISABLE TRIGGER USER")
        changes = {"id": "number", "siren": "(100000000 + number)::text", "name": "'DÉMO ' || number"}
        clone(cursor, Organisation, changes, smes)
        clone(cursor, SmeProfile, {"id": "number + 1000000000", "organisation_id": "number"}, smes)
        cursor.execute("ALTER TABLE accounts_smeprofile ENABLE TRIGGER USER")
        cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_organisation', 'id'), %s)", [smes])


def clone(cursor: object, model: type, changes: dict[str, str], count: int) -> None:
    columns = [field.column for field in model._meta.concrete_fields if not field.generated]  # type: ignore[attr-defined]
    values = ", ".join(changes.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    key = model._meta.pk.column  # type: ignore[attr-defined]
    template = model.objects.values_list("pk", flat=True).get()  # type: ignore[attr-defined]
    table = model._meta.db_table  # type: ignore[attr-defined]
    cursor.execute(CLONE.format(table=table, columns=names, values=values, key=key), [2, count, template])  # type: ignore[attr-defined]


def add_opportunities(draw: Draw, count: int) -> None:
    group = Organisation.objects.create(kind="group", name="DÉMO groupe", siren="999999999", state="verified")
    today = timezone.localdate()
    rows = []
    for number in range(count):
        need = draw.need(number)
        scheme, _, code = need.codes[0].partition(":")
        codes = {f"{name}_codes": [code] if name == scheme else [] for name in ("cpv", "hs", "naf")}
        rows.append(
            Opportunity(
                **codes,
                owner=group,
                kind=need.kind,
                title=need.title[:120],
                places=[need.places[0][0]],
                stage="won",
                state=Opportunity.State.PUBLISHED,
                submitted_at=timezone.now(),
                published_at=timezone.now(),
                apply_by=today + timedelta(days=30),
                answer_by=today + timedelta(days=60),
            )
        )
    Opportunity.objects.bulk_create(rows, batch_size=1_000)


def some_needs(count: int) -> list[int]:
    return list(features.matched_needs().order_by("pk").values_list("pk", flat=True)[:count])

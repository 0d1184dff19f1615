"""Bands of headcount, turnover, contracts and export share: nobody is asked for exact figures.

Headcounts are INSEE's, merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.taxonomy import terms
from accounts.taxonomy.terms import Choices, Term


@dataclass(frozen=True, slots=True)
class Band(Term):
    """From `low` to `high`, both inside; no `high` means no upper end. Turnover and contracts count in thousands of
    euros, export share in hundredths of turnover."""

    low: int
    high: int | None


def _table(*rows: tuple[str, str, str, int, int | None]) -> dict[str, Band]:
    return {row[0]: Band(*row) for row in rows}


HEADCOUNT = _table(
    ("0", "aucun salarié", "no employee", 0, 0),
    ("1-9", "1 à 9 salariés", "1 to 9 employees", 1, 9),
    ("10-19", "10 à 19 salariés", "10 to 19 employees", 10, 19),
    ("20-49", "20 à 49 salariés", "20 to 49 employees", 20, 49),
    ("50-99", "50 à 99 salariés", "50 to 99 employees", 50, 99),
    ("100-249", "100 à 249 salariés", "100 to 249 employees", 100, 249),
    ("250-499", "250 à 499 salariés", "250 to 499 employees", 250, 499),
    ("500-4999", "500 à 4 999 salariés", "500 to 4,999 employees", 500, 4999),
    ("5000+", "5 000 salariés et plus", "5,000 employees and more", 5000, None),
)
TURNOVER = _table(
    ("0-500k", "moins de 500 000 €", "under €500,000", 0, 500),
    ("500k-2m", "500 000 € à 2 M€", "€500,000 to €2m", 500, 2_000),
    ("2m-10m", "2 à 10 M€", "€2m to €10m", 2_000, 10_000),
    ("10m-20m", "10 à 20 M€", "€10m to €20m", 10_000, 20_000),
    ("20m-50m", "20 à 50 M€", "€20m to €50m", 20_000, 50_000),
    ("50m-250m", "50 à 250 M€", "€50m to €250m", 50_000, 250_000),
    ("250m+", "plus de 250 M€", "over €250m", 250_000, None),
)
VOLUME = _table(  # of one contract; those of an opportunity's amount are the same
    ("0-50k", "moins de 50 000 €", "under €50,000", 0, 50),
    ("50k-250k", "50 000 à 250 000 €", "€50,000 to €250,000", 50, 250),
    ("250k-1m", "250 000 € à 1 M€", "€250,000 to €1m", 250, 1_000),
    ("1m-5m", "1 à 5 M€", "€1m to €5m", 1_000, 5_000),
    ("5m+", "plus de 5 M€", "over €5m", 5_000, None),
)
EXPORT_SHARE = _table(
    ("0", "aucune vente à l'étranger", "no sales abroad", 0, 0),
    ("1-10", "moins de 10 %", "under 10%", 1, 9),
    ("10-25", "10 à 25 %", "10 to 25%", 10, 24),
    ("25-50", "25 à 50 %", "25 to 50%", 25, 49),
    ("50+", "plus de la moitié", "more than half", 50, 100),
)


def label(bands: Mapping[str, Band], code: str, language: str | None = None) -> str:
    """The band in words."""
    return terms.label(bands, code, language)


def headcount_choices() -> Choices:
    """(code, band), the smallest first."""
    return terms.choices(HEADCOUNT.values())


def turnover_choices() -> Choices:
    """(code, band), the smallest first."""
    return terms.choices(TURNOVER.values())


def volume_choices() -> Choices:
    """(code, band), the smallest first."""
    return terms.choices(VOLUME.values())


def export_share_choices() -> Choices:
    """(code, band), the smallest first."""
    return terms.choices(EXPORT_SHARE.values())

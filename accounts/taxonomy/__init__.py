"""The words both sides share: sectors, places, codes, certifications, languages and bands. Plain Python, no table.

Every list has `label(code)` and `choices()`, in the active language. To add an entry, add a line; a code once stored
never changes.
"""

from collections.abc import Callable, Mapping
from functools import partial

from accounts.taxonomy import bands, certifications, codes, kinds, languages, places, sectors

_LABELS: Mapping[str, Callable[[str, str | None], str]] = {
    "sector": sectors.label,
    "place": places.label,
    "naf": partial(codes.label, "naf"),
    "hs": partial(codes.label, "hs"),
    "cpv": partial(codes.label, "cpv"),
    "certification": certifications.label,
    "language": languages.label,
    "headcount": partial(bands.label, bands.HEADCOUNT),
    "turnover": partial(bands.label, bands.TURNOVER),
    "volume": partial(bands.label, bands.VOLUME),
    "kind": kinds.label,
    "export_share": partial(bands.label, bands.EXPORT_SHARE),
}


def label(scheme: str, code: str, language: str | None = None) -> str:
    """The word for a code of any of the lists: `label("place", "MA")`, `label("cpv", "45311000", "en")`."""
    return _LABELS[scheme](code, language)

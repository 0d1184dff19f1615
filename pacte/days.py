"""Dates in words. French says « 1er juillet », which no letter of Django's formats does."""

import re
from datetime import date

from django.utils import formats, translation

_FIRST = re.compile(r"(?<!\d)1 (?=[^\W\d]{3})")


def date_format(value: date, wanted: str | None = None) -> str:
    """As Django's, with the first of a month as it is said."""
    return said(formats.date_format(value, wanted))


def said(text: str) -> str:
    """A date that Django wrote, as people read it in their language."""
    return _FIRST.sub("1er ", text) if (translation.get_language() or "").startswith("fr") else text

"""A reader's own copy of a confidential PDF: who they are, on every page. Written by a bounded process of its own."""

from pathlib import Path

from pacte import pdf

MOST_PAGES = 500
STAMP = Path(__file__).with_name("stamp.py")


class UnmarkableError(Exception):
    """Nothing can be written on it: encrypted, broken, endless, or it takes too much time or memory."""


def marked(content: bytes, words: str) -> bytes:
    """The file with these words across each page and at its foot."""
    try:
        return pdf.ran(STAMP, words, str(MOST_PAGES), content=content)
    except pdf.UnreadableError as error:
        raise UnmarkableError from error

"""Whether a text gives someone's coordinates, or leads to them: they are for the introduction alone."""

import re

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"(?:\+\d{2}|\b0)(?:[\s.-]?\d){9}\b")
LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)


def are_in(text: str) -> bool:
    return bool(ADDRESS.search(text) or PHONE.search(text))


def lead_out(text: str) -> bool:
    """By a web address too."""
    return are_in(text) or bool(LINK.search(text))

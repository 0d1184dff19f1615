"""Whether a text gives someone's coordinates: they are for the introduction alone."""

import re

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"(?:\+\d{2}|\b0)(?:[\s.-]?\d){9}\b")


def are_in(text: str) -> bool:
    return bool(ADDRESS.search(text) or PHONE.search(text))

"""Whether a text gives someone's coordinates, or leads to them: they are for the introduction alone."""

import re
import unicodedata
from html import unescape

AT = r"(?:@|\s?[(\[]\s?(?:at|arobase|chez)\s?[)\]]\s?)"
ADDRESS = re.compile(rf"(?<![\w.+-])[\w.+-]+{AT}[\w-]+\.\w+", re.IGNORECASE)
ABROAD = r"(?:\+|\b00[\s.-]{0,2})[1-9](?:[\s.-]{0,2}\d){9,13}\b"  # ten digits at least: fewer are an amount
PHONE = re.compile(rf"{ABROAD}|\b0(?:[\s.-]?\d){{9}}\b|\b0[1-9](?:\s?[/–-]\s?\d\d){{4}}\b")
LINK = re.compile(r"https?://|\bwww\.|(?<![@\w.-])[\w-]{2,}\.(?:[\w-]{2,}\.)*(?:fr|com|eu|org)\b", re.IGNORECASE)
BRACKETS = str.maketrans("()", "  ")
MARKS = str.maketrans("", "", "\\*`")  # of Markdown: a page shows « a\@b » and « a**@**b » without them


def are_in(text: str) -> bool:
    return bool(first_in(text))


def first_in(text: str) -> str:
    """The first e-mail address, else the first telephone, as it is read there; or nothing."""
    seen = shown(text)
    found = ADDRESS.search(seen) or PHONE.search(seen.replace("(0)", "").translate(BRACKETS))
    return found.group().strip() if found else ""


def lead_out(text: str) -> bool:
    """By a web address too."""
    return are_in(text) or bool(LINK.search(shown(text)))


def shown(text: str) -> str:
    """As a reader sees it: signs that do not show part no address; full-width ones, and « &#64; », are the usual."""
    plain = unicodedata.normalize("NFKC", unescape(text)).translate(MARKS)
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")

"""Whom staff write to or call: names that lead to where an address is mended."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from accounts.models import User


def link(name: str, row: Any) -> str:
    """To the page of a row: `link("accounts_user", person)`."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{name}_change", args=[row.pk]), row)


def line(*parts: object) -> str:
    """What is known of somebody, on one line."""
    return format_html_join(" · ", "{}", [(part,) for part in parts if part])


def stacked(lines: Iterable[str]) -> str:
    return format_html_join(mark_safe("<br>"), "{}", [(one,) for one in lines if one])


def person(known: User) -> str:
    return line(link("accounts_user", known), known.email, known.phone)


def addressees(addresses: Iterable[str]) -> str:
    """Each address, with whoever has it."""
    wanted = list(addresses)
    known = {one.email: one for one in User.objects.filter(email__in=[one.lower() for one in wanted])}
    return stacked(person(known[one.lower()]) if one.lower() in known else one for one in wanted)

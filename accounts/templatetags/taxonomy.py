"""Words for codes: `{{ reference.place|word:"place" }}`, `{{ profile.sectors|words:"sector"|join:", " }}`."""

from collections.abc import Iterable

from django import template

from accounts import taxonomy

register = template.Library()


@register.filter
def word(code: str, scheme: str) -> str:
    """In the language of the page."""
    return taxonomy.label(scheme, code)


@register.filter
def words(codes: Iterable[str], scheme: str) -> list[str]:
    return [taxonomy.label(scheme, code) for code in codes]

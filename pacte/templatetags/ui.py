"""Tags of the design system, built into every template (settings.TEMPLATES)."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of static/img/icons.svg; decoration unless it carries a label.

    A new name is drawn by `python -m pacte.devstack.icons`, which reads the templates.
    Cached: a page asks for hundreds.
    """
    href = static("img/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" width="20" height="20" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            label,
            href,
            name,
        )
    return format_html(
        '<svg class="icon" width="20" height="20" aria-hidden="true"><use href="{}#{}"/></svg>', href, name
    )

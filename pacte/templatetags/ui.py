"""Tags of the design system, built into every template (settings.TEMPLATES)."""

from functools import cache
from typing import Any

from django import template
from django.template import defaultfilters
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pacte import days

register = template.Library()


@cache
def drawn(name: str, label: str = "") -> SafeString:
    """One symbol of static/img/icons.svg; decoration unless it carries a label."""
    href = static("img/icons.svg")
    if label:
        drawing = '<svg class="icon" width="20" height="20" role="img" aria-label="{}"><use href="{}#{}"/></svg>'
        return format_html(drawing, label, href, name)
    return format_html(
        '<svg class="icon" width="20" height="20" aria-hidden="true"><use href="{}#{}"/></svg>', href, name
    )


class IconNode(template.Node):
    """An icon: a constant name, nearly all of them, costs a page nothing."""

    def __init__(self, name: FilterExpression, label: FilterExpression | None) -> None:
        self.name, self.label = name, label
        self.constant = label is None and not name.filters and not name.is_var

    def render(self, context: Context) -> SafeString:
        if self.constant:
            return drawn(self.name.var)
        return drawn(str(self.name.resolve(context)), str(self.label.resolve(context)) if self.label else "")


@register.tag
def icon(parser: Parser, token: Token) -> IconNode:
    """{% icon "map-pin" %}, or {% icon "x" "Fermer" %} with a label for those who do not see it.

    A new name is drawn by `python -m pacte.devstack.icons`, which reads the templates.
    """
    _, name, *labels = token.split_contents()
    return IconNode(parser.compile_filter(name), parser.compile_filter(labels[0]) if labels else None)


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, wanted: str | None = None) -> str:
    """Django's own, with the first of a month as French says it."""
    return days.said(defaultfilters.date(value, wanted))

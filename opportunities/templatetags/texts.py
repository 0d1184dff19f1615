"""`{% load texts %}{{ opportunity.description|markdown }}`."""

from django import template
from django.utils.safestring import SafeString

from opportunities.markdown import render

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """The HTML of what a group typed."""
    return render(text)

"""Limited Markdown: paragraphs, lists, headings, emphasis, links, quotations; no image, no table, no HTML."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TOP = 3  # a text's highest heading, under the page's own h1 and h2
LOWEST = 6
TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "hr", *(f"h{n}" for n in range(3, 7))}
SCHEMES = {"http", "https", "mailto"}
RULES = (
    "autolink", "backticks", "blockquote", "emphasis", "entity", "escape", "heading", "hr", "lheading", "link", "list",
    "newline", "reference",
)  # fmt: skip
PARSER = MarkdownIt("zero", {"breaks": True, "html": False, "linkify": False}).enable(RULES)


@lru_cache(maxsize=1024)
def render(text: str) -> SafeString:
    """Safe HTML; its headings start at h3 and skip no level."""
    tokens = PARSER.parse(text)
    levels = sorted({int(token.tag[1]) for token in tokens if token.type == "heading_open"})
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(TOP + levels.index(int(token.tag[1])), LOWEST)}"
    html = PARSER.renderer.render(tokens, PARSER.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )
    return mark_safe(clean)  # noqa: S308  # nh3 has just cleaned it

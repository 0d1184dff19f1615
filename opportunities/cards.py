"""An opportunity as lists show it: words only, so that twenty of them render in a blink."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Self

from django.contrib.postgres.search import SearchHeadline, SearchQuery
from django.db.models import Case, Q, TextField, Value, When
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.taxonomy import places, sectors
from opportunities.kinds import Kind
from opportunities.models import Opportunity, OpportunityQuerySet
from pacte.days import date_format

SOON = 7  # days left from which a deadline stands out
BEGIN, END = "\ue000", "\ue001"  # around what was found: no text of ours holds them
SHOWN = 3  # labels of places or sectors before "+ 2"
COLUMNS = (  # all that `Card.of` reads
    "title", "slug", "language", "kind", "teaser", "places", "sectors", "apply_by", "state",
    "first_exporters_welcome", "confidential", "alias", "owner__name",
)  # fmt: skip
MARKUP = re.compile(r"[*_#>`]+|^\s*-\s+", re.MULTILINE)  # of the body's signs, what an excerpt does not need
Part = tuple[bool, str]  # whether the words were searched for


@dataclass(slots=True)
class Card:
    """What templates/components/opportunity_card.html shows. `fit` is matching's: band, band_label and reasons."""

    pk: int
    url: str
    title: str
    lang: str  # of title and teaser, where it is not the page's
    kind: str
    kind_label: str
    icon: str
    public_name: str
    teaser: str
    places: str
    sectors: str
    days_left: int | None
    deadline: str
    soon: bool
    first_exporters: bool
    fit: Any = None
    title_parts: Sequence[Part] = ()  # where a search shows what it found; else empty
    teaser_parts: Sequence[Part] = ()
    excerpt_parts: Sequence[Part] = ()  # of the body, where the words are in neither

    @classmethod
    def of(cls, opportunity: Opportunity, *, fit: Any = None) -> Self:
        """Read one opportunity, with its `owner` selected; words in the active language."""
        language = translation.get_language() or "fr"
        last, today = opportunity.apply_by, timezone.localdate()
        early = opportunity.state == Opportunity.State.CLOSED and (last is None or last >= today)
        days = (last - today).days if last and not early else None
        return cls(
            pk=opportunity.pk,
            url=opportunity.get_absolute_url(),
            title=opportunity.title,
            lang=opportunity.language if opportunity.language != language[:2] else "",
            kind=opportunity.kind,
            kind_label=_kind_label(opportunity.kind, language),
            icon=opportunity.spec.icon,
            public_name=opportunity.public_name,
            teaser=opportunity.teaser,
            places=_listed(opportunity.places, places.label, language),
            sectors=_listed(opportunity.sectors, sectors.label, language),
            days_left=days,
            deadline=_("Candidatures closes") if early else _deadline(last, days, language),
            soon=days is not None and 0 <= days <= SOON,
            first_exporters=opportunity.first_exporters_welcome,
            fit=fit,
            title_parts=_parts(getattr(opportunity, "title_found", "")),
            teaser_parts=_parts(getattr(opportunity, "teaser_found", "")),
            excerpt_parts=_parts(MARKUP.sub("", getattr(opportunity, "excerpt", ""))),
        )


def with_words_found(rows: OpportunityQuerySet, lexemes: Sequence[str]) -> OpportunityQuerySet:
    """Rows whose cards show which words have these lexemes: of title and teaser, else of a line or two of the body."""
    if not lexemes:
        return rows
    quoted = " | ".join("'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'" for lexeme in lexemes)
    query = SearchQuery(quoted, config="simple", search_type="raw")
    marks: dict[str, Any] = {"config": "fr", "start_sel": BEGIN, "stop_sel": END}
    found = {f"{name}_found": SearchHeadline(name, query, highlight_all=True, **marks) for name in ("title", "teaser")}
    excerpt = SearchHeadline("description", query, max_fragments=1, max_words=24, min_words=12, **marks)
    above = Q(title_found__contains=BEGIN) | Q(teaser_found__contains=BEGIN)
    return rows.annotate(**found).annotate(
        excerpt=Case(When(above, then=Value("")), default=excerpt, output_field=TextField())
    )


def _parts(marked: str) -> list[Part]:
    pieces = re.split(f"[{BEGIN}{END}]", marked)  # what was found stands at the odd places
    parts = [(bool(place % 2), piece) for place, piece in enumerate(pieces) if piece]
    return parts if len(parts) > 1 or any(found for found, _piece in parts) else []


@lru_cache(maxsize=64)
def _kind_label(kind: str, language: str) -> str:
    return str(Kind(kind).label).capitalize()


@lru_cache(maxsize=4096)
def _deadline(apply_by: date | None, days: int | None, language: str) -> str:
    """Until when, and how long that still is; the same words serve every card of that day and language."""
    if apply_by is None or days is None:
        return _("Sans date limite")
    words = {"date": date_format(apply_by, "j F"), "days": days}
    if days < 0:
        return _("Close le %(date)s") % words
    if days == 0:
        return _("Avant le %(date)s, dernier jour") % words
    return (
        ngettext("Avant le %(date)s, encore %(days)s jour", "Avant le %(date)s, encore %(days)s jours", days) % words
    )


def _listed(codes: Sequence[str], label: Callable[[str, str], str], language: str) -> str:
    """The first few labels, and how many more."""
    words = ", ".join(label(code, language) for code in codes[:SHOWN])
    return (
        _("%(words)s et %(more)s de plus") % {"words": words, "more": len(codes) - SHOWN}
        if len(codes) > SHOWN
        else words
    )

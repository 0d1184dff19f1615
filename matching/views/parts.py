"""The pieces of pages that cost most to draw: drawn once a process, and kept while what they show stays the same."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.models import Organisation
from matching import explain
from matching.models import Match
from opportunities.cards import COLUMNS, Card, with_words_found
from opportunities.catalogue import Catalogue
from opportunities.filters import Selection
from opportunities.models import Opportunity

OPEN_FACETS = 4  # laid open from the start


def cards(
    pks: Iterable[int],
    company: Organisation | None,
    lexemes: Sequence[str] = (),
    *,
    matched: Iterable[int] | None = None,
) -> list[Card]:
    """Those opportunities, in that order, with their fit for the company; words with these lexemes marked.

    `matched`: the only ones whose fit may show, whatever was matched since.
    """
    wanted = list(pks)
    rows = Opportunity.objects.select_related("owner").only(*COLUMNS)
    found = with_words_found(rows, lexemes).in_bulk(wanted)
    asked = wanted if matched is None else list(matched)
    matches = Match.objects.filter(company=company, opportunity__in=asked) if company and asked else []
    fits = {match.opportunity_id: explain.fit(match, "sme") for match in matches}
    return [Card.of(found[pk], fit=fits.get(pk)) for pk in wanted if pk in found]


def drawn_cards(
    known: Catalogue, pks: Iterable[int], company: Organisation | None, stamps: dict[int, str],
    lexemes: Sequence[str] = (),
) -> list[SafeString]:  # fmt: skip
    """The same as HTML; a card is drawn anew when its opportunity, its match, the day or the language changes.

    `stamps`: of the company's matches, as `stamps_of` gives them. A card without a match is everybody's.
    """
    kept = caches["fragments"]
    names = _names(known, pks, stamps, lexemes)
    html = kept.get_many(names.values())
    missing = [pk for pk, name in names.items() if name not in html]
    fresh = {
        names[card.pk]: render_to_string("components/opportunity_card.html", {"card": card, "level": ""})
        for card in cards(missing, company, lexemes, matched=[pk for pk in missing if pk in stamps])
    }
    if fresh:
        kept.set_many(fresh)
    return [mark_safe((html | fresh)[name]) for name in names.values() if name in html or name in fresh]  # noqa: S308


def stamps_of(company: Organisation | None, pks: Iterable[int]) -> dict[int, str]:
    """Which of them the company has a match for, and of when; one query."""
    if company is None or not pks:
        return {}
    rows = Match.objects.filter(company=company, opportunity__in=list(pks)).values_list(
        "opportunity_id", "computed_at"
    )
    return {pk: f"{company.pk}:{at.timestamp()}" for pk, at in rows}


def _names(known: Catalogue, pks: Iterable[int], stamps: dict[int, str], lexemes: Sequence[str]) -> dict[int, str]:
    marked = blake2b(" ".join(lexemes).encode(), digest_size=8).hexdigest() if lexemes else ""
    common = f"{known.day:%j}:{get_language()}:{marked}"
    return {pk: f"card:{pk}:{known.revisions[pk]}:{common}:{stamps.get(pk, '')}" for pk in pks}


def drawn_facets(selection: Selection) -> SafeString:
    """The filters with their counts, as HTML."""
    asked = blake2b(selection.criteria.filters().encode(), digest_size=16).hexdigest()
    hidden = blake2b(f"{selection.hidden:x}".encode(), digest_size=8).hexdigest() if selection.hidden else ""
    name = f"facets:{selection.catalogue.version}:{get_language()}:{asked}:{hidden}"
    kept = caches["fragments"]
    html = kept.get(name)
    if html is None:
        facets = [(facet, place < OPEN_FACETS or facet.chosen) for place, facet in enumerate(selection.facets())]
        html = render_to_string("matching/facets.html", {"facets": facets})
        kept.set(name, html)
    return mark_safe(html)  # noqa: S308  # what our own template has just drawn

"""What machines read of the public list: a feed, a site map, structured data. Nothing of it depends on who asks."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from matching.views.alerts import name_of
from opportunities import amendments, catalogue, structured_data
from opportunities.cards import Card
from opportunities.filters import Criteria, Selection
from opportunities.models import Opportunity
from pacte.sheets import UNPRINTABLE

ENTRIES = 50
STATIC = (
    "matching:results",
    "home",
    "matching:opportunity_list",
    "matching:score",
    "accounts:signup",
    "accessibility",
)


@require_safe
@login_not_required
@transaction.non_atomic_requests  # it only reads
def feed(request: HttpRequest) -> HttpResponse:
    """The newest of a search, as Atom: the same words and filters as the list."""
    criteria = Criteria.read(request.GET, fit=False)
    selection = Selection(catalogue.current(), criteria)
    newest = selection.catalogue.pks(selection.bits, selection.catalogue.newest, 0, ENTRIES)
    found = Opportunity.objects.select_related("owner").defer("search_text", "search_vector").in_bulk(newest)
    rows = [found[pk] for pk in newest if pk in found]
    changed = amendments.last_changes(found)
    query = criteria.filters()
    name, heading = name_of(criteria), _("Opportunités à l'export")
    atom = Atom1Feed(
        title=written(f"{heading} · {name}" if name else heading),
        link=f"{settings.SITE_URL}{reverse('matching:opportunity_list')}{'?' if query else ''}{query}",
        description=_("Ce que de grands groupes ouvrent aux PME, relu par Pacte PME."),
        feed_url=f"{settings.SITE_URL}{request.path}{'?' if query else ''}{query}",
        language=get_language(),
    )
    for row in rows:
        card = Card.of(row)
        atom.add_item(
            title=written(row.title),
            link=settings.SITE_URL + row.get_absolute_url(),
            description=written(row.teaser),
            author_name=written(row.public_name),
            pubdate=row.published_at,
            updateddate=changed.get(row.pk, row.published_at),
            unique_id=f"{settings.SITE_URL}{reverse('matching:structured', args=[row.pk])}",
            categories=[card.kind_label, *filter(None, [card.places, card.sectors])],
        )
    response = HttpResponse(content_type="application/atom+xml; charset=utf-8")
    atom.write(response, "utf-8")
    return response


def written(text: str) -> str:
    """Without what XML does not take: one such character, typed or pasted, would end the feed for everybody."""
    return UNPRINTABLE.sub("", text)


@require_safe
@login_not_required
@transaction.non_atomic_requests  # it only reads
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page that search engines may keep: what is over, or searched, is not there."""
    rows = Opportunity.objects.open().order_by("-published_at", "-pk").only("pk", "slug", "updated_at")
    pages: list[tuple[str, datetime | None]] = [(settings.SITE_URL + reverse(name), None) for name in STATIC]
    pages += [(settings.SITE_URL + row.get_absolute_url(), row.updated_at) for row in rows[:49_000]]
    return render(request, "matching/sitemap.xml", {"pages": pages}, content_type="application/xml; charset=utf-8")


@require_safe
@login_not_required
@transaction.non_atomic_requests  # it only reads
def robots(request: HttpRequest) -> HttpResponse:
    """What they need not ask for."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /compte/", "Disallow: /alertes/", ""]
    lines.append(f"Sitemap: {settings.SITE_URL}{reverse('matching:sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@login_not_required
@transaction.non_atomic_requests  # it only reads
def structured(request: HttpRequest, pk: int) -> HttpResponse:
    """One opportunity in the words of schema.org, by itself; its page holds the same."""
    rows = Opportunity.objects.public().select_related("owner").defer("search_text", "search_vector")
    opportunity = get_object_or_404(rows, pk=pk)
    told = structured_data.of(opportunity)
    response = JsonResponse(told, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False})
    if not opportunity.is_open:
        response["X-Robots-Tag"] = "noindex"
    return response

"""Pages of no app: home, the way to one's own dashboard, signs of life, and in development the mails."""

from typing import Any

from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from accounts import joining
from accounts.http import Request
from accounts.models import Email, Organisation
from matching import figures
from opportunities.cards import Card
from opportunities.models import Opportunity
from pacte import health

# a mail's own styles are inline; it may run nothing, and only our own page frames it
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": [],
}


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The promise, with live counters."""
    open_ones = Opportunity.objects.open()
    latest = open_ones.select_related("owner").order_by("-published_at", "-pk")[:3]
    context = {"counters": counters(), "latest": [Card.of(opportunity) for opportunity in latest]}
    return render(request, "pacte/home.html", context)


def counters() -> list[dict[str, Any]]:
    """What the platform has done so far; a minute old at most."""
    counts = caches["pages"].get("counters")
    if counts is None:
        counts = [
            Opportunity.objects.open().count(),
            Organisation.objects.taking_part().count(),
            figures.made(),
        ]
        caches["pages"].set("counters", counts, 60)
    opportunities, companies, introductions = counts
    return [
        {"value": opportunities, "label": ngettext("opportunité ouverte", "opportunités ouvertes", opportunities)},
        {"value": companies, "label": ngettext("PME ou ETI inscrite", "PME et ETI inscrites", companies)},
        {"value": introductions, "label": ngettext("mise en relation", "mises en relation", introductions)},
    ]


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "pacte/accessibility.html", {"contact": settings.CONTACT_EMAIL})


@require_safe
def dashboard(request: Request) -> HttpResponse:
    """Everyone's own start page, by role; who belongs nowhere, or no longer, reads what to do."""
    user = request.user
    if user.is_sme:
        return redirect("matching:sme_dashboard")
    if user.is_group:
        return redirect("matching:group_dashboard")
    if user.is_staff:
        return redirect("admin:index")
    context = {"contact": settings.CONTACT_EMAIL, "requests": joining.of_person(user)}
    return render(request, "pacte/unattached.html", context)


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages."""
    return set_language(request)


@require_safe
@login_not_required
@transaction.non_atomic_requests
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """For monitors and load balancers; it opens no session and no transaction, so it answers when all else is down."""
    report = health.report()
    response = JsonResponse(report, status=503 if report["problems"] else 200)
    response._has_been_logged = True  # type: ignore[attr-defined]  # who asks every few seconds keeps the log
    return response


@require_safe
@login_not_required
def mails(request: HttpRequest) -> HttpResponse:
    """In development: what the outbox holds, the newest first."""
    in_development()
    page = Paginator(Email.objects.defer("text", "html"), 30).get_page(request.GET.get("page"))
    return render(request, "pacte/mails.html", {"page": page})


@require_safe
@login_not_required
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]  # it takes any view
def mail_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """In development: one mail, as text and as its reader sees it."""
    in_development()
    return render(request, "pacte/mail_detail.html", {"email": get_object_or_404(Email, pk=pk)})


@require_safe
@login_not_required
@xframe_options_sameorigin
@csp(MAIL_POLICY)  # type: ignore[arg-type]
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """In development: the HTML of one mail alone, for its frame; it may run nothing."""
    in_development()
    return HttpResponse(get_object_or_404(Email, pk=pk).html)


def in_development() -> None:
    """404 on any machine that is not a developer's or a demo's."""
    if not settings.DEBUG:
        raise Http404

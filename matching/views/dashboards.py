"""Where each side starts: what fits, what waits, what comes next."""

from dataclasses import dataclass, replace
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Case, Count, Min, Q, Value, When
from django.db.models.functions import Least
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts import advisers, charters, gaps, suspension, visibility
from accounts.decorators import edits, for_members, for_smes
from accounts.http import Request
from accounts.models import Membership, Organisation, ProfileChange, User
from matching import arrears, awaiting, decisions, explain, news, ratings, unlocks
from matching.models import (
    Application,
    Band,
    Exposure,
    Match,
    PortageAnswer,
    PortageRequest,
    Proposal,
    Standing,
    promised_before,
)
from matching.views.applications import by_next_action, listed, rows_of
from opportunities.cards import COLUMNS, Card
from opportunities.models import Opportunity, OpportunityQuerySet
from pacte.days import date_format
from pacte.shortcuts import render_part

State = Application.State
CURRENT = [State.DRAFT, State.SENT, State.SHORTLISTED, State.WAITLISTED, State.ACCEPTED]
BEST = 6
APPLICATIONS = 5
PER_PAGE = 20
WAITING = Q(applications__state__in=[State.SENT, State.SHORTLISTED, State.WAITLISTED])


@require_safe
@transaction.non_atomic_requests  # it only reads
@for_smes
def sme_dashboard(request: Request) -> HttpResponse:
    """What fits and why, applications by their next action, what is new, what the profile's silences cost."""
    company = cast(Organisation, request.user.organisation)
    best = best_of(company)
    missing = gaps.of(company)
    completion = gaps.completion(missing)
    current = listed(request).filter(state__in=CURRENT)
    may_edit = edits(request)
    context = {
        "company": company,
        "cards": best if completion else unasked(best),
        "proposals": proposals_to(company),
        "computing": not best and ProfileChange.objects.filter(organisation=company).exists(),
        "rows": rows_of(by_next_action(current)[:APPLICATIONS], edits=may_edit),
        "may_edit": may_edit,
        "awaited": awaiting.of(company) if may_edit else [],
        "unlocks": unlocks.of(company, missing),
        "completion": completion,
        "news": news.of(cast(Membership, request.user.membership)),
        "adviser": advisers.of(company),
        "asked": charters.asked_of(company),
        "paused": visibility.pause_of(company),
    }
    news.note(request)
    decisions.show(request, Exposure.Context.DASHBOARD, [(card.pk, company.pk) for card in best])
    return render(request, "matching/sme_dashboard.html", context)


@require_safe
@transaction.non_atomic_requests  # it only reads
@for_smes
def next_answer(request: Request) -> HttpResponse:
    """What the profile had best say next, by how many open opportunities that would bring; a part of its page."""
    company = cast(Organisation, request.user.organisation)
    found = unlocks.of(company, gaps.of(company))
    may_edit = edits(request)
    context = {"best": found[0] if found else None, "may_edit": may_edit}
    return render_part(request, "matching/next_answer.html", context, part="answer")


def proposals_to(company: Organisation) -> list[tuple[Card, str]]:
    """What the staff put the company forward for and still awaits its word, with why; one query."""
    applied = Application.objects.filter(company=company).values("opportunity")
    hidden = Standing.objects.filter(company=company).dismissed().values("opportunity")
    rows = Proposal.objects.standing().filter(company=company, opportunity__in=Opportunity.objects.open())
    left = rows.exclude(opportunity__in=applied).exclude(opportunity__in=hidden).select_related("opportunity__owner")
    shown = left.only("reason", *(f"opportunity__{name}" for name in COLUMNS))
    return [(Card.of(one.opportunity), one.reason) for one in shown[:BEST]]


def unasked(cards: list[Card]) -> list[Card]:
    """Of a profile that says nothing: without the questions, which are the same on each card."""
    return [replace(card, fit=None) if card.fit.band == Band.INCOMPLETE else card for card in cards]


def best_of(company: Organisation) -> list[Card]:
    """The open opportunities that fit best, without those it has applied to; one query."""
    applied = Application.objects.filter(company=company).values("opportunity")
    rows = Match.objects.for_company(company).eligible().filter(opportunity__in=Opportunity.objects.open())
    hidden = Standing.objects.filter(company=company).dismissed().values("opportunity")
    best = rows.exclude(opportunity__in=applied).exclude(opportunity__in=hidden).order_by("-score", "opportunity")
    shown = best.select_related("opportunity__owner").only(
        *(f"opportunity__{name}" for name in COLUMNS), *explain.READ
    )
    return [Card.of(match.opportunity, fit=explain.fit(match, "sme")) for match in shown[:BEST]]


@require_safe
@for_members
def group_dashboard(request: Request) -> HttpResponse:
    """A group's opportunities, those that press first; until staff approve the group, a page that says so."""
    user, group = request.user, request.user.organisation
    if not user.is_group or group is None:
        raise PermissionDenied
    if not group.is_active:
        context = {"organisation": group, "why": suspension.why(group)}
        return render(request, "matching/group_waiting.html", context)
    opportunities = pressing(Opportunity.objects.owned_by(user))
    page = Paginator(opportunities, PER_PAGE).get_page(request.GET.get("page"))
    portages = PortageAnswer.objects.filter(group=group).aggregate(
        waiting=Count("pk", filter=Q(state=PortageAnswer.State.WAITING)),
        accepted=Count("pk", filter=Q(state=PortageAnswer.State.ACCEPTED)),
    )
    may_edit = edits(request)
    context = {
        "organisation": group,
        "awaited": awaiting.of_group(group) if may_edit else [],
        "owed": owed_by(group),
        "stats": stats(user, portages["accepted"]),
        "portages": portages["waiting"] + PortageRequest.objects.to_take_up(user).count(),
        "page": page,
        "rows": [Line.of(opportunity) for opportunity in page],
        "query": request.GET,
        "asked": charters.asked_of(group),
        "told": ratings.told(group),
        "may_edit": may_edit,
    }
    return render(request, "matching/group_dashboard.html", context)


def owed_by(group: Organisation) -> dict[str, Any]:
    """What keeps it from posting, and where to answer: the opportunities with the most such answers; or nothing."""
    if not (count := arrears.blocking(group)):
        return {}
    rows = arrears.owed(group).values("opportunity", "opportunity__title").annotate(count=Count("pk"))
    return {"text": arrears.told(count), "rows": rows.order_by("-count", "opportunity")[:BEST]}


def pressing(opportunities: OpportunityQuerySet) -> OpportunityQuerySet:
    """Counted, and in the order in which they ask for someone."""
    counted = opportunities.select_related("owner").annotate(
        received=Count("applications", filter=Q(applications__sent_at__isnull=False)),
        to_answer=Count("applications", filter=WAITING),
        unread=Count("applications", filter=WAITING & Q(applications__seen_at=None)),
        accepted=Count("applications", filter=Q(applications__state=State.ACCEPTED)),
        promised=Least(Min("applications__promised_by", filter=WAITING), "answer_by"),
    )
    turn = Case(
        When(state=Opportunity.State.CHANGES_REQUESTED, then=Value(0)),
        When(to_answer__gt=0, then=Value(1)),
        When(state=Opportunity.State.DRAFT, then=Value(2)),
        When(state__in=[Opportunity.State.SUBMITTED, Opportunity.State.PUBLISHED], then=Value(3)),
        default=Value(4),
    )
    ordered = counted.order_by(turn, "promised", "-updated_at", "-pk")
    return ordered.defer("description", "search_text", "search_vector")


def stats(user: User, portages: int) -> list[dict[str, Any]]:
    """The four figures of a group, in one query each side; `portages` it accepted are introductions too."""
    own_ones = Opportunity.objects.owned_by(user)
    open_ones = own_ones.open().count()
    late = promised_before(timezone.localdate())
    waiting = Application.objects.received_by(user).waiting()
    counts = Application.objects.received_by(user).aggregate(
        to_answer=Count("pk", filter=Q(pk__in=waiting)),
        late=Count("pk", filter=Q(pk__in=waiting) & late),
        accepted=Count("pk", filter=Q(state=State.ACCEPTED)),
    )
    to_answer, overdue, accepted = counts["to_answer"], counts["late"], counts["accepted"] + portages
    return [
        {"value": open_ones, "label": ngettext("opportunité ouverte", "opportunités ouvertes", open_ones)},
        {"value": to_answer, "label": ngettext("réponse attendue", "réponses attendues", to_answer)},
        {"value": overdue, "label": ngettext("réponse en retard", "réponses en retard", overdue)},
        {"value": accepted, "label": ngettext("mise en relation", "mises en relation", accepted)},
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """An opportunity of the group's own, with what to do next."""

    opportunity: Opportunity
    next_step: str
    url: str
    applicants_url: str
    is_late: bool

    @classmethod
    def of(cls, opportunity: Any) -> "Line":
        late = bool(opportunity.to_answer and opportunity.promised and opportunity.promised < timezone.localdate())
        applicants = reverse("matching:applicants", args=[opportunity.pk])
        manage = reverse("opportunities:manage", args=[opportunity.pk])
        url = applicants if opportunity.to_answer else manage
        return cls(opportunity, next_step(opportunity, late=late), url, applicants, late)


def next_step(opportunity: Any, *, late: bool) -> str:
    """One sentence, and its date."""
    if opportunity.to_answer:
        return _to_answer(opportunity, late=late)
    closed = _("Clôturée : toutes les candidatures ont reçu une réponse.")
    return {
        Opportunity.State.DRAFT: _("Complétez-la, puis soumettez-la à la validation."),
        Opportunity.State.SUBMITTED: _("En validation : réponse sous deux jours ouvrés."),
        Opportunity.State.CHANGES_REQUESTED: _("Des modifications vous sont demandées : reprenez-la."),
        Opportunity.State.PUBLISHED: _published(opportunity),
        Opportunity.State.SUSPENDED: _("Suspendue par l'équipe de Pacte International : voyez pourquoi."),
        Opportunity.State.CLOSED: closed if opportunity.received else _("Clôturée sans candidature."),
        Opportunity.State.REJECTED: _("Refusée : le motif est sur la page de suivi."),
        Opportunity.State.WITHDRAWN: _("Retirée."),
    }[Opportunity.State(opportunity.state)]


def _to_answer(opportunity: Any, *, late: bool) -> str:
    count = opportunity.to_answer
    many = ngettext("%(n)s candidature attend votre réponse", "%(n)s candidatures attendent votre réponse", count) % {
        "n": count
    }
    if opportunity.promised is None:
        return f"{many}."
    when = _("promise avant le %(date)s, en retard.") if late else _("promise avant le %(date)s.")
    return f"{many}, {when % {'date': date_format(opportunity.promised, 'j F Y')}}"


def _published(opportunity: Opportunity) -> str:
    if opportunity.apply_by is None:
        return _("Ouverte, sans date limite.")
    return _("Ouverte aux candidatures jusqu'au %(date)s.") % {"date": date_format(opportunity.apply_by, "j F Y")}

"""Opportunities as everyone finds and reads them; a person from an SME also sees how well each one fits, and why."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, overload

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Organisation
from matching import decisions, dismiss, explain
from matching.models import Application, Exposure, Follow, Match, Proposal, Standing
from matching.views.parts import cards, drawn_cards, drawn_facets, stamps_of
from opportunities import catalogue, facts, structured_data
from opportunities.cards import COLUMNS, Card
from opportunities.catalogue import Catalogue, bits_of
from opportunities.filters import FACETS, Criteria, Selection
from opportunities.models import Opportunity
from opportunities.similar import similar
from pacte.shortcuts import render_part

PER_PAGE = 20
READ = (
    *COLUMNS,
    "state",
    "stage",
    "description",
    "benefits",
    "details",
    "answer_by",
    "next_step",
    "decided_by",
    "amount",
    "amount_shared",
    "questions",
    "published_at",
    "closed_at",
)  # all that a page of one shows


@require_safe
@login_not_required
@transaction.non_atomic_requests  # they only read
def opportunity_list(request: HttpRequest) -> HttpResponse:
    """What is open: searched, filtered, counted, sorted, twenty a page."""
    company = company_of(request)
    criteria = Criteria.read(request.GET, fit=company is not None)
    htmx = request.htmx  # type: ignore[attr-defined]
    if not htmx and _is_cluttered(request, criteria):
        return redirect(f"{request.path}?{criteria.query()}")
    known = catalogue.current()
    selection = Selection(known, criteria, hidden=_hidden(known, company))
    page = Paginator(Ordered(selection, company), PER_PAGE).get_page(criteria.page)
    page.pages = page.paginator.get_elided_page_range(page.number)  # type: ignore[attr-defined]
    stamps = stamps_of(company, page.object_list)
    lexemes = selection.found.lexemes if selection.found else ()
    context = {
        "criteria": criteria,
        "page": page,
        "cards": drawn_cards(selection.catalogue, page, company, stamps, lexemes),
        "facets": drawn_facets(selection),
        "chips": selection.chips(),
        "ways_out": [] if page.object_list else selection.ways_out(),
        "sorts": criteria.sorts(fit=company is not None),
        "chosen_sort": criteria.chosen_sort,
        "found": selection.found,
        "clear_url": f"?{Criteria(q=criteria.q).query()}",
        "query": request.GET,
        "canonical": request.build_absolute_uri(f"{request.path}?{Criteria(page=page.number).query()}".rstrip("?")),
        "feed_url": f"{reverse('matching:feed')}?{criteria.filters()}".rstrip("?"),
        "save_url": f"{reverse('matching:search_save')}?{criteria.filters()}".rstrip("?"),
        "suggested_url": _with_words(criteria, selection.found.suggested) if selection.found else "",
    }
    if company and stamps:
        shown = [(pk, company.pk) for pk in page]
        decisions.show(request, Exposure.Context.LIST, shown, start=page.start_index())
    response = render_part(request, "matching/opportunity_list.html", context, part="results")
    if htmx:
        response["HX-Push-Url"] = f"{request.path}?{criteria.query()}".rstrip("?")
    return response


@require_safe
@login_not_required
@transaction.non_atomic_requests  # they only read
def opportunity_detail(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """One opportunity, whole; with, for an SME, its fit and what it may do."""
    visible = Opportunity.objects.visible_to(request.user).select_related("owner")
    opportunity = visible.only(*READ).filter(pk=pk, merged_into=None).first()
    if opportunity is None:  # staff may have made it one with another
        return redirect(get_object_or_404(visible, merged=pk), permanent=True)
    if request.path != (url := opportunity.get_absolute_url()):
        return redirect(url, permanent=True)
    company = company_of(request)
    match = Match.objects.filter(opportunity=opportunity, company=company).first() if company else None
    announcement = facts.announcement(opportunity)
    may = _next(request, opportunity, company)
    context = {
        "opportunity": opportunity,
        "card": Card.of(opportunity),
        "structured": structured_data.script(opportunity) if opportunity.is_open else "",
        "announcement": announcement,
        "language": announcement["language"],
        "foreign": announcement["foreign"],
        "company": company,
        "match": match,
        "fit": explain.fit(match, "sme") if match else None,
        "why": explain.rows(match, "sme", correct=may["may_hide"]) if match else [],
        "similar": [] if opportunity.is_open else _similar(opportunity, company),
        **may,
    }
    if company:
        pair = (opportunity.pk, company.pk)
        decisions.show(request, Exposure.Context.DETAIL, [pair], matches=[match] if match else [])
    return render(request, "matching/opportunity_detail.html", context)


def _similar(opportunity: Opportunity, company: Organisation | None) -> list[Card]:
    """What is open and like it, but for what this company does not want to see."""
    known = catalogue.current()
    return cards(similar(known, opportunity, hidden=_hidden(known, company)), company)


def _next(request: HttpRequest, opportunity: Opportunity, company: Organisation | None) -> dict[str, Any]:
    """What this person may do about it."""
    user = request.user
    its = user.organisation if user.is_authenticated else None
    if company is None:
        return {"application": None, "may_apply": False, "is_own": its is not None and its == opportunity.owner}
    hidden = Standing.objects.filter(opportunity=opportunity, company=company).dismissed().exists()
    application = Application.objects.filter(opportunity=opportunity, company=company).only("state").first()
    may_edit = user.is_authenticated and user.membership is not None and user.membership.can_edit
    may_apply = opportunity.is_open and company.is_active and may_edit
    followed = Follow.objects.filter(opportunity=opportunity, user=user.pk).exists()
    return {
        "may_follow": opportunity.is_open or followed,
        "followed": followed,
        "application": application,
        "may_apply": may_apply,
        "is_own": False,
        "may_hide": may_edit,
        "proposal": Proposal.objects.standing().filter(opportunity=opportunity, company=company).first(),
        "hidden": hidden,
    }


def _with_words(criteria: Criteria, words: str) -> str:
    return f"?{replace(criteria, q=words, page=1).query()}" if words else ""


def company_of(request: HttpRequest) -> Organisation | None:
    """The SME for which this person looks, if any."""
    user = request.user
    return user.organisation if user.is_authenticated and user.is_sme else None


def _hidden(known: Catalogue, company: Organisation | None) -> int:
    """Bits of what this company does not want to see."""
    return bits_of(list(known.slots(dismiss.hidden_by(company)))) if company else 0


class Ordered(Sequence[int]):
    """Primary keys of the selected opportunities in the order asked for; only the page that is shown is worked out."""

    def __init__(self, selection: Selection, company: Organisation | None) -> None:
        self.catalogue = selection.catalogue
        self.groups = _groups(selection, company)

    def __len__(self) -> int:
        return sum(bits.bit_count() for bits, _ in self.groups)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        start, stop, _step = index.indices(len(self))
        pks: list[int] = []
        for bits, order in self.groups:
            size = bits.bit_count()
            if start < size and stop > 0:
                pks += self.catalogue.pks(bits, order, max(start, 0), stop)
            start, stop = start - size, stop - size
        return pks


def _groups(selection: Selection, company: Organisation | None) -> list[tuple[int, Sequence[int]]]:
    """(which ones, in which order), one group after the other."""
    known, sort = selection.catalogue, selection.criteria.sort
    if sort == "pertinence":
        return [(level, known.newest) for level in selection.levels()]
    if sort == "echeance":
        return [(selection.bits, known.deadline)]
    if sort == "adequation" and company:
        best = _best(known, company)
        scored = bits_of(best)
        return [(selection.bits & scored, best), (selection.bits & ~scored, known.newest)]
    return [(selection.bits, known.newest)]


def _best(known: Catalogue, company: Organisation) -> list[int]:
    matches = Match.objects.for_company(company).eligible().order_by("-score", "-opportunity")
    return list(known.slots(matches.values_list("opportunity_id", flat=True)))


def _is_cluttered(request: HttpRequest, criteria: Criteria) -> bool:
    """A form sent without JavaScript says the obvious too: empty words, the usual order."""
    empty = any("" in request.GET.getlist(name) for name in ["q", "tri", "page", *FACETS])
    return empty or ("tri" in request.GET and "tri=" not in criteria.query())

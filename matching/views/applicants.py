"""An opportunity's applicants together: the list, some side by side, one answer to several, a file to take away."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import kept, labels
from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from matching import applicants as its
from matching import decisions, explain, exports, together
from matching.forms import TOGETHER, TogetherForm
from matching.models import Application, ApplicationQuerySet, Exposure, Partner, Proposal
from matching.together import Act
from opportunities import leaks
from opportunities.models import Opportunity
from pacte import sheets

PER_PAGE = 20


@require_safe
@for_groups
def applicants(request: Request, pk: int) -> HttpResponse:
    """Those who applied to one opportunity, by fit or by date, with the reasons."""
    opportunity = owned(request, pk)
    received = received_for(request, opportunity)
    choice = its.Choice.of(request.GET.dict())
    inside = Partner.objects.joined().filter(application=OuterRef("pk"))
    earlier = Application.objects.filter(
        opportunity=opportunity.copied_from_id, company=OuterRef("company"), sent_at__isnull=False
    )
    put_forward = Proposal.objects.standing().filter(opportunity=opportunity, company=OuterRef("company"))
    chosen = (
        choice.rows(received)
        .select_related("company", "opportunity", "introduction")
        .annotate(in_group=Exists(inside), before=Exists(earlier), proposed=Exists(put_forward))
    )
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    membership = request.user.membership
    context = {
        "opportunity": opportunity,
        "page": page,
        "rows": its.rows_of(page),
        "tabs": its.tabs(received, choice.state),
        "choice": choice,
        "choices": its,
        "query": request.GET,
        "all_ticked": "tout" in request.GET,
        "others": page.paginator.count - len(page),
        "picked": picked(request.GET.getlist("c")) or ({one.pk for one in page} if "tout" in request.GET else set()),
        "may_decide": membership is not None and membership.can_edit,
    }
    shown = [(opportunity.pk, one.company_id) for one in page]
    decisions.show(request, Exposure.Context.APPLICANTS, shown, start=page.start_index())
    return render(request, "matching/applicants.html", context)


@require_safe
@for_groups
def compare(request: Request, pk: int) -> HttpResponse:
    """Two to four of them side by side, criterion by criterion."""
    opportunity = owned(request, pk)
    chosen = [one for one in some(request, opportunity) if one.is_readable]
    if not 2 <= len(chosen) <= its.COMPARED:
        messages.error(request, _("Cochez de deux à quatre candidatures à comparer."))
        return back(request, pk)
    matches = its.matches_of(chosen)
    given = labels.of(one.company_id for one in chosen)
    context = {
        "opportunity": opportunity,
        "columns": [
            (one, explain.fit(matches[one.company_id], "group") if one.company_id in matches else None)
            for one in chosen
        ],
        "labels": [given.get(one.company_id, []) for one in chosen],
        "lines": its.compared(chosen, matches),
        "query": request.GET,
    }
    pairs = [(pk, one.company_id) for one in chosen]
    decisions.show(request, Exposure.Context.APPLICANTS, pairs, matches=list(matches.values()))
    return render(request, "matching/compare.html", context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def decide_together(request: Request, pk: int, act: str) -> HttpResponse:
    """One answer to several: who would get which mail first, then the button."""
    if act not in Act.values:
        raise Http404
    opportunity = owned(request, pk)
    typed = typed_about(request)
    chosen = some(request, opportunity, typed)
    fates = together.foreseen(chosen, act)
    moving = [fate for fate in fates if fate.state]
    if not moving:
        tell(request, act, together.Done(refused=[(fate.application, fate.refused) for fate in fates]))
        if not fates:
            messages.error(request, _("Cochez au moins une candidature qui attend encore votre réponse."))
        return back(request, pk)
    secret = leaks.withheld(opportunity, request.user)
    unsaid = None if act == Act.DECLINE else QueryDict()  # the others may leave without a word
    form = TogetherForm.of(act, fates, unsaid if typed is None else typed, secret)
    valid = form.is_valid()
    if valid and form.was_shown and "confirm" in request.POST:
        tell(
            request,
            act,
            together.decide([fate.application for fate in moving], act, by=request.user, words=form.words),
        )
        return redirect("matching:applicants", pk)
    looked_at = next((fate for fate in moving if str(fate.application.pk) == request.POST.get("show")), moving[0])
    context = {
        "opportunity": opportunity,
        "act": act,
        "wording": TOGETHER[Act(act)],
        "form": form.shown_again() if valid else form,
        "moving": moving,
        "staying": [fate for fate in fates if not fate.state],
        "looked_at": looked_at,
        "preview": together.letter(looked_at, by=request.user, words=form.words) if valid else None,
        "reread": valid and "confirm" in request.POST,
    }
    return render(request, "matching/together.html", context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def export(request: Request, pk: int) -> HttpResponse:
    """Those that the list shows, all pages of it, as CSV or XLSX; a line in the log says who took it."""
    opportunity = owned(request, pk)
    choice = its.Choice.of(request.GET.dict())
    rows = choice.rows(received_for(request, opportunity).readable())
    kind = request.POST.get("format", "")
    if kind not in sheets.FORMATS:
        context = {"opportunity": opportunity, "count": rows.count(), "choice": choice, "headings": exports.headings()}
        return render(request, "matching/export.html", context | {"query": request.GET})
    content = exports.export(opportunity, rows, kind, by=request.user)
    name = f"candidatures-{slugify(opportunity.title)[:60] or opportunity.pk}-{timezone.localdate():%Y-%m-%d}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=sheets.FORMATS[kind], headers=headers)


def owned(request: Request, pk: int) -> Opportunity:
    found: Opportunity = get_object_or_404(
        Opportunity.objects.owned_by(request.user).select_related("owner", "created_by"), pk=pk
    )
    return found


def received_for(request: Request, opportunity: Opportunity) -> ApplicationQuerySet:
    return Application.objects.received_by(request.user).filter(opportunity=opportunity)


def typed_about(request: Request) -> QueryDict | None:
    """What the form sends; or what was typed about some of those asked for, before the session ended."""
    typed = kept.sent(request)
    if typed is None or request.method == "POST":
        return typed
    return typed if picked(typed.getlist("c")) & picked(request.GET.getlist("c")) else None


def some(request: Request, opportunity: Opportunity, typed: QueryDict | None = None) -> list[Application]:
    """Those ticked, in the order of the list; what is not this opportunity's is not there."""
    ticked = picked((request.GET if typed is None else typed).getlist("c"))
    rows = its.Choice().rows(received_for(request, opportunity).filter(pk__in=ticked))
    related = rows.select_related(
        "company", "opportunity__owner", "opportunity__created_by", "contact", "introduction"
    )
    return list(related[: PER_PAGE * 2])


def picked(values: list[str]) -> set[int]:
    return {int(value) for value in values if value.isdecimal() and len(value) < 18}


def back(request: Request, pk: int) -> HttpResponse:
    """To the list as it was, ticks included."""
    query = request.GET.urlencode()
    there = redirect("matching:applicants", pk)
    there["Location"] += f"?{query}" if query else ""
    return there


def tell(request: Request, act: str, done: together.Done) -> None:
    count = len(done.moved)
    if count:
        note: dict[str, Any] = {
            Act.SHORTLIST: ngettext("%d candidature présélectionnée.", "%d candidatures présélectionnées.", count),
            Act.ACCEPT: ngettext("%d réponse positive est partie.", "%d réponses positives sont parties.", count),
            Act.DECLINE: ngettext("%d réponse négative est partie.", "%d réponses négatives sont parties.", count),
        }
        messages.success(request, note[Act(act)] % count)
    for application, why in done.refused:
        messages.error(request, _("%(company)s : %(why)s") % {"company": application.company, "why": why})

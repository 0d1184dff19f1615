"""The group's side: who applied, on what grounds, and the answer."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from matching import apply, decisions, explain, introduce, letters, progress, snapshot, thread
from matching.forms import AcceptForm, DeclineForm
from matching.models import Application, ApplicationQuerySet, Exposure, Introduction, Match, Side
from opportunities import leaks
from opportunities.models import Opportunity
from pacte.states import StateError

State = Application.State
PER_PAGE = 20
WAITING = Q(state__in=[State.SENT, State.SHORTLISTED, State.WAITLISTED])
FILTERS = {
    "": (gettext_lazy("Toutes"), Q()),
    "a-repondre": (gettext_lazy("À répondre"), WAITING),
    "preselection": (gettext_lazy("Présélectionnées"), Q(state=State.SHORTLISTED)),
    "acceptees": (gettext_lazy("Acceptées"), Q(state=State.ACCEPTED)),
    "terminees": (gettext_lazy("Autres"), ~WAITING & ~Q(state=State.ACCEPTED)),
}
SORTS = {"adequation": gettext_lazy("adéquation"), "date": gettext_lazy("date d'envoi")}


@require_safe
@for_groups
def applicants(request: Request, pk: int) -> HttpResponse:
    """Those who applied to one opportunity, by fit or by date, with the reasons; without a must, behind the others."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user).select_related("owner"), pk=pk)
    chosen = request.GET.get("etat", "") if request.GET.get("etat", "") in FILTERS else ""
    sort = request.GET.get("tri", "") if request.GET.get("tri", "") in SORTS else "adequation"
    its = Application.objects.received_by(request.user).filter(opportunity=opportunity)
    page = Paginator(ordered(its.filter(FILTERS[chosen][1]), sort), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "opportunity": opportunity,
        "page": page,
        "rows": rows_of(page),
        "tabs": tabs(its, chosen),
        "chosen": chosen,
        "sort": sort,
        "sorts": SORTS.items(),
        "query": request.GET,
    }
    shown = [(opportunity.pk, one.company_id) for one in page]
    decisions.show(request, Exposure.Context.APPLICANTS, shown, start=page.start_index())
    return render(request, "matching/applicants.html", context)


def ordered(applications: ApplicationQuerySet, sort: str) -> ApplicationQuerySet:
    applications = applications.select_related("company", "opportunity")
    if sort == "date":
        return applications.order_by("-sent_at", "-pk")
    pair = Match.objects.filter(opportunity=OuterRef("opportunity"), company=OuterRef("company"))
    scored = applications.annotate(
        eligible=Subquery(pair.values("eligible")[:1]), score=Subquery(pair.values("score")[:1])
    )
    return scored.order_by(F("eligible").desc(nulls_last=True), F("score").desc(nulls_last=True), "-sent_at", "-pk")


def tabs(received: ApplicationQuerySet, chosen: str) -> list[dict[str, Any]]:
    """The filters with their counts, in one query."""
    names = {name or "toutes": clause for name, (_label, clause) in FILTERS.items()}
    counts = received.aggregate(
        **{name.replace("-", "_"): Count("pk", filter=clause) for name, clause in names.items() if clause},
        toutes=Count("pk"),
    )
    return [
        {
            "value": name,
            "label": label,
            "count": counts[(name or "toutes").replace("-", "_")],
            "current": name == chosen,
        }
        for name, (label, _clause) in FILTERS.items()
    ]


def rows_of(applications: Any) -> list[dict[str, Any]]:
    """Each with its fit in words and what presses."""
    found = list(applications)
    companies = [one.company_id for one in found]
    matches = Match.objects.filter(opportunity__in={one.opportunity_id for one in found}, company__in=companies)
    by_company = {match.company_id: match for match in matches}
    return [
        {
            "application": one,
            "fit": explain.fit(by_company[one.company_id], "group") if one.company_id in by_company else None,
            "unread": one.seen_at is None and one.is_waiting,
            "late": progress.days_late(one),
        }
        for one in found
    ]


@require_safe
@for_groups
def application_review(request: Request, pk: int) -> HttpResponse:
    """One company's file as it left; opening it is noted once, and the SME sees that."""
    application = get_object_or_404(received(request), pk=pk)
    apply.see(application, by=request.user)
    match = Match.objects.filter(opportunity=application.opportunity, company=application.company).first()
    membership = request.user.membership
    context = {
        "application": application,
        "opportunity": application.opportunity,
        "shown": snapshot.shown(application.snapshot),
        "fit": explain.fit(match, "group") if match else None,
        "why": explain.rows(match, "group") if match else None,
        "score": match.score if match else None,
        "history": progress.history(application),
        "introduction": Introduction.objects.filter(application=application).select_related("email").first(),
        "late": progress.days_late(application),
        "may_decide": membership is not None and membership.can_edit,
        "frozen": application.opportunity.state not in apply.DECIDABLE,
        "may_shortlist": application.can_move(State.SHORTLISTED),
        "may_reexamine": application.state == State.DECLINED and apply.may_reexamine(application),
        "thread": thread.lines(application, Side.GROUP),
        "reply_by": thread.reply_by(application),
    }
    decisions.show(request, Exposure.Context.FILE, [(application.opportunity_id, application.company_id)])
    return render(request, "matching/application_review.html", context)


@require_POST
@for_groups
@may_edit
def application_shortlist(request: Request, pk: int) -> HttpResponse:
    """Keep it for a second look."""
    application = get_object_or_404(received(request), pk=pk)
    if not application.can_move(State.SHORTLISTED):
        return already(request, application)
    try:
        apply.shortlist(application, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(company)s est présélectionnée, et le sait.") % {"company": application.company})
    return redirect("matching:application_review", pk)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def application_accept(request: Request, pk: int) -> HttpResponse:
    """Introduce: the exact mail first, then the button."""
    application = get_object_or_404(received(request), pk=pk)
    if not application.is_waiting:
        return already(request, application)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    valid = form.is_valid()
    if valid and form.was_shown and "confirm" in request.POST:
        try:
            introduced = introduce.accept(application, by=request.user, message=form.cleaned_data["message"])
        except StateError as error:
            messages.error(request, str(error))
        else:
            note = _("La mise en relation avec %(company)s part à l'instant.")
            if introduced is None:
                note = _("%(company)s est en liste d'attente, et le sait.")
            messages.success(request, note % {"company": application.company})
        return redirect("matching:application_review", pk)
    message = form.cleaned_data["message"] if valid else ""
    accepted = introduce.taken(application.opportunity)
    full = accepted >= application.opportunity.capacity
    context = {
        "application": application,
        "opportunity": application.opportunity,
        "form": AcceptForm.showing(message) if valid or not form.is_bound else form,
        "preview": introduce.preview(application, by=request.user, message=message),
        "full": full,
        "waiting": letters.preview(letters.waitlisted_letter(application)) if full else None,
        "accepted": accepted,
        "reread": valid and "confirm" in request.POST,
    }
    return render(request, "matching/application_accept.html", context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def application_decline(request: Request, pk: int) -> HttpResponse:
    """Say no: the reason and a word first, then the exact mail, then the button."""
    application = get_object_or_404(received(request), pk=pk)
    if not application.is_waiting:
        return already(request, application)
    opportunity = application.opportunity
    secret = leaks.tells(opportunity) if opportunity.confidential else ()
    form, preview = DeclineForm(request.POST if request.method == "POST" else None, secret=secret), None
    if form.is_valid():
        reason, text = form.cleaned_data["reason"], form.cleaned_data["text"]
        if form.was_shown and "confirm" in request.POST:
            try:
                apply.decline(application, by=request.user, reason=reason, text=text)
            except StateError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("La réponse part à %(company)s.") % {"company": application.company})
            return redirect("matching:application_review", pk)
        application.decline_reason, application.decline_text = reason, text
        preview = letters.preview(letters.declined_letter(application))
        form = DeclineForm.showing(reason, text)
    context = {"application": application, "opportunity": opportunity, "form": form, "preview": preview}
    return render(request, "matching/application_decline.html", context)


def received(request: Request) -> ApplicationQuerySet:
    related = ["opportunity__owner", "opportunity__created_by", "company", "contact"]
    return Application.objects.received_by(request.user).select_related(*related)


def already(request: Request, application: Application) -> HttpResponse:
    """A second click, the back button, or a colleague who was faster: say what stands."""
    note = _("Cette candidature est déjà dans l'état « %(state)s » : rien de plus n'est parti.")
    messages.info(request, note % {"state": application.get_state_display()})
    return redirect("matching:application_review", application.pk)

"""A recommendation by a link, and files kept for later: each side's pages."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import labels
from accounts.decorators import for_groups, for_smes, may_edit
from accounts.http import Request
from accounts.limits import too_many
from matching import explain, keeping, sponsors
from matching.beside_forms import RecommendationForm, SponsorForm
from matching.models import Application, Keeping, Match, PortageRequest, Sponsor
from matching.models.beside import KEEPABLE, may_be_recommended
from matching.views.applications import own
from matching.views.review import received
from opportunities.models import Opportunity
from pacte.states import StateError

LINE = (
    "until",
    "application__company__name",
    "application__opportunity__title",
    "application__opportunity__confidential",
)  # all that a list shows of a file kept for later
PER_PAGE = 20


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_sponsor(request: Request, pk: int) -> HttpResponse:
    """Ask someone for a recommendation of an application, or take the request back."""
    application = get_object_or_404(own(request), pk=pk)
    up = {"url": reverse("matching:applications"), "label": _("Candidatures"), "here": application.opportunity.title}
    return _sponsor(request, application, {"up": up, "back": _("Revenir à ma candidature")})


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def portage_sponsor(request: Request, pk: int) -> HttpResponse:
    """The same for a portage."""
    asked = get_object_or_404(PortageRequest.objects.of_company(request.user).select_related("company"), pk=pk)
    up = {"url": reverse("matching:portage_requests"), "label": _("Demandes de portage"), "here": asked.place}
    return _sponsor(request, asked, {"up": up, "back": _("Revenir à ma demande")})


def _sponsor(request: Request, subject: sponsors.Subject, words: dict[str, Any]) -> HttpResponse:
    if not may_be_recommended(subject):
        return redirect(subject)
    form = SponsorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and "revoke" in request.POST:
        return _revoke(request, subject)
    if request.method == "POST":
        if refused := too_many(request, "sponsor", "10/d/user"):
            return refused
        if form.is_valid():
            try:
                asked = sponsors.invite(subject, by=request.user, **form.cleaned_data)
            except StateError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("La demande part à %(person)s.") % {"person": asked.name})
                return redirect(subject)
    context = {
        "sponsor": sponsors.current(subject),
        "form": form,
        "page": subject.get_absolute_url(),
        "portage": isinstance(subject, PortageRequest),
    }
    return render(request, "matching/sponsor.html", context | words)


def _revoke(request: Request, subject: sponsors.Subject) -> HttpResponse:
    try:
        sponsors.revoke(subject, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("C'est fait : le lien ne s'ouvre plus, et le groupe ne lit aucune recommandation.")
        )
    return redirect(subject)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def recommend(request: HttpRequest, token: str) -> HttpResponse:
    """What a sponsor says, through the link of its mail; signed in or not."""
    sponsor = sponsor_of(token)
    form = RecommendationForm(request.POST if request.method == "POST" else None, initial={"text": sponsor.text})
    is_open, done = sponsor.is_open, False
    if request.method == "POST":
        if refused := too_many(request, "recommend", "30/h/ip"):
            return refused
        if is_open and form.is_valid():
            try:
                sponsors.write(sponsor, text=form.cleaned_data["text"])
                done = True
            except PermissionDenied:  # the group decided, or the SME took it back, at that very moment
                is_open = False
    context = {
        "sponsor": sponsor,
        "company": sponsor.subject.company,
        "opportunity": sponsor.application.opportunity if sponsor.application else None,
        "portage": sponsor.portage,
        "form": form,
        "is_open": is_open,
        "done": done,
    }
    return render(request, "matching/recommend.html", context)


def sponsor_of(token: str) -> Sponsor:
    try:
        pk = sponsors.read(token)
    except signing.BadSignature:
        raise Http404 from None
    related = ["application__company", "application__opportunity__owner", "portage__company"]
    return get_object_or_404(Sponsor.objects.select_related(*related), pk=pk)


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_keeping(request: Request, pk: int) -> HttpResponse:
    """Let the group keep the file for a year, or take that leave back."""
    application = get_object_or_404(own(request).select_related("keeping"), pk=pk)
    its: Keeping | None = getattr(application, "keeping", None)
    stands = its is not None and its.stands
    if not stands and application.state not in KEEPABLE:
        return redirect(application)
    if request.method == "POST":
        act = keeping.end if "end" in request.POST else keeping.agree
        try:
            act(application, by=request.user)
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("C'est noté, dès maintenant."))
        return redirect(application)
    context = {"application": application, "opportunity": application.opportunity, "keeping": its if stands else None}
    return render(request, "matching/application_keeping.html", context)


@require_POST
@for_groups
@may_edit
def application_keep(request: Request, pk: int) -> HttpResponse:
    """Put a file aside for later, or take it out."""
    application = get_object_or_404(received(request), pk=pk)
    out = "out" in request.POST
    try:
        keeping.keep(application, by=request.user, keep=not out)
    except StateError as error:
        messages.error(request, str(error))
    else:
        note = _("%(company)s n'est plus dans votre vivier.") if out else _("%(company)s est dans votre vivier.")
        messages.success(request, note % {"company": application.company})
    return redirect("matching:application_review", pk)


@require_safe
@for_groups
def kept(request: Request) -> HttpResponse:
    """The files that the group keeps for later."""
    its = kept_of(request).order_by("-kept_at", "-pk")
    return render(request, "matching/kept.html", listed(request, its, None))


@require_safe
@for_groups
def kept_for(request: Request, pk: int) -> HttpResponse:
    """The same beside one opportunity: how well each fits it, and who may be told of it."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    pair = Match.objects.filter(opportunity=opportunity, company=OuterRef("application__company"))
    its = kept_of(request).exclude(application__opportunity=opportunity)
    scored = its.annotate(score=Subquery(pair.values("score")[:1]))
    return render(
        request,
        "matching/kept.html",
        listed(request, scored.order_by(F("score").desc(nulls_last=True), "-kept_at", "-pk"), opportunity),
    )


@require_POST
@for_groups
@may_edit
def point_out(request: Request, pk: int, kept_pk: int) -> HttpResponse:
    """Tell a company that is kept for later of this opportunity."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user), pk=pk)
    its = get_object_or_404(kept_of(request), pk=kept_pk)
    try:
        keeping.point_out(its, opportunity, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        note = _("%(company)s est prévenue, une seule fois.")
        messages.success(request, note % {"company": its.application.company})
    return redirect("matching:kept_for", pk)


def kept_of(request: Request) -> Any:
    return Keeping.objects.kept_by(request.user).select_related("application__company", "application__opportunity")


def listed(request: Request, its: Any, opportunity: Opportunity | None) -> dict[str, Any]:
    page = Paginator(its.only(*LINE), PER_PAGE).get_page(request.GET.get("page"))
    companies = [one.application.company_id for one in page]
    found = Match.objects.filter(opportunity=opportunity, company__in=companies) if opportunity else []
    fits = {match.company_id: explain.fit(match, "group") for match in found}
    given = labels.of(companies)
    applied = set()
    if opportunity:
        there = Application.objects.filter(opportunity=opportunity, company__in=companies, sent_at__isnull=False)
        applied = set(there.values_list("company_id", flat=True))
    membership = request.user.membership
    may_tell = membership is not None and membership.can_edit and opportunity is not None
    rows = [
        {
            "kept": one,
            "fit": fits.get(one.application.company_id),
            "labels": given.get(one.application.company_id, []),
            "may_tell": may_tell
            and one.application.company_id not in applied
            and keeping.may_point_out(one, opportunity),  # type: ignore[arg-type]
        }
        for one in page
    ]
    return {"opportunity": opportunity, "page": page, "rows": rows, "query": request.GET}

"""Several companies behind one application: the one that leads, those it invites, those who look for partners."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import advisers, kept, visibility
from accounts.decorators import edits, for_smes, may_edit, readers_look
from accounts.http import Request
from accounts.limits import too_many
from accounts.models import Organisation, User
from matching import consent, openings, partner_letters, partners, union
from matching.beside_forms import InviteForm, JoinForm, SeekForm
from matching.models import Application, Introduction, Partner, PartnerSearch
from matching.models.partner import PartnerQuerySet
from matching.views.applications import LED_NOWHERE, own
from opportunities.cards import Card
from opportunities.models import Opportunity
from pacte.states import StateError

State = Partner.State
DRAFT = Application.State.DRAFT


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_partners(request: Request, pk: int) -> HttpResponse:
    """The leading company's: who is in, who is asked, what they cover together; invite, or do without one."""
    application = get_object_or_404(own(request), pk=pk)
    if application.state != Application.State.DRAFT:
        return redirect(application)
    form = InviteForm(request.POST if request.method == "POST" else None, initial={"siren": request.GET.get("siren")})
    if request.method == "POST" and "remove" in request.POST:
        its = get_object_or_404(application.partners.select_related("company"), pk=number(request.POST["remove"]))
        said = _("%(company)s n'est plus dans le groupement.") % {"company": its.name}
        return act(request, lambda: partners.remove(its, by=request.user), said, request.path)
    if request.method == "POST":
        if refused := too_many(request, "invite", "30/d/user"):
            return refused
        if form.is_valid():
            try:
                invited = partners.invite(application, by=request.user, **form.cleaned_data)
            except StateError as error:
                form.add_error("siren" if form.cleaned_data["siren"] else "email", str(error))
            else:
                messages.success(request, _("L'invitation part à %(company)s.") % {"company": invited.name})
                return redirect(request.path)
    rows = list(application.partners.select_related("company"))
    context = {
        "application": application,
        "opportunity": application.opportunity,
        "partners": rows,
        "union": union_of(application, rows),
        "form": form,
    }
    return render(request, "matching/application_partners.html", context)


def union_of(application: Application, rows: list[Partner], side: str = "group") -> union.Union | None:
    """Of those that are in; None for a company alone. Of others, one reads as the group will."""
    inside = [one.company for one in rows if one.state == State.JOINED and one.company]
    return union.of(application.opportunity_id, [application.company, *inside], side) if inside else None


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@readers_look
def partner(request: Request, pk: int) -> HttpResponse:
    """An invitation, or one's place in a group of companies: to the invited company alone."""
    its = get_object_or_404(related().filter(company=request.user.organisation), pk=pk)
    return answer(request, its)


@require_safe
@login_not_required
def partner_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mail of an invitation leads somebody we do not know yet: who asks, for what, and the way in."""
    its = of_link(token)
    if isinstance(request.user, User):
        return redirect("matching:partner_link", token)
    opportunity = its.application.opportunity
    context = {
        "partner": its,
        "application": its.application,
        "card": Card.of(opportunity),
        "waits": its.company is None and its.state == State.INVITED and its.application.state == DRAFT,
        "to": reverse("matching:partner_link", args=[token]),
    }
    return render(request, "matching/partner_invitation.html", context)


@kept.keeps_text
@require_http_methods(["GET", "HEAD", "POST"])
@for_smes
@readers_look
def partner_link(request: Request, token: str) -> HttpResponse:
    """The same by the link of a mail, for a company that was not known yet: whoever answers first has it."""
    its = of_link(token)
    if its.company is not None and its.company != request.user.organisation:
        raise Http404
    return answer(request, its)


def of_link(token: str) -> Partner:
    try:
        pk = signing.loads(token, salt=partner_letters.SALT)
    except signing.BadSignature:
        raise Http404 from None
    return get_object_or_404(related(), pk=pk)


def related() -> PartnerQuerySet:
    return Partner.objects.select_related("application__opportunity__owner", "application__company", "company")


def answer(request: Request, its: Partner) -> HttpResponse:
    application = its.application
    back = application.opportunity.get_absolute_url()
    typed = kept.sent(request)
    form = JoinForm(typed if typed and "join" in typed else None, text=consent.of_partner(application))
    if request.method == "POST" and "decline" in request.POST:
        said = _("Votre réponse est transmise à l'entreprise pilote.")
        return act(request, lambda: partners.decline(its, by=request.user), said, back)
    if request.method == "POST" and "leave" in request.POST:
        said = _("Vous avez quitté le groupement ; l'entreprise pilote le sait.")
        return act(request, lambda: partners.leave(its, by=request.user), said, back)
    if request.method == "POST" and form.is_bound and form.is_valid():
        answers = form.cleaned_data
        try:
            partners.join(its, by=request.user, brings=answers["brings"], consented=answers["consent"])
        except StateError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Vous êtes dans le groupement : l'entreprise pilote le sait."))
            return redirect("matching:partner", its.pk)
    inside = list(application.partners.joined().select_related("company"))
    is_in = its.state == State.JOINED
    introduction = Introduction.objects.filter(application=application).first()
    context = {
        "partner": its,
        "application": application,
        "opportunity": application.opportunity,
        "card": Card.of(application.opportunity),
        "open": application.state == Application.State.DRAFT,
        "members": [application.company, *(one.company for one in inside)] if is_in else [],
        "union": union_of(application, inside) if is_in else None,
        "opened": openings.told(application, its.company, introduction) if its.company else None,
        "may_leave": is_in
        and edits(request)
        and application.state not in {Application.State.WITHDRAWN, Application.State.CANCELLED},
        "may_edit": edits(request),
        "shows": shows(request, application) if its.state == State.INVITED else "",
        "form": form,
        **(ending(its) if is_over(its) else {"over": False}),
    }
    return render(request, "matching/partner.html", context)


def shows(request: Request, application: Application) -> str:
    """What to know before joining when the company hides from groups."""
    opportunity = application.opportunity
    company = cast(Organisation, request.user.organisation)
    return visibility.warning(company, opportunity.owner, confidential=opportunity.confidential)


def is_over(its: Partner) -> bool:
    """Whether an application that it agreed to leads nowhere."""
    if its.state == State.JOINED:
        return its.application.state in LED_NOWHERE
    return its.state == State.LAPSED and its.consent_at is not None


def ending(its: Partner) -> dict[str, Any]:
    """Where it leads nowhere: what else there is for this company, and who may help it."""
    company = cast(Organisation, its.company)
    return {"over": True, "similar": partner_letters.elsewhere(its), "adviser": advisers.of(company)}


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def partners_wanted(request: Request, pk: int) -> HttpResponse:
    """Companies that look for partners for one opportunity, to companies that might be theirs."""
    opportunity = get_object_or_404(Opportunity.objects.public().select_related("owner"), pk=pk)
    if any(one.organisation_id == opportunity.owner_id for one in request.user.standing):
        raise PermissionDenied(_("Cette page est aux PME : le groupe qui publie l'opportunité ne la voit pas."))
    shown = PartnerSearch.objects.shown().filter(opportunity=opportunity).select_related("company").order_by("-pk")
    company = request.user.organisation
    mine = shown.filter(company=company).first()
    form = SeekForm(request.POST if request.method == "POST" else None, initial={"text": mine.text if mine else ""})
    if request.method == "POST" and "stop" in request.POST:
        partners.stop_seeking(opportunity, by=request.user)
        messages.success(request, _("Votre entreprise n'est plus montrée."))
        return redirect(request.path)
    if request.method == "POST" and form.is_valid():
        said = _("Votre entreprise est montrée à celles qui cherchent des partenaires.")
        seek = lambda: partners.seek(opportunity, by=request.user, text=form.cleaned_data["text"])  # noqa: E731
        return act(request, seek, said, request.path)
    draft = Application.objects.of_company(request.user).filter(opportunity=opportunity).first()
    context = {
        "opportunity": opportunity,
        "card": Card.of(opportunity),
        "others": shown.exclude(company=company)[:100],
        "mine": mine,
        "draft": draft if draft and draft.state == Application.State.DRAFT else None,
        "form": form,
    }
    return render(request, "matching/partners_wanted.html", context)


def act(request: Request, change: Callable[[], None], said: str, back: str) -> HttpResponse:
    """Make a change and say so, or why not."""
    try:
        change()
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect(back)


def number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0

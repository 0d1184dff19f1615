"""The SME's side: write an application, send it, follow it, take it back."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import advisers, charters, gaps, kept, labels, presentations, visibility
from accounts.decorators import edits, for_smes, may_edit
from accounts.http import Request
from accounts.models import Reference
from accounts.profile import SECTIONS
from matching import (
    apply,
    consent,
    explain,
    introduce,
    keeping,
    openings,
    outcome_words,
    outcomes,
    progress,
    snapshot,
    sponsors,
    thread,
)
from matching.forms import ApplicationForm, ConsentForm, InContactForm, WithdrawForm
from matching.models import PROMISE, Application, ApplicationQuerySet, InContact, Introduction, Match, Partner, Side
from matching.models.beside import KEEPABLE, RECOMMENDABLE
from matching.models.partner import CURRENT
from opportunities.cards import Card
from opportunities.models import CountryNotice, Opportunity
from opportunities.moderation import withdrawn_because
from pacte.states import StateError

State = Application.State
PER_PAGE = 20
LED_NOWHERE = frozenset({State.DECLINED, State.UNANSWERED, State.CANCELLED})
UNREAD = [f"opportunity__{name}" for name in ("description", "search_text", "search_vector")]
SHOWN = [
    "state", "seen_at", "awaiting", "promised_by", "recheck_by",
    *(f"introduction__{name}" for name in ("state", "sme_said", "sme_said_at", "group_said")),
    *(f"opportunity__{name}" for name in (
        "title", "state", "apply_by", "answer_by", "confidential", "alias", "owner__name",
    )),
]  # fmt: skip


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_start(request: Request, pk: int) -> HttpResponse:
    """Begin an application, with its first words perhaps; a colleague's is found again rather than written twice."""
    opportunity = get_object_or_404(Opportunity.objects.public().select_related("owner"), pk=pk)
    known = Application.objects.of_company(request.user).filter(opportunity=opportunity).first()
    reopens = known is not None and known.state == State.WITHDRAWN
    if request.method == "GET":
        if known and not reopens:
            return redirect(place_of(known))
        return _begin(request, opportunity) if opportunity.is_open else redirect(opportunity)
    try:
        application, created = apply.start(opportunity, request.user)
    except StateError as error:
        messages.error(request, str(error))
        return _begin(request, opportunity) if "pitch" in request.POST else redirect(opportunity)
    return _begun(request, application, own=created or reopens or application.created_by == request.user)


def _begun(request: Request, application: Application, *, own: bool) -> HttpResponse:
    """To its form, with what was typed; a colleague's draft is not written over before this person has read of it."""
    typed = "pitch" in request.POST and application.state == State.DRAFT
    if typed and own:
        return application_edit(request, application.pk)
    if not own and application.created_by:
        if typed:
            note = _("%(person)s a déjà commencé cette candidature : son texte reste enregistré tant que vous "
                     "n'enregistrez pas le vôtre.")  # fmt: skip
        else:
            note = _("%(person)s a déjà commencé cette candidature : la voici, vous pouvez la continuer.")
        messages.info(request, note % {"person": application.created_by})
    if typed:
        return _write(request, application, ApplicationForm(request.POST, application=application))
    return redirect(place_of(application))


def _begin(request: Request, opportunity: Opportunity) -> HttpResponse:
    """The form, of what is not kept yet."""
    user = request.user  # a draft of which no word is kept
    its = {"contact": user, "created_by": user, "created_at": timezone.now()}
    blank = Application(opportunity=opportunity, company=user.organisation, **its)
    form = ApplicationForm(kept.sent(request), application=blank)
    return _write(request, blank, form)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_edit(request: Request, pk: int) -> HttpResponse:
    """Pitch, answers and contact of the draft, or of what was sent and not opened; the profile says the rest."""
    application = get_object_or_404(own(request), pk=pk)
    sent = apply.may_revise(application)
    if application.state != State.DRAFT and not sent:
        if request.method == "POST":
            messages.error(request, _("Le groupe a ouvert votre candidature : elle ne se modifie plus."))
        return redirect(application)
    form = ApplicationForm(kept.sent(request), application=application)
    if request.method == "POST" and form.is_valid():
        act = thread.complete if sent else apply.save
        try:
            act(application, by=request.user, **form.written())
        except StateError as error:
            messages.error(request, str(error))
            return redirect(application)
        if sent:
            messages.success(request, _("Vos changements sont enregistrés : le groupe lira cette version."))
            return redirect(application)
        return _kept(request, application)
    return _write(request, application, form)


def _kept(request: Request, application: Application) -> HttpResponse:
    """Where a draft that was just saved leads: to the sending, to a question of the profile, or back to its form."""
    edit = reverse("matching:application_edit", args=[application.pk])
    section, _colon, topic = request.POST.get("ask", "").partition(":")
    if section in SECTIONS:
        messages.success(request, _("Le brouillon est enregistré : répondez ici, puis vous y reviendrez."))
        page, hash_, place = gaps.where(topic, section).partition("#")
        return redirect(f"{page}?{urlencode({'next': edit})}{hash_}{place}")
    if "draft" in request.POST or "ask" in request.POST:
        messages.success(request, _("Le brouillon est enregistré."))
    elif apply.too_late(application):
        messages.info(request, _("Votre texte est enregistré."))  # why it goes no further, the page says
    else:
        return redirect("matching:application_send", application.pk)
    return redirect(edit)


def _asked(application: Application) -> list[explain.Question]:
    """What this opportunity looks for and the profile does not say; before it is scored, what any looks for."""
    its = Match.objects.filter(opportunity=application.opportunity_id, company=application.company_id).first()
    if its:
        return explain.questions(its)
    lacks = gaps.of(application.company)
    return [explain.Question(_("Dites %(what)s.") % {"what": gap.label}, gap.section, gap.key) for gap in lacks]


def _write(request: Request, application: Application, form: ApplicationForm) -> HttpResponse:
    sent = application.state != State.DRAFT
    start = reverse("matching:application_start", args=[application.opportunity_id])
    context = {
        "application": application,
        "card": Card.of(application.opportunity),
        "form": form,
        "action": reverse("matching:application_edit", args=[application.pk]) if application.pk else start,
        "asked": [] if sent else _asked(application),
        "sent": sent,
        "thread": thread.lines(application, Side.SME) if application.is_asked else [],
        "closed": "" if sent else apply.too_late(application),
    }
    return render(request, "matching/application_edit.html", context)


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_send(request: Request, pk: int) -> HttpResponse:
    """What the group will see, the agreement, and the sending."""
    application = get_object_or_404(own(request), pk=pk)
    if application.state != State.DRAFT:  # a second click, or a colleague's
        return redirect(application)
    if not application.pitch or application.contact is None or apply.unanswered(application):
        return redirect("matching:application_edit", pk)
    hidden = application.opportunity.confidential
    form = ConsentForm(
        request.POST if request.method == "POST" else None,
        text=consent.text(application),
        hidden=hidden,
        met=None if hidden else introduce.met_before(application),
    )
    if request.method == "POST" and form.is_valid():
        try:
            agreed = form.cleaned_data["consent"]
            with transaction.atomic():
                apply.send(application, by=request.user, consented=agreed, in_contact=form.said())
                if form.cleaned_data["keep"]:
                    keeping.agree(application, by=request.user)
        except charters.UnsignedError as error:
            messages.warning(request, str(error))
            return redirect(charters.way(reverse("matching:application_send", args=[pk])))
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Votre candidature est partie. Un accusé de réception vous est envoyé."))
        return redirect(application)
    context = {
        "application": application,
        "opportunity": application.opportunity,
        "shown": snapshot.shown(snapshot.take(application)),
        "labels": labels.of([application.company_id])[application.company_id],
        "brochure": presentations.of([application.company_id]).get(application.company_id),
        "unshown": Reference.objects.filter(profile__organisation=application.company_id, shareable=False).count(),
        "partners": application.partners.filter(state__in=CURRENT).select_related("company"),
        "form": form,
        "notices": CountryNotice.objects.of_places(application.opportunity.places),
        "shows": visibility.warning(
            application.company, application.opportunity.owner, confidential=application.opportunity.confidential
        ),
    }
    return render(request, "matching/application_send.html", context)


@require_safe
@for_smes
def application_status(request: Request, pk: int) -> HttpResponse:
    """Where it stands, what comes next, and when."""
    application = get_object_or_404(
        own(request).select_related("introduction", "keeping").prefetch_related("history"), pk=pk
    )
    introduction = getattr(application, "introduction", None)
    membership = request.user.membership
    may_act = membership is not None and membership.can_edit
    stoppable = introduction is not None and introduction.state in {
        Introduction.State.PENDING,
        Introduction.State.HELD,
        Introduction.State.FAILED,
    }
    sent = introduction is not None and introduction.state == Introduction.State.SENT
    agreed = introduction is not None and not introduction.consent_withdrawn_at
    context = {
        "application": application,
        "opportunity": application.opportunity,
        "introduction": introduction,
        "steps": [*progress.steps(application, introduction), *outcomes.steps(introduction, Side.SME)],
        "shared": outcome_words.shared(introduction, Side.SME),
        "to_confirm": introduction is not None and outcome_words.to_confirm(introduction),
        "next_step": progress.next_step(application, introduction),
        "withdrawn": withdrawn_because(application.opportunity) if application.state == State.CANCELLED else None,
        "shown": snapshot.shown(application.snapshot) if application.snapshot else None,
        "opened": openings.told(application, application.company, introduction),
        "may_withdraw": may_act and (application.can_move(State.WITHDRAWN) or stoppable),
        "may_take_back": may_act and sent and agreed,
        "may_edit": may_act,
        "may_revise": may_act and apply.may_revise(application),
        "recheck_by": application.recheck_by if may_act and application.may_recheck else None,
        "partners": application.partners.filter(state__in=["joined", "left"]).select_related("company"),
        "sponsor": sponsors.current(application),
        "may_sponsor": may_act and application.state in RECOMMENDABLE,
        "keeping": getattr(application, "keeping", None),
        "may_keep": may_act and application.state in KEEPABLE,
        "contact_form": _contact_form(request, application) if may_act and _is_asked(application) else None,
        "may_relaunch": may_act and application.may_tell_contact and application.in_contact == InContact.YES,
        "thread": thread.lines(application, Side.SME),
        "reply_by": thread.reply_by(application),
        "adviser": advisers.of(application.company) if application.state in LED_NOWHERE else None,
    }
    return render(request, "matching/application_status.html", context)


@require_POST
@for_smes
@may_edit
def application_confirm(request: Request, pk: int) -> HttpResponse:
    """The opportunity has changed; the application stands."""
    application = get_object_or_404(own(request), pk=pk)
    try:
        apply.confirm(application, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("C'est confirmé : votre candidature reste en place."))
    return redirect(application)


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_withdraw(request: Request, pk: int) -> HttpResponse:
    """Take it back, or take back the agreement before the introduction has left."""
    application = get_object_or_404(own(request), pk=pk)
    accepted = application.state == State.ACCEPTED
    if not accepted and not application.can_move(State.WITHDRAWN):
        return redirect(application)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        act = introduce.withdraw_consent if accepted else apply.withdraw
        try:
            act(application, by=request.user, reason=form.cleaned_data["reason"])
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _take_back_said(application))
        return redirect(application)
    gone = accepted and Introduction.objects.sent().filter(application=application).exists()
    context = {"application": application, "form": form, "gone": gone}
    return render(request, "matching/application_withdraw.html", context)


def _take_back_said(application: Application) -> str:
    if Introduction.objects.sent().filter(application=application).exists():
        return _("C'est noté : le groupe est prié d'effacer vos coordonnées, et nous n'écrirons plus sur ce sujet.")
    return _("C'est fait : candidature retirée, aucune coordonnée transmise.")


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_contact(request: Request, pk: int) -> HttpResponse:
    """Whether they had met, once a hidden group has given its name."""
    application = get_object_or_404(own(request).select_related("introduction"), pk=pk)
    if not application.may_tell_contact:
        return redirect(application)
    form = _contact_form(request, application)
    if request.method == "POST" and form.is_valid():
        try:
            apply.tell_contact(application, by=request.user, answer=form.cleaned_data["answer"])
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("C'est noté, merci."))
        return redirect(application)
    context = {"application": application, "opportunity": application.opportunity, "form": form}
    return render(request, "matching/application_contact.html", context)


def _is_asked(application: Application) -> bool:
    """Of a group that has just given its name, the company has not said yet."""
    return application.is_revealed and not application.in_contact


def _contact_form(request: Request, application: Application) -> InContactForm:
    known = InContact.YES if _is_asked(application) and introduce.met_before(application) else application.in_contact
    return InContactForm(request.POST if request.method == "POST" else None, initial={"answer": known})


@require_safe
@for_smes
def applications(request: Request) -> HttpResponse:
    """All the company's, those that wait for someone first."""
    page = Paginator(by_next_action(listed(request)), PER_PAGE).get_page(request.GET.get("page"))
    beside = Partner.objects.of_company(request.user).current().select_related("application__company", "opportunity")
    context = {
        "page": page,
        "rows": rows_of(page, edits=edits(request)),
        "query": request.GET,
        "partnerships": beside.order_by("-pk")[:20],
    }
    return render(request, "matching/applications.html", context)


def listed(request: Request) -> ApplicationQuerySet:
    """The same with no more than their rows show."""
    its = Application.objects.of_company(request.user).select_related("opportunity__owner", "introduction")
    return its.only(*SHOWN)


def own(request: Request) -> ApplicationQuerySet:
    related = ["opportunity__owner", "company", "contact", "created_by"]
    return Application.objects.of_company(request.user).select_related(*related).defer(*UNREAD)


def by_next_action(applications: ApplicationQuerySet) -> ApplicationQuerySet:
    """Those that await the SME's word, drafts by their deadline, those that await an answer by its date, the rest."""
    waiting = [State.SENT, State.SHORTLISTED, State.WAITLISTED]
    asked = Q(state__in=waiting) & (Q(awaiting="sme") | Q(recheck_by__gte=timezone.localdate()))
    turn = Case(
        When(asked, then=Value(0)),
        When(state=State.DRAFT, then=Value(1)),
        When(state__in=waiting, then=Value(2)),
        default=Value(3),
    )
    when = Case(
        When(asked, then=F("recheck_by")),
        When(state=State.DRAFT, then=F("opportunity__apply_by")),
        When(state__in=waiting, then=PROMISE),
    )
    return applications.order_by(turn, when.asc(nulls_last=True), "-decided_at", "-pk")


def rows_of(applications: Iterable[Application], *, edits: bool) -> list[dict[str, Any]]:
    """Each with its next step in words, and the page where one goes on."""
    return [
        {
            "application": one,
            "next_step": progress.next_step(one, getattr(one, "introduction", None)),
            "url": place_of(one) if edits else one.get_absolute_url(),
        }
        for one in applications
    ]


def place_of(application: Application) -> str:
    """Where its SME goes on: the form while it is a draft, then its status."""
    if application.state == State.DRAFT:
        return reverse("matching:application_edit", args=[application.pk])
    return application.get_absolute_url()

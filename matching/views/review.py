"""The group's side: who applied, on what grounds, and the answer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import kept, labels, presentations
from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from matching import (
    apply,
    decisions,
    explain,
    introduce,
    letters,
    members,
    openings,
    outcome_words,
    outcomes,
    progress,
    snapshot,
    sponsors,
    thread,
    union,
)
from matching.forms import AcceptForm, DeclineOneForm
from matching.models import Application, ApplicationQuerySet, Exposure, Keeping, Match, Proposal, Side
from matching.models.beside import KEEPABLE
from opportunities import leaks
from pacte.states import StateError

State = Application.State


@require_GET
@for_groups
def application_review(request: Request, pk: int) -> HttpResponse:
    """One company's file as it left; opening it is noted, and the SME sees that."""
    application = get_object_or_404(received(request), pk=pk)
    if not decisions.looked_at(request):
        return HttpResponse(status=503)  # a browser that loads it ahead of a click asks again when it is clicked
    apply.see(application, by=request.user)
    membership = request.user.membership
    introduction = getattr(application, "introduction", None)
    context: dict[str, Any] = {
        "application": application,
        "opportunity": application.opportunity,
        "history": progress.history(application),
        "introduction": introduction,
        "shared": outcome_words.shared(introduction, Side.GROUP),
        "outcome": outcome_words.next_step(introduction, Side.GROUP) if introduction else "",
        "told": outcomes.steps(introduction, Side.GROUP),
        "late": progress.days_late(application),
        "may_decide": membership is not None and membership.can_edit,
        "frozen": application.opportunity.state not in apply.DECIDABLE,
        "may_shortlist": application.can_move(State.SHORTLISTED),
        "may_reexamine": application.state == State.DECLINED and apply.may_reexamine(application),
        "keeping": kept_of(application),
        "proposal": Proposal.objects.standing()
        .filter(opportunity=application.opportunity, company=application.company)
        .first(),
        **(file_of(application) if application.is_readable else {}),
    }
    if application.is_readable:
        opened = [application.company_id, *(one.company_id for one, *_file in context["partners"])]
        openings.note(application, opened, by=request.user, what=openings.What.FILE)
    decisions.show(request, Exposure.Context.FILE, [(application.opportunity_id, application.company_id)])
    return render(request, "matching/application_review.html", context)


def file_of(application: Application) -> dict[str, Any]:
    """All that its company and its partners let the group read."""
    inside = members.joined(application)
    companies = [one.company for one in inside if one.company]
    everyone = [application.company_id, *(company.pk for company in companies)]
    given, brochures = labels.of(everyone), presentations.of(everyone)
    match = Match.objects.filter(opportunity=application.opportunity, company=application.company).first()
    return {
        "shown": snapshot.shown(application.snapshot),
        "fit": explain.fit(match, "group") if match else None,
        "why": explain.rows(match, "group") if match else None,
        "score": match.score if match else None,
        "labels": given[application.company_id],
        "brochure": brochures.get(application.company_id),
        "partners": [
            (one, snapshot.shown(one.snapshot), given.get(one.company_id or 0, []), brochures.get(one.company_id or 0))
            for one in inside
        ],
        "union": union.of(application.opportunity_id, [application.company, *companies], "group") if inside else None,
        "recommended": sponsors.shown(application),
        "thread": thread.lines(application, Side.GROUP),
        "reply_by": thread.reply_by(application),
    }


def kept_of(application: Application) -> Keeping | None:
    """The company's leave to be kept, if it stands."""
    return Keeping.objects.agreed().filter(application=application, application__state__in=KEEPABLE).first()


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


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def application_decline(request: Request, pk: int) -> HttpResponse:
    """Say no: the reason and a word first, then the exact mail, then the button."""
    application = get_object_or_404(received(request), pk=pk)
    if not application.is_waiting:
        return already(request, application)
    opportunity = application.opportunity
    secret = leaks.withheld(opportunity, request.user)
    form, preview = DeclineOneForm(kept.sent(request), secret=secret), None
    back = form.is_valid() and form.sends_back
    if form.is_valid():
        reason, text = form.cleaned_data["reason"], form.cleaned_data["text"]
        if form.was_shown and "confirm" in request.POST:
            try:
                if back:
                    thread.send_back(application, by=request.user, text=text)
                else:
                    apply.decline(application, by=request.user, reason=reason, text=text)
            except StateError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("La réponse part à %(company)s.") % {"company": application.company})
            return redirect("matching:application_review", pk)
        application.decline_reason, application.decline_text = reason, text
        letter = letters.question_letter(application, text) if back else letters.declined_letter(application)
        preview = letters.preview(letter)
        form = DeclineOneForm.showing(reason, text)
    context = {"application": application, "opportunity": opportunity, "form": form, "preview": preview, "back": back}
    return render(request, "matching/application_decline.html", context)


def received(request: Request) -> ApplicationQuerySet:
    related = ["opportunity__owner", "opportunity__created_by", "company", "contact", "introduction__email"]
    return Application.objects.received_by(request.user).select_related(*related)


def already(request: Request, application: Application) -> HttpResponse:
    """A second click, the back button, or a colleague who was faster: say what stands."""
    note = _("Cette candidature est déjà dans l'état « %(state)s » : rien de plus n'est parti.")
    messages.info(request, note % {"state": application.get_state_display()})
    return redirect("matching:application_review", application.pk)

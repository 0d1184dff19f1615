"""Questions and answers about an application, and a no taken back: each side's pages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import kept
from accounts.decorators import for_groups, for_smes, may_edit
from accounts.http import Request
from matching import apply, letters, thread
from matching.forms import AnswerForm, QuestionForm
from matching.models import Application, Side
from matching.views.applications import own
from matching.views.review import already, received
from opportunities import leaks
from pacte.states import StateError

State = Application.State


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def application_ask(request: Request, pk: int) -> HttpResponse:
    """Ask the SME something: the text first, then the exact mail, then the button."""
    application = get_object_or_404(received(request), pk=pk)
    if not application.is_waiting:
        return already(request, application)
    opportunity = application.opportunity
    secret = leaks.withheld(opportunity, request.user)
    form, preview = QuestionForm(kept.sent(request), secret=secret), None
    if form.is_valid():
        text = form.cleaned_data["text"]
        if form.was_shown and "confirm" in request.POST:
            try:
                thread.ask(application, by=request.user, text=text)
            except StateError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("La question part à %(company)s.") % {"company": application.company})
            return redirect("matching:application_review", pk)
        preview = letters.preview(letters.question_letter(application, text))
        form = QuestionForm.showing(text)
    context = {"application": application, "opportunity": opportunity, "form": form, "preview": preview}
    return render(request, "matching/application_ask.html", context)


@kept.keeps_text
@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def application_answer(request: Request, pk: int) -> HttpResponse:
    """Answer the group's question."""
    application = get_object_or_404(own(request), pk=pk)
    if application.awaiting != Side.SME or not application.is_waiting:  # a second click, or a colleague's
        return redirect(application)
    form = AnswerForm(kept.sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            thread.answer(application, by=request.user, text=form.cleaned_data["text"])
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Votre réponse est transmise au groupe."))
        return redirect(application)
    context = {
        "application": application,
        "opportunity": application.opportunity,
        "thread": thread.lines(application, Side.SME),
        "reply_by": thread.reply_by(application),
        "form": form,
    }
    return render(request, "matching/application_answer.html", context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def application_reexamine(request: Request, pk: int) -> HttpResponse:
    """Take a no back, within thirty days: the exact mail first, then the button."""
    application = get_object_or_404(received(request), pk=pk)
    if application.state != State.DECLINED:
        return already(request, application)
    if request.method == "POST":
        try:
            apply.reexamine(application, by=request.user)
        except StateError as error:
            messages.error(request, str(error))
        else:
            note = _("La candidature de %(company)s est de nouveau à l'étude, et l'entreprise le sait.")
            messages.success(request, note % {"company": application.company})
        return redirect("matching:application_review", pk)
    preview = letters.preview(letters.reexamined_letter(application))
    context = {"application": application, "opportunity": application.opportunity, "preview": preview}
    return render(request, "matching/application_reexamine.html", context)

"""The files of an opportunity: its group adds and removes them, those who may see it open them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import edits, for_groups, for_smes, may_edit, readers_look
from accounts.http import Request
from opportunities import attachments, watermark
from opportunities.models import Attachment, Opportunity
from pacte.files import handed
from pacte.states import StateError


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def files(request: Request, pk: int) -> HttpResponse:
    """Those there are, and room for one more."""
    opportunity = get_object_or_404(Opportunity.objects.owned_by(request.user).select_related("owner"), pk=pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = attachments.UploadForm(*sent, opportunity=opportunity)
    if request.method == "POST" and form.is_valid():
        try:
            kept = attachments.add(form, by=request.user)
        except StateError as error:
            form.add_error("file", str(error))
        else:
            later = _("Le fichier est joint. Notre équipe le regarde avant que les PME ne le voient.")
            messages.success(request, later if kept.to_look else _("Le fichier est joint."))
            return redirect("opportunities:files", pk)
    context = {
        "opportunity": opportunity,
        "form": form,
        "files": attachments.listed(opportunity),
        "pledges": opportunity.pledges.select_related("company", "person").order_by("-at"),
        "openings": attachments.openings(opportunity),
        "may_change": opportunity.state in attachments.OPEN_TO_CHANGE,
    }
    return render(request, "opportunities/files.html", context)


@require_POST
@for_groups
@may_edit
def file_remove(request: Request, pk: int) -> HttpResponse:
    """One file less."""
    rows = Attachment.objects.listed().filter(opportunity__owner=request.user.organisation)
    attachment = get_object_or_404(rows.select_related("opportunity"), pk=pk)
    try:
        attachments.remove(attachment, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Le fichier est retiré."))
    return redirect("opportunities:files", attachment.opportunity_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def attachment(request: HttpRequest, token: str) -> HttpResponse:
    """One file, to whoever may see its opportunity; a confidential one to those who agreed to keep it so, and who
    press its button: their copy is noted, and whatever follows links on its own takes none."""
    seen = Opportunity.objects.visible_to(request.user)
    rows = Attachment.objects.clean().listed().filter(opportunity__in=seen).select_related("opportunity")
    found = get_object_or_404(rows, token=token)
    if found.to_look and not _is_own(request, found):
        raise Http404
    if found.confidential and (way := _way_to(request, found)):
        return way
    name, content = found.name, bytes(found.content)
    if found.confidential and request.user.is_authenticated and request.user.is_sme:
        try:
            name, content = attachments.hand_over(found, to=request.user)
        except watermark.UnmarkableError:  # joined before we marked them: better no copy than one without a name
            messages.error(request, _("Ce fichier ne peut pas vous être remis : le groupe doit le remplacer."))
            return redirect("opportunities:pledge", found.opportunity_id)
    return handed(name, found.type, content)


def _is_own(request: HttpRequest, found: Attachment) -> bool:
    own = request.user.organisation if request.user.is_authenticated else None
    return own is not None and own.pk == found.opportunity.owner_id


def _way_to(request: HttpRequest, found: Attachment) -> HttpResponse | None:
    """What comes before a confidential file, if anything."""
    user = request.user
    if not user.is_authenticated:
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
    if _is_own(request, found):
        return None
    company = user.organisation
    if company is None or not user.is_sme or not company.is_active:
        raise PermissionDenied
    if request.method == "POST" and attachments.pledged(found.opportunity, user):
        return None
    return redirect("opportunities:pledge", found.opportunity_id)


@require_http_methods(["GET", "POST"])
@for_smes
@readers_look
def pledge(request: Request, pk: int) -> HttpResponse:
    """The agreement, whole, before the files; once it is given, a button for each."""
    opportunity = get_object_or_404(Opportunity.objects.public(), pk=pk)
    its = opportunity.attachments.listed().shown().filter(confidential=True)
    if request.method == "POST":
        attachments.pledge(opportunity, by=request.user)
        return redirect("opportunities:pledge", pk)
    context = {
        "opportunity": opportunity,
        "files": its,
        "text": attachments.PLEDGE_TEXT,
        "pledged": attachments.pledged(opportunity, request.user),
        "may_edit": edits(request),
    }
    return render(request, "opportunities/pledge.html", context)

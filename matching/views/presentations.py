"""A company's presentation, opened by a group that may read the company's file: a button first, then the file."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import for_groups
from accounts.http import Request
from accounts.models import Presentation
from matching import openings, portage_file
from matching.models import Application, Partner, PortageAnswer, PortageRequest
from pacte import files


@require_http_methods(["GET", "HEAD", "POST"])
@for_groups
def of_applicant(request: Request, pk: int) -> HttpResponse:
    """Of a company that applied, for as long as it stays."""
    rows = Application.objects.received_by(request.user).readable().select_related("opportunity")
    application = get_object_or_404(rows, pk=pk)
    return _opened(request, application.company_id, application)


@require_http_methods(["GET", "HEAD", "POST"])
@for_groups
def of_partner(request: Request, pk: int) -> HttpResponse:
    """Of one that applied together with it."""
    readable = Application.objects.received_by(request.user).readable()
    rows = Partner.objects.joined().filter(application__in=readable).select_related("application__opportunity")
    partner = get_object_or_404(rows, pk=pk)
    return _opened(request, partner.company_id, partner.application)


@require_http_methods(["GET", "HEAD", "POST"])
@for_groups
def of_portage(request: Request, pk: int) -> HttpResponse:
    """Of one that asks for portage, once it is named and for as long as the group may answer it, or has said yes."""
    found = get_object_or_404(PortageRequest.objects.shown_to(request.user), pk=pk)
    answer = PortageAnswer.objects.filter(request=found, group=request.user.organisation).first()
    if not (portage_file.is_shown(found, answer) and portage_file.is_named(found, answer)):
        raise Http404
    return _opened(request, found.company_id)


def _opened(request: Request, company: int | None, application: Application | None = None) -> HttpResponse:
    """Handed out, and its company will see that it was, to whoever presses the button: what follows links on its own,
    as programs that guard mails and browsers that load ahead do, has opened nothing."""
    rows = Presentation.objects.clean()
    found = get_object_or_404(rows if request.method == "POST" else rows.defer("content"), company=company)
    if request.method != "POST":
        return render(request, "matching/presentation_open.html", {"file": found, "application": application})
    if application is not None:
        openings.note(application, [found.company_id], by=request.user, what=openings.What.PRESENTATION)
    return files.handed(found.name, found.type, bytes(found.content))

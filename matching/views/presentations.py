"""A company's presentation, opened by a group that may read the company's file."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.decorators import for_groups
from accounts.http import Request
from accounts.models import Presentation
from matching import openings, portage_file
from matching.models import Application, Partner, PortageAnswer, PortageRequest
from pacte import files


@require_safe
@for_groups
def of_applicant(request: Request, pk: int) -> HttpResponse:
    """Of a company that applied, for as long as it stays."""
    rows = Application.objects.received_by(request.user).readable().select_related("opportunity")
    application = get_object_or_404(rows, pk=pk)
    return _noted(request, application, application.company_id)


@require_safe
@for_groups
def of_partner(request: Request, pk: int) -> HttpResponse:
    """Of one that applied together with it."""
    readable = Application.objects.received_by(request.user).readable()
    rows = Partner.objects.joined().filter(application__in=readable).select_related("application__opportunity")
    partner = get_object_or_404(rows, pk=pk)
    return _noted(request, partner.application, partner.company_id)


@require_safe
@for_groups
def of_portage(request: Request, pk: int) -> HttpResponse:
    """Of one that asks for portage, once it is named."""
    found = get_object_or_404(PortageRequest.objects.shown_to(request.user), pk=pk)
    answer = PortageAnswer.objects.filter(request=found, group=request.user.organisation).first()
    if not portage_file.is_named(found, answer):
        raise Http404
    return _opened(found.company_id)


def _noted(request: Request, application: Application, company: int | None) -> HttpResponse:
    """Handed out, and its company will see that it was."""
    answer = _opened(company)
    openings.note(application, [company] if company else [], by=request.user, what=openings.What.PRESENTATION)
    return answer


def _opened(company: int | None) -> HttpResponse:
    found = get_object_or_404(Presentation.objects.clean(), company=company)
    return files.handed(found.name, found.type, bytes(found.content))

"""A company's presentation, opened by a group that may read the company's file."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.decorators import for_groups
from accounts.http import Request
from accounts.models import Presentation
from matching import portage_file
from matching.models import Application, Partner, PortageAnswer, PortageRequest
from pacte import files


@require_safe
@for_groups
def of_applicant(request: Request, pk: int) -> HttpResponse:
    """Of a company that applied, for as long as it stays."""
    application = get_object_or_404(Application.objects.received_by(request.user).readable(), pk=pk)
    return _opened(application.company_id)


@require_safe
@for_groups
def of_partner(request: Request, pk: int) -> HttpResponse:
    """Of one that applied together with it."""
    readable = Application.objects.received_by(request.user).readable()
    partner = get_object_or_404(Partner.objects.joined().filter(application__in=readable), pk=pk)
    return _opened(partner.company_id)


@require_safe
@for_groups
def of_portage(request: Request, pk: int) -> HttpResponse:
    """Of one that asks for portage, once it is named."""
    found = get_object_or_404(PortageRequest.objects.shown_to(request.user), pk=pk)
    answer = PortageAnswer.objects.filter(request=found, group=request.user.organisation).first()
    if not portage_file.is_named(found, answer):
        raise Http404
    return _opened(found.company_id)


def _opened(company: int | None) -> HttpResponse:
    found = get_object_or_404(Presentation.objects.clean(), company=company)
    return files.handed(found.name, found.type, bytes(found.content))

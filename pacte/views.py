"""Pages of no app: home, the way to one's own dashboard, signs of life, and in development the mails."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from accounts.http import Request


@require_GET
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The promise, with live counters."""
    return render(request, "pacte/home.html")


@require_GET
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "pacte/accessibility.html")


@require_GET
def dashboard(request: Request) -> HttpResponse:
    """Everyone's own start page, by role."""
    user = request.user
    if user.is_sme:
        return redirect("matching:sme_dashboard")
    if user.is_group:
        return redirect("matching:group_dashboard")
    return redirect("admin:index" if user.is_staff else "home")


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages."""
    return set_language(request)


@require_GET
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


mails = mail_detail = mail_html = healthz

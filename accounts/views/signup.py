"""The way in: an organisation by its SIREN, then its first person."""

from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.account.utils import complete_signup, filter_users_by_email, get_next_redirect_url
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import charters, onboarding, registry
from accounts.forms.signup import CompanyForm, JoinForm, JoinNewcomerForm, PersonForm, SirenForm
from accounts.limits import too_many
from accounts.models import Organisation, User
from accounts.registry import Company, RegistryDown
from accounts.views.joining import known

Found = Organisation.Registry


@require_safe
@login_not_required
def signup(request: HttpRequest) -> HttpResponse:
    """Whom do you act for?"""
    if request.user.is_authenticated:
        return redirect("dashboard")
    return render(request, "accounts/signup.html", {"next": get_next_redirect_url(request) or ""})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_not_required
def signup_organisation(request: HttpRequest, kind: str) -> HttpResponse:
    """Step one asks for the SIREN, and leads by GET to step two: going back loses nothing."""
    if request.user.is_staff:
        return redirect("dashboard")
    asked = request.POST if request.method == "POST" else request.GET
    if "siren" not in asked:
        return _first_step(request, kind, SirenForm())
    if refusal := too_many(request, "signup", "30/5m/ip"):
        return refusal
    number = SirenForm(asked)
    if not number.is_valid():
        return _first_step(request, kind, number)
    siren = number.cleaned_data["siren"]
    there = Organisation.objects.filter(siren=siren).first()
    if there is not None and not onboarding.is_unclaimed(there, kind):
        return _already_there(request, siren)
    company, found = _ask_register(siren)
    if company and not company.is_open:
        number.add_error("siren", _("Le registre dit que cette entreprise a cessé son activité."))
        return _first_step(request, kind, number)
    return _second_step(request, kind, siren, company, found)


def _ask_register(siren: str) -> tuple[Company | None, str]:
    try:
        company = registry.lookup(siren)
    except RegistryDown:
        return None, Found.DOWN
    return (company, Found.FOUND) if company and company.name else (None, Found.UNKNOWN)


def _first_step(request: HttpRequest, kind: str, form: SirenForm) -> HttpResponse:
    context = {"form": form, "kind": kind, "next": get_next_redirect_url(request) or ""}
    return render(request, "accounts/signup_siren.html", context)


def _second_step(request: HttpRequest, kind: str, siren: str, company: Company | None, found: str) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    if isinstance(request.user, User):
        form: CompanyForm = CompanyForm(sent, company=company)
        if form.is_valid():
            return _found(request, request.user, kind, siren, form, found)
    else:
        form = PersonForm(sent, company=company)
        if form.is_valid():
            return _sign_up(request, kind, siren, form, found)
    context = {
        "form": form,
        "kind": kind,
        "siren": siren,
        "company": company,
        "found": found,
        "conditions": charters.in_force(kind) if kind == Organisation.Kind.SME else None,
        "next": get_next_redirect_url(request) or "",
    }
    return render(request, "accounts/signup_person.html", context)


def _sign_up(request: HttpRequest, kind: str, siren: str, form: CompanyForm, found: str) -> HttpResponse:
    data = form.cleaned_data
    if filter_users_by_email(data["email"]):
        make_password(data["password"])  # as long as for a new account: nobody learns that there is one
        return prevent_enumeration(request, email=data["email"])
    person = onboarding.Person(
        first_name=data["first_name"],
        last_name=data["last_name"],
        email=data["email"],
        password=data["password"],
        language=(get_language() or "fr")[:2],
    )
    try:
        membership = onboarding.sign_up(person=person, **_told(request, kind, siren, form, found))
    except IntegrityError:  # someone was faster, by a moment
        there = Organisation.objects.filter(siren=siren).first()
        if there is not None and not onboarding.is_unclaimed(there, kind):
            return _already_there(request, siren)
        return prevent_enumeration(request, email=data["email"])
    return complete_signup(request, membership.user, None, get_next_redirect_url(request))


def _found(request: HttpRequest, user: User, kind: str, siren: str, form: CompanyForm, found: str) -> HttpResponse:
    """Another organisation of somebody who has an account."""
    try:
        onboarding.found(user=user, **_told(request, kind, siren, form, found))
    except IntegrityError:
        return _already_there(request, siren)
    return redirect("dashboard")


def _told(request: HttpRequest, kind: str, siren: str, form: CompanyForm, found: str) -> dict[str, Any]:
    company = form.company
    return {
        "kind": kind,
        "siren": siren,
        "name": company.name if company else form.cleaned_data["name"],
        "company": company,
        "registry": found,
        "recognised": form.recognised,
        "agreed": request.POST.get("conditions", ""),
    }


def _already_there(request: HttpRequest, siren: str) -> HttpResponse:
    """The page that offers to ask, and names nobody; for a form sent twice, what its first sending answered."""
    if request.method == "GET":
        return redirect(f"{reverse('accounts:join')}?{urlencode({'siren': siren})}")
    if isinstance(request.user, User):
        mine = next((one for one in request.user.standing if one.organisation.siren == siren), None)
        return redirect("dashboard") if mine else known(request, siren, JoinForm(), status=409)
    if _is_second_click(request, siren):
        return redirect("account_email_verification_sent")
    typed = {name: request.POST.get(name, "") for name in ("first_name", "last_name", "email")}
    return known(request, siren, JoinNewcomerForm(initial=typed), status=409)


def _is_second_click(request: HttpRequest, siren: str) -> bool:
    """Whether these address and password signed this SIREN up a moment ago, and are not confirmed yet."""
    just_now = timezone.now() - timedelta(minutes=15)
    user = User.objects.filter(
        email__iexact=request.POST.get("email", "").strip(),
        date_joined__gte=just_now,
        emailaddress__verified=False,
        memberships__organisation__siren=siren,
    ).first()
    return user is not None and user.check_password(request.POST.get("password", ""))

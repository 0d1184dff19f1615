"""Asking to act for an organisation that is already here, and answering."""

from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.account.utils import complete_signup, filter_users_by_email
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import domains, joining, onboarding
from accounts.decorators import for_members
from accounts.forms.people import JoinAcceptForm, JoinRefuseForm
from accounts.forms.signup import JoinForm, JoinNewcomerForm, SirenForm
from accounts.http import Request
from accounts.limits import too_many
from accounts.models import JoinRequest, Organisation, User
from pacte.states import StateError


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@login_not_required
def join(request: HttpRequest) -> HttpResponse:
    """The SIREN first, by GET; then who asks."""
    asked = request.POST if request.method == "POST" else request.GET
    if "siren" not in asked:
        return _which(request, SirenForm())
    if refusal := too_many(request, "signup", "30/5m/ip"):
        return refusal
    number = SirenForm(asked)
    if not number.is_valid():
        return _which(request, number)
    organisation = Organisation.objects.of_siren(number.cleaned_data["siren"])
    if organisation is None or onboarding.is_unclaimed(organisation, organisation.kind):
        return _which(request, number, unknown=number.cleaned_data["siren"])
    sent = request.POST if request.method == "POST" else None
    user = request.user if isinstance(request.user, User) else None
    form = JoinForm(sent) if user else JoinNewcomerForm(sent)
    if form.is_valid():
        return _ask(request, user, organisation, form) if user else _come_and_ask(request, organisation, form)
    return known(request, number.cleaned_data["siren"], form)


def known(request: HttpRequest, siren: str, form: JoinForm, *, status: int = 200) -> HttpResponse:
    """The page that says that this organisation is here, names nobody, and offers to ask."""
    return render(request, "accounts/join.html", {"siren": siren, "form": form}, status=status)


@require_POST
def join_withdraw(request: Request, pk: int) -> HttpResponse:
    asked = get_object_or_404(JoinRequest, pk=pk, user=request.user)
    try:
        joining.withdraw(asked, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Votre demande est retirée."))
    return redirect("dashboard")


@require_http_methods(["GET", "POST"])
@for_members
def join_request(request: Request, pk: int) -> HttpResponse:
    """Who administers reads who asks, and answers."""
    organisation, mine = request.user.organisation, request.user.membership
    rows = JoinRequest.objects.exclude(asked_at=None).filter(organisation=organisation)
    asked = get_object_or_404(rows.select_related("user", "organisation"), pk=pk)
    if mine is None or not mine.is_admin:
        raise PermissionDenied
    answer, sent = request.POST.get("answer"), request.POST if request.method == "POST" else None
    accept = JoinAcceptForm(sent if answer == "accept" else None)
    refuse = JoinRefuseForm(sent if answer == "refuse" else None)
    if accept.is_valid() or refuse.is_valid():
        try:
            _answer(request, asked, accept, refuse)
        except StateError as error:
            messages.error(request, str(error))
        return redirect("accounts:members")
    hint = domains.hint(asked.user.email, asked.organisation)
    return render(
        request, "accounts/join_request.html", {"asked": asked, "accept": accept, "refuse": refuse, "hint": hint}
    )


def _which(request: HttpRequest, form: SirenForm, *, unknown: str = "") -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    context = {
        "form": form,
        "unknown": unknown,
        "suggested": domains.suggested(user) if user else [],
        "requests": joining.of_person(user) if user else [],
    }
    return render(request, "accounts/join_siren.html", context)


def _ask(request: HttpRequest, user: User, organisation: Organisation, form: JoinForm) -> HttpResponse:
    if refusal := too_many(request, "join", "10/1h/user"):
        return refusal
    mine = next((one for one in user.standing if one.organisation_id == organisation.pk), None)
    if mine is not None:
        user.act_for(mine)
        return redirect("dashboard")
    try:
        joining.ask(organisation, by=user, message=form.cleaned_data["message"])
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Votre demande est transmise : vous aurez une réponse par e-mail."))
    return redirect("accounts:join")


def _come_and_ask(request: HttpRequest, organisation: Organisation, form: JoinForm) -> HttpResponse:
    if refusal := too_many(request, "join", "10/1h/ip"):
        return refusal
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
        user = joining.come_and_ask(organisation, person, message=data["message"])
    except IntegrityError:  # the form sent twice
        return prevent_enumeration(request, email=data["email"])
    return complete_signup(request, user, None, None)


def _answer(request: Request, asked: JoinRequest, accept: JoinAcceptForm, refuse: JoinRefuseForm) -> None:
    if refuse.is_valid():
        joining.refuse(asked, by=request.user, reason=refuse.cleaned_data["reason"])
        messages.success(request, _("La demande de %(person)s est refusée.") % {"person": asked.user})
    else:
        joining.accept(asked, accept.cleaned_data["role"], by=request.user)
        messages.success(request, _("%(person)s fait partie de votre équipe.") % {"person": asked.user})

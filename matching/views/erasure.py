"""Erasing one's own account: what it would change, then the password, then the button."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms.people import PasswordForm
from accounts.http import Request
from accounts.limits import too_many
from matching import erasure
from pacte.states import StateError


@require_http_methods(["GET", "POST"])
def erase(request: Request) -> HttpResponse:
    if request.method == "POST" and (refusal := too_many(request, "erase", "10/h/user")):
        return refusal
    form = PasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        try:
            erasure.erase(request.user)
        except StateError as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            messages.success(request, _("Votre compte est effacé. Merci d'avoir participé à Pacte International."))
            return redirect("home")
    partings = erasure.partings(request.user)
    context = {"form": form, "partings": partings, "obstacles": [one for one in partings if one.obstacle]}
    return render(request, "matching/erase.html", context)

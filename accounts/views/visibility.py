"""To whom my company shows itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import visibility
from accounts.decorators import for_smes, may_edit
from accounts.forms.visibility import GroupForm, WishesForm
from accounts.http import Request
from accounts.models import HiddenFrom, SmeProfile
from accounts.views.profile import own
from pacte.states import StateError


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def visible(request: Request) -> HttpResponse:
    """Two forms: what I wish (its button is named `wishes`), and one more group to hide from."""
    company = own(request)
    profile = get_object_or_404(SmeProfile, organisation=company)
    mine = request.POST if request.method == "POST" else None
    wishes = WishesForm(mine if "wishes" in request.POST else None, instance=profile)
    group = GroupForm(None if "wishes" in request.POST else mine)
    if wishes.is_valid():
        if visibility.set_wishes(company, by=request.user, **wishes.cleaned_data):
            messages.success(request, _("C'est noté."))
        return redirect("accounts:visibility")
    if group.is_valid():
        try:
            row = visibility.hide(company, group.cleaned_data["siren"], by=request.user)
        except StateError as error:
            group.add_error("siren", str(error))
        else:
            messages.success(request, _("%(group)s ne verra plus votre profil.") % {"group": row})
            return redirect("accounts:visibility")
    context = {
        "organisation": company,
        "wishes": wishes,
        "group": group,
        "hidden": HiddenFrom.objects.filter(company=company),
    }
    return render(request, "accounts/visibility.html", context)


@require_POST
@for_smes
@may_edit
def visible_again(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(HiddenFrom.objects.select_related("company"), company=own(request), pk=pk)
    visibility.show(row, by=request.user)
    messages.success(request, _("%(group)s peut de nouveau voir votre profil.") % {"group": row})
    return redirect("accounts:visibility")

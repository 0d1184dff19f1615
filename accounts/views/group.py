"""A group's own profile: what SMEs read of it, and the name it takes when it stays confidential."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import history
from accounts.decorators import edits, for_groups, may_edit
from accounts.forms.group import GroupProfileForm
from accounts.http import Request
from accounts.models import GroupProfile


@require_safe
@for_groups
def group_profile(request: Request) -> HttpResponse:
    found = get_object_or_404(
        GroupProfile.objects.select_related("organisation"), organisation=request.user.organisation
    )
    context = {
        "organisation": found.organisation,
        "profile": found,
        "lines": history.of(found.organisation),
        "may_edit": edits(request),
    }
    return render(request, "accounts/group_profile.html", context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def group_profile_edit(request: Request) -> HttpResponse:
    found = get_object_or_404(
        GroupProfile.objects.select_related("organisation"), organisation=request.user.organisation
    )
    form = GroupProfileForm(request.POST or None, instance=found)
    if form.is_valid():
        if form.has_changed():
            with transaction.atomic():
                form.save()
                found.organisation.record(by=request.user, changes=form.changes())
            messages.success(request, _("Le profil de votre groupe est à jour."))
        return redirect("accounts:group_profile")
    return render(request, "accounts/group_profile_edit.html", {"form": form, "organisation": found.organisation})

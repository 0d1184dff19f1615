"""What a group does for a post that is out: say when its contacts are away, and that it is still current."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import for_groups, may_edit
from accounts.http import Request
from accounts.models import Absence
from opportunities import contacts, entrusting, moderation, upkeep
from opportunities.absences import AbsenceForm, noted
from opportunities.entrusting import ContactsForm
from opportunities.models import Opportunity, OpportunityQuerySet
from pacte.states import StateError


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def change_contacts(request: Request, pk: int) -> HttpResponse:
    """Who answers for one that is out: most answers are given once it is closed."""
    opportunity = get_object_or_404(mine(request), pk=pk)
    if opportunity.state not in entrusting.STANDING:
        messages.info(request, _("Les contacts de cette opportunité ne se changent plus ici."))
        return redirect("opportunities:manage", pk)
    form = ContactsForm(request.POST if request.method == "POST" else None, opportunity=opportunity)
    if form.is_valid():
        try:
            entrusting.entrust(opportunity, form.cleaned_data, by=request.user)
        except StateError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Les contacts sont enregistrés. Qui vient de le devenir reçoit un e-mail."))
        return redirect("opportunities:manage", pk)
    context = {"opportunity": opportunity, "form": form, "departed": contacts.departed(opportunity)}
    return render(request, "opportunities/contacts.html", context)


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def absences(request: Request, pk: int) -> HttpResponse:
    """When its contacts are away; another such row below."""
    opportunity = get_object_or_404(mine(request), pk=pk)
    bound = request.POST if request.method == "POST" else None
    form = AbsenceForm(bound, opportunity=opportunity, by=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, _("L'absence est notée : les messages vont à l'autre contact ces jours-là."))
        return redirect("opportunities:absences", pk)
    context = {"opportunity": opportunity, "form": form, "absences": noted(opportunity)}
    return render(request, "opportunities/absences.html", context)


@require_POST
@for_groups
@may_edit
def absence_delete(request: Request, pk: int) -> HttpResponse:
    """Back sooner, or never gone."""
    get_object_or_404(Absence, pk=pk, organisation=request.user.organisation).delete()
    messages.success(request, _("L'absence est effacée."))
    shown = request.POST.get("opportunity", "")
    opportunity = mine(request).filter(pk=shown).first() if shown.isdecimal() and len(shown) < 10 else None
    return redirect("opportunities:absences", opportunity.pk) if opportunity else redirect("dashboard")


@require_http_methods(["GET", "POST"])
@for_groups
@may_edit
def confirm(request: Request, pk: int) -> HttpResponse:
    """Still current? One button."""
    opportunity = get_object_or_404(mine(request), pk=pk)
    if not upkeep.may_confirm(opportunity):
        messages.info(request, _("Cette opportunité n'attend pas de confirmation."))
        return redirect("opportunities:manage", pk)
    if request.method == "GET":
        return render(request, "opportunities/confirm.html", {"opportunity": opportunity})
    try:
        moderation.confirm(opportunity, by=request.user)
    except StateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Merci : elle reste publiée. Nous vous reposerons la question dans un mois."))
    return redirect("opportunities:manage", pk)


def mine(request: Request) -> OpportunityQuerySet:
    return Opportunity.objects.owned_by(request.user).select_related("owner", "created_by")

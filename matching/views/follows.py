"""What one keeps in sight: opportunities followed, and everything one was told of."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request
from accounts.models import User
from matching import reminders, subscriptions
from matching.models import Follow, Notification
from matching.views.discovery import company_of
from matching.views.parts import cards
from opportunities.models import Opportunity

PER_PAGE = 20


@require_safe
@transaction.non_atomic_requests  # it only reads
def notifications(request: Request) -> HttpResponse:
    """Everything one was told of, the latest first."""
    rows = Notification.objects.filter(user=request.user).select_related("opportunity")
    light = rows.defer("opportunity__description", "opportunity__search_text", "opportunity__search_vector")
    page = Paginator(light, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "query": request.GET, "unread": request.user.unread}
    return render(request, "matching/notifications.html", context)


@require_POST
def notification_open(request: Request, pk: int) -> HttpResponse:
    """To what it tells of; that one is read."""
    row = get_object_or_404(Notification.objects.select_related("opportunity"), pk=pk, user=request.user)
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=request.user.pk)  # nobody counts meanwhile
        if Notification.objects.filter(pk=row.pk).unread().update(read_at=timezone.now()):
            User.objects.filter(pk=person.pk, unread__gt=0).update(unread=F("unread") - 1)
    if row.opportunity is None:
        return redirect(row.path)
    return redirect(row.opportunity if row.opportunity.is_public else "matching:notifications")


@require_POST
def notifications_read(request: Request) -> HttpResponse:
    """All of them."""
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=request.user.pk)  # nobody counts meanwhile
        Notification.objects.filter(user=person).unread().update(read_at=timezone.now())
        User.objects.filter(pk=person.pk).update(unread=0)
    return redirect("matching:notifications")


@require_safe
@transaction.non_atomic_requests  # it only reads
def follows(request: Request) -> HttpResponse:
    """The opportunities one follows, the first to close first."""
    rows = Follow.objects.filter(user=request.user).order_by("opportunity__apply_by", "-pk")
    its = rows.filter(opportunity__in=Opportunity.objects.visible_to(request.user))
    page = Paginator(its.values_list("opportunity", flat=True), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "cards": cards(page, company_of(request)), "query": request.GET}
    return render(request, "matching/follows.html", context)


@require_POST
def follow(request: Request, pk: int) -> HttpResponse:
    opportunity = get_object_or_404(Opportunity.objects.visible_to(request.user), pk=pk)
    subscriptions.follow(request.user, opportunity)
    messages.success(request, _followed(request.user, opportunity))
    return redirect(opportunity)


def _followed(user: User, opportunity: Opportunity) -> str:
    """What will come of it: no reminder is promised to who wants none, nor where too few days are left for one."""
    if not reminders.wanted_by(user):
        return _("Vous suivez cette opportunité. Vos rappels sont arrêtés : « Vos alertes » les reprend.")
    if not reminders.sure_for(opportunity):
        return _("Vous suivez cette opportunité.")
    return _("Vous suivez cette opportunité : un rappel vous parviendra avant la fin des candidatures.")


@require_POST
def unfollow(request: Request, pk: int) -> HttpResponse:
    opportunity = get_object_or_404(Opportunity.objects.visible_to(request.user), pk=pk)
    subscriptions.unfollow(request.user, opportunity)
    messages.success(request, _("Vous ne suivez plus cette opportunité."))
    return redirect(opportunity)

"""What one asks to hear of: the rhythm, the searches, who in the company; and how to say no more."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import gaps, visibility
from accounts.decorators import edits, for_smes, may_edit
from accounts.http import Request
from accounts.limits import too_many
from accounts.models import Organisation, User
from matching import alerts as telling
from matching import hours, subscriptions
from matching.alert_forms import RecipientsForm, SearchForm, SettingsForm, UsefulnessForm
from matching.models import AlertSettings, Floor, Frequency, Notification, SavedSearch, Usefulness
from opportunities.filters import Criteria, label
from pacte.days import date_format

NAME = 120  # letters of an alert's name


@require_http_methods(["GET", "POST"])
def alerts(request: Request) -> HttpResponse:
    """All of one's alerts, and the rhythm of the proposals."""
    mine = AlertSettings.objects.filter(user=request.user).first() or AlertSettings(user=request.user)
    form = SettingsForm(posted(request), instance=mine, fit=request.user.is_sme)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            subscriptions.settings_of(request.user)
            form.instance.next_at = first_look(form.instance.frequency)
            form.save()
            if form.cleaned_data.get("frequency") == Frequency.NONE:
                subscriptions.no_proposals(request.user)
        messages.success(request, _("Vos réglages sont enregistrés."))
        return redirect("matching:alerts")
    company = request.user.organisation if request.user.is_sme else None
    chosen = telling.recipients([company.pk])[company.pk] if company else set()
    context = {
        "form": form,
        "paused": visibility.pause_of(company),
        "searches": SavedSearch.objects.filter(user=request.user).order_by("-created_at", "-pk"),
        "company": company,
        "receives": request.user.pk in chosen,
        "silent": mine.frequency == Frequency.NONE,
        "is_group": request.user.is_group,
        "silences": [gap for gap in gaps.of(company) if gap.key in gaps.NEEDED] if company else [],
        "may_choose": may_choose(request),
    }
    return render(request, "matching/alerts.html", context)


@require_http_methods(["GET", "POST"])
def search_save(request: Request) -> HttpResponse:
    """From a page of results: its name and rhythm, then it is an alert."""
    criteria = Criteria.read(QueryDict(request.META.get("QUERY_STRING", "")), fit=False)
    known = SavedSearch.objects.filter(user=request.user, query=criteria.filters()).first()
    if known:
        messages.info(request, _("Cette recherche est déjà enregistrée : voici ses réglages."))
        return redirect("matching:search_edit", known.pk)
    fit = request.user.is_sme
    company = request.user.organisation if fit else None
    floor = Floor.GOOD if criteria.is_filtered and company and may_fit(company) else Floor.ANY
    search = SavedSearch(user=request.user, query=criteria.filters(), name=name_of(criteria), floor=floor)
    form = SearchForm(posted(request), instance=search, fit=fit)
    if request.method == "POST":
        if refused := too_many(request, "save-search", "30/h/user"):
            return refused
        if form.is_valid():
            if save(form):
                messages.success(request, saved(search, company))
                return redirect("matching:alerts")
            form.add_error(None, _("Vous avez déjà vingt alertes : supprimez-en une d'abord."))
    return search_page(request, form, criteria, company)


@require_http_methods(["GET", "POST"])
def search_edit(request: Request, pk: int) -> HttpResponse:
    """Another name, another rhythm, a pause."""
    search = get_object_or_404(SavedSearch, pk=pk, user=request.user)
    company = request.user.organisation if request.user.is_sme else None
    form = SearchForm(posted(request), instance=search, fit=request.user.is_sme)
    if request.method == "POST" and form.is_valid():
        save(form)
        messages.success(request, saved(search, company))
        return redirect("matching:alerts")
    return search_page(request, form, Criteria.read(QueryDict(search.query), fit=False), company, search)


def search_page(
    request: Request,
    form: SearchForm,
    criteria: Criteria,
    company: Organisation | None,
    search: SavedSearch | None = None,
) -> HttpResponse:
    """The form of an alert: a new one, or `search`."""
    context = {
        "form": form,
        "search": search,
        "criteria": criteria,
        "back": back(criteria),
        "paused": visibility.pause_of(company),
        "may_choose": may_choose(request),
    }
    return render(request, "matching/search_form.html", context)


@require_http_methods(["GET", "POST"])
def search_delete(request: Request, pk: int) -> HttpResponse:
    """Asked first, then gone."""
    search = get_object_or_404(SavedSearch, pk=pk, user=request.user)
    if request.method == "GET":
        return render(request, "matching/search_delete.html", {"search": search})
    search.delete()
    messages.success(request, _("L'alerte est supprimée."))
    return redirect("matching:alerts")


@require_http_methods(["GET", "POST"])
@for_smes
@may_edit
def recipients(request: Request) -> HttpResponse:
    """Who of the company hears of what fits it."""
    company = request.user.organisation
    if company is None:
        raise Http404
    chosen = telling.recipients([company.pk])[company.pk]
    form = RecipientsForm(posted(request), organisation=company, initial={"people": chosen})
    if request.method == "POST" and form.is_valid():
        subscriptions.choose(company, form.cleaned_data["people"])
        messages.success(request, _("C'est noté, dès le prochain envoi."))
        return redirect("matching:alerts")
    return render(request, "matching/recipients.html", {"form": form, "company": company})


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@csrf_exempt  # a mail program posts here by itself (RFC 8058): the signed address is the proof
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """No more alerts, for whom the link was made; signed out or not."""
    user, _mail = reader(token)
    if request.method == "POST":
        subscriptions.unsubscribe(user)
    return render(request, "matching/unsubscribe.html", {"done": request.method == "POST", "address": user.email})


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def usefulness(request: HttpRequest, token: str) -> HttpResponse:
    """Was this mail of use? Said once, changed at will."""
    user, mail = reader(token)
    if not Notification.objects.filter(user=user, mail=mail).exists():
        raise Http404
    said = Usefulness.objects.filter(user=user, mail=mail).first() or Usefulness(user=user, mail=mail)
    form = UsefulnessForm(posted(request), instance=said)
    done = request.method == "POST" and form.is_valid()
    if done:
        known = {"useful": form.cleaned_data["useful"], "text": form.cleaned_data["text"], "at": timezone.now()}
        Usefulness.objects.update_or_create(user=user, mail=mail, defaults=known)
    return render(request, "matching/usefulness.html", {"form": form, "done": done})


def reader(token: str) -> tuple[User, str]:
    """Whom a link was made for, and in which mail."""
    try:
        says = subscriptions.read(token)
    except signing.BadSignature:
        raise Http404 from None
    return get_object_or_404(User, pk=says["user"], is_active=True), str(says.get("mail", ""))


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, though it were nothing: an empty form is told what it lacks."""
    return request.POST if request.method == "POST" else None


def save(form: SearchForm) -> bool:
    """Whether there was room for it. Of several sent at once none is saved twice, nor beyond the most: the settings'
    lock is taken first."""
    search = form.instance
    with transaction.atomic():
        subscriptions.settings_of(search.user)
        mine = SavedSearch.objects.filter(user=search.user)
        if search.pk is None and mine.filter(query=search.query).exists():
            return True
        if search.pk is None and mine.count() >= SavedSearch.MOST:
            return False
        if search.pk and mine.select_for_update().filter(pk=search.pk).first() is None:
            raise Http404  # deleted meanwhile: it does not come back
        search.next_at = first_look(search.frequency)
        form.save()
    return True


def saved(search: SavedSearch, company: Organisation | None) -> str:
    """What will come of it: nothing is promised that its rhythm, a pause or a thin profile keeps from coming."""
    if search.frequency == Frequency.NONE:
        return _("L'alerte est enregistrée, en pause : elle vous écrira quand vous lui aurez donné un rythme.")
    if company and (day := company.sme_profile.resumes_on):
        told = _(
            "L'alerte est enregistrée. Votre entreprise est en pause : vos alertes reprennent à partir du %(day)s."
        )
        return told % {"day": date_format(day, "j F Y")}
    if company and search.floor != Floor.ANY and not may_fit(company):
        return _(
            "L'alerte est enregistrée. Elle attend que votre profil dise votre métier et un pays connu ou visé : sans "
            "eux, pas d'adéquation. D'ici là, seul le réglage « toutes, même sans adéquation » écrit."
        )
    return _("L'alerte est enregistrée : nous vous écrirons quand il y aura du nouveau.")


def may_fit(company: Organisation) -> bool:
    """Whether the company tells of itself what it takes to be matched at all."""
    profile = company.sme_profile
    return gaps.allows_fit(company, profile, profile.references.all(), profile.experiences.all())


def may_choose(request: Request) -> bool:
    """Whether this person decides what the company hears of."""
    return request.user.is_sme and edits(request)


def first_look(frequency: str) -> datetime | None:
    return hours.next_look(frequency, timezone.now())


def name_of(criteria: Criteria) -> str:
    """« vannes, Maroc, Co-export »; of the whole list, « Toutes les opportunités »."""
    if not criteria.is_filtered:
        return _("Toutes les opportunités")
    words = [criteria.q] if criteria.q else []
    words += [label(name, value) for name, values in criteria.chosen.items() for value in values]
    return ", ".join(words)[:NAME]


def back(criteria: Criteria) -> str:
    return f"?{criteria.filters()}"

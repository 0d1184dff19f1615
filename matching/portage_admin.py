"""The staff's side of portage: read a request, put it to groups or refuse it, call those who are late."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import mail_words
from matching import portage, portage_file, portage_introduction, to_call
from matching.models import PortageAnswer, PortageIntroduction, PortageMessage, PortageRequest, Sponsor
from matching.outcome_admin import AskingInline, DeclarationInline, following_up
from matching.outcome_forms import CallForm, PortageHeardForm
from matching.portage_forms import RefuseForm, RouteForm
from matching.sending_admin import sending
from pacte.transitions import KeptInline, ReadOnlyAdmin, RowsFilter, Transition, TransitionAdmin

State = PortageRequest.State
ALIVE = frozenset({State.TO_REVIEW, State.WITH_GROUPS})
SHOWN = ("group", "state", "asked_at", "answer_by", "decided_at", "decline_reason", "decline_text", "awaiting")


class AnswerInline(KeptInline):
    model = PortageAnswer
    fields = SHOWN
    readonly_fields = SHOWN


class SponsorInline(KeptInline):
    model = Sponsor
    fields = readonly_fields = ("name", "body", "email", "invited_at", "text", "written_at", "revoked_at")


@admin.register(PortageRequest)
class PortageRequestAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["company", "country_name", "horizon", "state", "created_at", "expires_on"]
    list_filter = ["state", "opened", "country"]
    list_select_related = ["company"]
    search_fields = ["company__name", "company__siren", "text"]
    date_hierarchy = "created_at"
    exclude = ["fits", "fitted_at", "support"]
    readonly_fields = ["wanted"]
    view_on_site = False  # its page is the SME's own
    inlines = [AnswerInline, SponsorInline]
    transitions = (
        Transition(
            "route",
            _("Proposer à des groupes"),
            ALIVE,
            lambda obj, user, answers: portage.route(obj, list(answers["groups"]), by=user),
            RouteForm,
            explanation=_(
                "Les groupes choisis reçoivent un e-mail et ont dix jours ouvrés pour répondre ; l'entreprise est "
                "prévenue."
            ),
        ),
        Transition(
            "open",
            _("Ouvrir à tous les groupes présents"),
            ALIVE,
            lambda obj, user, answers: portage.open_up(obj, by=user),
            explanation=_("Chaque groupe présent dans ce pays la voit et peut s'en saisir, sans date promise."),
        ),
        Transition(
            "refuse",
            _("Refuser"),
            frozenset({State.TO_REVIEW}),
            lambda obj, user, answers: portage.refuse(obj, by=user, reason=answers["reason"]),
            RefuseForm,
            grave=True,
            explanation=_("L'entreprise reçoit le motif et les coordonnées de son conseiller en région."),
        ),
    )

    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        data = request.POST if request.method == "POST" else None
        if chosen.form is RouteForm:
            return RouteForm(data, request=obj)
        if chosen.form is RefuseForm:
            return RefuseForm(data, request=obj)
        return super().transition_form(chosen, request, obj)

    @admin.display(description=_("aide souhaitée"))
    def wanted(self, asked: PortageRequest) -> str:
        return ", ".join(asked.wanted)

    @admin.display(description=_("pays"), ordering="country")
    def country_name(self, asked: PortageRequest) -> str:
        return asked.place


class LateFilter(RowsFilter):
    """Groups to call: the reminders of the first week did nothing."""

    title = _("réponse en retard")
    parameter_name = "retard"
    offers = {"oui": (_("groupe à appeler"), PortageAnswer.objects.to_call)}


class MessageInline(KeptInline):
    model = PortageMessage
    readonly_fields = ["at", "side", "author", "text"]


@admin.register(PortageAnswer)
class PortageAnswerAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["request", "group", "state", "answer_by", "called", "decided_at", "fit"]
    list_filter = [LateFilter, "state", "decline_reason"]
    list_select_related = ["request__company", "group"]
    search_fields = ["request__company__name", "group__name"]
    exclude = ["rung_on", "email"]
    readonly_fields = ["group_people"]
    inlines = [MessageInline]
    transitions = (
        Transition(
            "call",
            _("Noter un appel"),
            frozenset({PortageAnswer.State.WAITING}),
            lambda obj, user, answers: portage.note_call(obj, by=user, text=answers["text"]),
            CallForm,
            explanation=_("Après avoir appelé le groupe ; sa réponse reste dans la file jusqu'à ce qu'il la donne."),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PortageAnswer]:
        """With the last call: what staff noted without moving anything."""
        noted = Q(history__before=F("history__after"), history__changes={}, history__actor__is_staff=True)
        return super().get_queryset(request).annotate(last_call=Max("history__at", filter=noted))

    @admin.display(description=_("dernier appel"), ordering="last_call")
    def called(self, answer: Any) -> datetime | None:
        found: datetime | None = answer.last_call
        return found

    @admin.display(description=_("à appeler, groupe"))
    def group_people(self, answer: PortageAnswer) -> str:
        return to_call.of_portage_group(answer.group)

    @admin.display(description=_("adéquation"))
    def fit(self, answer: PortageAnswer) -> str:
        found = portage_file.fit(answer.request, answer.group_id)
        return str(found.band_label) if found else "–"


class FollowFilter(RowsFilter):
    """Those that wait for a call."""

    title = _("suivi")
    parameter_name = "suivi"
    offers = {
        "appeler": (_("sans nouvelles du contact"), PortageIntroduction.objects.to_call),
        "contraire": (_("résultats contraires"), PortageIntroduction.objects.disputed),
    }


@admin.register(PortageIntroduction)
class PortageIntroductionAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["answer", "state", "created_at", "sent_at", "sme_said", "group_said"]
    list_filter = [FollowFilter, "state"]
    list_select_related = ["answer__request__company", "answer__group"]
    search_fields = ["answer__request__company__name", "answer__group__name"]
    readonly_fields = ["sme_person", "group_people", "trouble"]
    inlines = [DeclarationInline, AskingInline]
    transitions = (
        *sending(
            portage_introduction,
            retry=_("Le message repart aux adresses d'aujourd'hui. Corrigez d'abord celle qui a été refusée, sur la "
                    "page de la personne."),
        ),
        *following_up(PortageHeardForm),
    )  # fmt: skip

    @admin.display(description=_("à appeler, PME"))
    def sme_person(self, introduction: PortageIntroduction) -> str:
        return to_call.of_portage_company(introduction.answer.request)

    @admin.display(description=_("à appeler, groupe"))
    def group_people(self, introduction: PortageIntroduction) -> str:
        return to_call.of_portage_group(introduction.answer.group)

    @admin.display(description=_("pourquoi l'envoi a échoué"))
    def trouble(self, introduction: PortageIntroduction) -> str:
        email = introduction.answer.email
        failed = email is not None and introduction.state == PortageIntroduction.State.FAILED
        return mail_words.why(email) if email and failed else "–"

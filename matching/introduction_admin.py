"""The staff's side of introductions: those to hold or to send again, and what came of those that left."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts import mail_words
from accounts.calling import link
from matching import introduce, to_call
from matching.models import Introduction
from matching.outcome_admin import AskingInline, DeclarationInline, following_up
from matching.outcome_forms import HeardForm
from matching.sending_admin import sending
from opportunities.calling import of_group
from pacte.days import date_format
from pacte.transitions import ReadOnlyAdmin, RowsFilter, TransitionAdmin

State = Introduction.State


class FollowFilter(RowsFilter):
    """Those that wait for a call."""

    title = _("suivi")
    parameter_name = "suivi"
    offers = {
        "appeler": (_("sans nouvelles du contact"), Introduction.objects.to_call),
        "contraire": (_("résultats contraires"), Introduction.objects.disputed),
    }


@admin.register(Introduction)
class IntroductionAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["application", "state", "sent_at", "sme_said", "group_said", "called", "created_at"]
    list_filter = [FollowFilter, "state"]
    list_select_related = ["application__company", "application__opportunity"]
    search_fields = ["application__company__name", "application__opportunity__title"]
    exclude = ["application", "email"]  # links of their own lead there
    readonly_fields = ["sme_person", "group_person", "trouble", "calls", "its_application", "its_letter"]
    inlines = [DeclarationInline, AskingInline]
    transitions = (
        *sending(
            introduce,
            retry=_("Le message repart aux adresses d'aujourd'hui. Corrigez d'abord celle qui a été refusée : "
                    "sur la page de la personne, ou par « Changer de contact » sur l'opportunité."),
        ),
        *following_up(HeardForm),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Introduction]:
        return super().get_queryset(request).annotate(last_call=Max("application__calls__at"))

    @admin.display(description=_("pourquoi l'envoi a échoué"))
    def trouble(self, introduction: Introduction) -> str:
        return mail_words.why(introduction.email) if introduction.state == State.FAILED else "–"

    @admin.display(description=_("candidature"))
    def its_application(self, introduction: Introduction) -> str:
        return link("matching_application", introduction.application)

    @admin.display(description=_("e-mail"))
    def its_letter(self, introduction: Introduction) -> str:
        return link("accounts_email", introduction.email)

    @admin.display(description=_("dernier appel"), ordering="last_call")
    def called(self, introduction: Any) -> datetime | None:
        found: datetime | None = introduction.last_call
        return found

    @admin.display(description=_("à appeler, PME"))
    def sme_person(self, introduction: Introduction) -> str:
        return to_call.of_company(introduction.application)

    @admin.display(description=_("à appeler, groupe"))
    def group_person(self, introduction: Introduction) -> str:
        return of_group(introduction.application.opportunity)

    @admin.display(description=_("appels notés"))
    def calls(self, introduction: Introduction) -> str:
        rows = introduction.application.calls.select_related("author")
        return format_html_join("", "<p>{} · {}<br>{}</p>", (
            (date_format(timezone.localtime(row.at), "j F Y H:i"), row.author or "–", row.text) for row in rows
        )) or "–"  # fmt: skip

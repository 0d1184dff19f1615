"""The outbox, for staff: what failed is sent again, or never."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import Email
from pacte.states import StateError
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin, confirmed

OPENS_AN_ACCOUNT = frozenset({"reset_password", "confirm_email"})  # mails with a link that signs in, or nearly


@admin.register(Email)
class EmailAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["subject", "recipients", "template", "state", "queued_at", "sent_at", "attempts", "error"]
    list_filter = ["state", "template", "language"]
    search_fields = ["key", "subject", "about", "to"]
    date_hierarchy = "queued_at"
    actions = ["retry_selected"]
    transitions = (
        Transition(
            "retry",
            _("Relancer l'envoi"),
            frozenset({Email.State.FAILED}),
            lambda obj, user, answers: obj.retry(),
            explanation=_(
                "Le message repart tel quel, aux mêmes adresses. Une mise en relation se relance sur sa propre page, "
                "qui prend les adresses corrigées."
            ),
        ),
        Transition(
            "cancel",
            _("Ne jamais l'envoyer"),
            frozenset({Email.State.FAILED}),
            lambda obj, user, answers: obj.cancel(),
            grave=True,
        ),
    )

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["html", "text"] if obj and obj.template in OPENS_AN_ACCOUNT else ["html"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith(("text", "html")) and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("à"))
    def recipients(self, email: Email) -> str:
        return ", ".join(email.to)

    @admin.action(description=_("Relancer l'envoi des e-mails choisis"), permissions=["view"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Email]) -> HttpResponse | None:
        title = str(_("Relancer l'envoi de ces e-mails ?"))
        if page := confirmed(self, request, queryset, action="retry_selected", title=title):
            return page
        for email in queryset:
            try:
                email.retry()
            except StateError as error:
                self.message_user(request, str(error), messages.WARNING)
        return None

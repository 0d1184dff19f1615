"""The outbox, for staff: what failed is sent again, or never."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import calling, mail_words
from accounts.models import Email
from pacte.states import StateError
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin, confirmed

# What `about` begins with: the page in this site, and what people call it. Those above add theirs.
CASES: dict[str, tuple[str, str | Promise]] = {
    "organisation": ("accounts_organisation", _("organisation")),
    "user": ("accounts_user", _("personne")),
}
SHOWN: Any = ["why", "readers", "copies", "its_case", "queued_at", "attempts", "next_try", "sent_at", "text"]
TECHNICAL: Any = [
    "key", "template", "its_language", "about", "message_id", "reply_to", "delivered", "refused", "error",
    "unsubscribe_url", "purged_at",
]  # fmt: skip
OPENS_AN_ACCOUNT = frozenset({"reset_password", "confirm_email"})  # mails with a link that signs in, or nearly


@admin.register(Email)
class EmailAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["subject", "recipients", "state", "queued_at", "sent_at", "attempts", "why"]
    list_filter = ["state", "language"]
    search_fields = ["key", "subject", "about", "to"]
    fieldsets = [
        (None, {"fields": SHOWN}),
        (_("Détails techniques"), {"classes": ["collapse"], "fields": TECHNICAL}),
    ]
    readonly_fields = ["why", "readers", "copies", "its_case", "next_try", "its_language"]
    actions = ["retry_selected"]
    transitions = (
        Transition(
            "retry",
            _("Relancer l'envoi"),
            frozenset({Email.State.FAILED}),
            lambda obj, user, answers: obj.retry(),
            explanation=_(
                "Le message repart tel quel, aux mêmes adresses : celle que son serveur a refusée le sera encore, "
                "appelez plutôt la personne. Une mise en relation se relance sur sa propre page, qui prend les "
                "adresses corrigées."
            ),
        ),
        Transition(
            "cancel",
            _("Ne jamais l'envoyer"),
            frozenset({Email.State.FAILED}),
            lambda obj, user, answers: obj.cancel(),
            grave=True,
            explanation=_("C'est définitif : le message quitte la file, et personne ne le reçoit."),
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or obj.template not in OPENS_AN_ACCOUNT:
            return self.fieldsets
        (title, first), *others = self.fieldsets
        return [(title, {**first, "fields": [name for name in first["fields"] if name != "text"]}), *others]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["html", "text"] if obj and obj.template in OPENS_AN_ACCOUNT else ["html"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith(("text", "html")) and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("à"))
    def recipients(self, email: Email) -> str:
        return ", ".join(email.to)

    @admin.display(description=_("à"))
    def readers(self, email: Email) -> str:
        return calling.addressees(email.to)

    @admin.display(description=_("copie"))
    def copies(self, email: Email) -> str:
        return calling.addressees(email.cc) or "–"

    @admin.display(description=_("pourquoi il n'est pas parti"))
    def why(self, email: Email) -> str:
        return mail_words.why(email) or "–"

    @admin.display(description=_("prochain essai"))
    def next_try(self, email: Email) -> datetime | str:
        return email.try_at if email.state == Email.State.QUEUED else "–"

    @admin.display(description=_("langue"))
    def its_language(self, email: Email) -> str:
        return dict(settings.LANGUAGES).get(email.language, email.language)

    @admin.display(description=_("à propos de"))
    def its_case(self, email: Email) -> str:
        """The page of what it tells of, where the rest is done."""
        kind, _colon, pk = email.about.partition(":")
        if kind not in CASES or not pk.isdecimal():
            return "–"
        name, label = CASES[kind]
        return format_html('<a href="{}">{} {}</a>', reverse(f"admin:{name}_change", args=[pk]), label, pk)

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

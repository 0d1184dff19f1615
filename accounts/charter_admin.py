"""The staff's side of the charter: its versions, who has signed, who has not."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts import charters
from accounts.models import Charter, Organisation, Signature
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin

USUAL = timedelta(days=30)  # to sign a new version
WRITTEN = ["kind", "version", "state", "published_at", "sign_by", "changes", "text", "text_en"]


class CharterFilter(admin.SimpleListFilter):
    """Of organisations: those that have signed what is in force for them, those that have not."""

    title = _("charte ou conditions")
    parameter_name = "charte"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("signee", _("signées")), ("a_signer", _("à signer"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> QuerySet[Organisation]:
        if self.value() == "signee":
            current = Charter.objects.in_force()
            return queryset.filter(pk__in=Signature.objects.filter(charter__in=current).values("organisation"))
        if self.value() == "a_signer":
            left = [charters.unsigned(kind).values("pk") for kind in Charter.Kind.values]
            return queryset.filter(Q(pk__in=left[0]) | Q(pk__in=left[1]))
        return queryset


@admin.register(Charter)
class CharterAdmin(TransitionAdmin):
    list_display = ["__str__", "state", "published_at", "sign_by", "signed", "unsigned"]
    list_filter = ["kind", "state"]
    readonly_fields = ["state", "published_at"]
    fields = [*WRITTEN]
    transitions = (
        Transition(
            "publish",
            _("Mettre en vigueur"),
            frozenset({Charter.State.DRAFT}),
            lambda obj, user, answers: charters.publish(obj, by=user),
            explanation=_(
                "Le texte ne pourra plus changer. Chaque organisation concernée reçoit un e-mail, puis un rappel une "
                "semaine avant le dernier jour et un autre le lendemain. Ensuite, celles qui n'ont pas signé ne "
                "peuvent plus rien soumettre ni envoyer de nouveau ; ce qui est en cours continue."
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Charter]:
        return super().get_queryset(request).annotate(count=Count("signatures")).defer("text", "text_en")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version begins with the words of the one in force."""
        kind = request.GET.get("kind", Charter.Kind.GROUP)
        before = charters.in_force(kind)
        words = {"text": before.text, "text_en": before.text_en} if before else {}
        return {"kind": kind, "sign_by": timezone.localdate() + USUAL, **words}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        frozen = obj is not None and obj.state != Charter.State.DRAFT
        return WRITTEN if frozen else list(self.readonly_fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("signatures"))
    def signed(self, charter: Any) -> str:
        url = f"{reverse('admin:accounts_signature_changelist')}?{urlencode({'charter__id__exact': charter.pk})}"
        return format_html('<a href="{}">{}</a>', url, charter.count)

    @admin.display(description=_("à signer"))
    def unsigned(self, charter: Charter) -> str:
        """Who is left to sign is a list of its own."""
        if charter.state != Charter.State.IN_FORCE:
            return "–"
        asked = urlencode({"kind__exact": charter.kind, "charte": "a_signer"})
        url = f"{reverse('admin:accounts_organisation_changelist')}?{asked}"
        return format_html('<a href="{}">{}</a>', url, _("voir qui"))


@admin.register(Signature)
class SignatureAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "charter", "person", "at"]
    list_filter = ["charter"]
    list_select_related = ["organisation", "charter", "person"]
    search_fields = ["organisation__name", "organisation__siren"]
    date_hierarchy = "at"

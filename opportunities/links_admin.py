"""The official notices that answer no more, for staff to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opportunities.models import NoticeLink
from pacte.transitions import ReadOnlyAdmin


class DeadFilter(admin.SimpleListFilter):
    title = _("lien mort")
    parameter_name = "mort"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("oui", _("oui"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[NoticeLink]) -> QuerySet[NoticeLink]:
        return queryset.filter(pk__in=NoticeLink.objects.dead()) if self.value() == "oui" else queryset


@admin.register(NoticeLink)
class NoticeLinkAdmin(ReadOnlyAdmin):
    list_display = ["opportunity", "url", "failing_since", "problem", "checked_at"]
    list_filter = [DeadFilter]
    list_select_related = ["opportunity"]
    search_fields = ["url", "opportunity__title", "opportunity__owner__name"]

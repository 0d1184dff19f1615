"""The official notices that answer no more: whom to ask for the right address, and where to write it."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from opportunities import links
from opportunities.calling import of_group
from opportunities.models import NoticeLink
from pacte.transitions import RowsFilter


class DeadFilter(RowsFilter):
    title, parameter_name = _("lien mort"), "mort"
    offers = {"oui": (_("oui"), NoticeLink.objects.dead)}


@admin.register(NoticeLink)
class NoticeLinkAdmin(admin.ModelAdmin):
    list_display = ["opportunity", "group", "what", "failing_since", "checked_at"]
    list_filter = [DeadFilter]
    list_select_related = ["opportunity__owner"]
    search_fields = ["url", "opportunity__title", "opportunity__owner__name"]
    fields = ["what", "group_people", "now", "url", "failing_since", "checked_at"]
    readonly_fields = ["what", "group_people", "now", "failing_since", "checked_at"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        told = {"url": _("La bonne, que le groupe vous a donnée. Il reçoit un e-mail, les PME qui candidatent aussi.")}
        return super().get_form(request, obj, change, help_texts=told, **kwargs)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        its = {**(extra_context or {}), "show_save_and_continue": False}
        return super().change_view(request, object_id, form_url, its)

    def save_model(self, request: HttpRequest, obj: NoticeLink, form: Any, change: bool) -> None:
        links.correct(obj.opportunity, obj.url, by=request.user)  # type: ignore[arg-type]

    @admin.display(description=_("groupe"), ordering="opportunity__owner__name")
    def group(self, link: NoticeLink) -> Organisation:
        return link.opportunity.owner

    @admin.display(description=_("ce qui ne va pas"), ordering="problem")
    def what(self, link: NoticeLink) -> str:
        return links.said(link.problem) or "–"

    @admin.display(description=_("à qui la demander"))
    def group_people(self, link: NoticeLink) -> str:
        return of_group(link.opportunity)

    @admin.display(description=_("ce qu'on trouve là-bas"))
    def now(self, link: NoticeLink) -> str:
        return format_html('<a href="{0}" rel="noreferrer">{0}</a>', link.url)

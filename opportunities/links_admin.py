"""The official notices that answer no more, for staff to read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from opportunities.models import NoticeLink
from pacte.transitions import ReadOnlyAdmin, RowsFilter


class DeadFilter(RowsFilter):
    title, parameter_name = _("lien mort"), "mort"
    offers = {"oui": (_("oui"), NoticeLink.objects.dead)}


@admin.register(NoticeLink)
class NoticeLinkAdmin(ReadOnlyAdmin):
    list_display = ["opportunity", "url", "failing_since", "problem", "checked_at"]
    list_filter = [DeadFilter]
    list_select_related = ["opportunity"]
    search_fields = ["url", "opportunity__title", "opportunity__owner__name"]

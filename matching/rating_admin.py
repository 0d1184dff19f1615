"""The staff's list of what companies say of groups: all of it, at once, above it the averages of each group."""

from typing import Any

from django.contrib import admin
from django.db.models import Avg, Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from matching.models import ANSWERS, Rating
from matching.ratings import label_of
from pacte.transitions import ReadOnlyAdmin

MOST = 50  # groups


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ["at", "group", "company", "comment", *ANSWERS]
    list_select_related = ["group", "company"]
    search_fields = ["group__name", "company__name", "company__siren"]
    date_hierarchy = "at"
    change_list_template = "admin/ratings.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the averages of the groups in the list as it is searched, those with the most ratings first."""
        page = super().changelist_view(request, extra_context)
        data = getattr(page, "context_data", None) or {}
        if "cl" in data:
            data["labels"] = [capfirst(label_of(name)) for name in ANSWERS]
            data["averages"] = averages(data["cl"].queryset)
        return page


def averages(ratings: QuerySet[Rating]) -> list[dict[str, Any]]:
    by_group = ratings.order_by().values_list("group", "group__name").annotate(*map(Avg, ANSWERS), count=Count("pk"))
    rows = by_group.order_by("-count", "group__name")[:MOST]
    return [{"name": name, "count": count, "averages": its} for _group, name, *its, count in rows]

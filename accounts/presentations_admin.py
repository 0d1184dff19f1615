"""The staff see which presentations there are and may take one away; they read none here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import presentations
from accounts.models import Presentation
from pacte.transitions import ReadOnlyAdmin


@admin.register(Presentation)
class PresentationAdmin(ReadOnlyAdmin):
    list_display = ["name", "company", "state", "size", "added_at"]
    list_filter = ["state"]
    list_select_related = ["company"]
    search_fields = ["company__name", "company__siren"]
    exclude = ["content"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Presentation]:
        return super().get_queryset(request).defer("content")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_model(self, request: HttpRequest, obj: Presentation) -> None:
        presentations.remove(obj.company, by=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Presentation]) -> None:
        for one in queryset.select_related("company"):
            self.delete_model(request, one)

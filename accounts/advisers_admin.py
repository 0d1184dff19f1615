"""The staff's table of Team France Export's advisers, and its import."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts import advisers
from accounts.forms.advisers import AdvisersForm
from accounts.models import Adviser


@admin.register(Adviser)
class AdviserAdmin(admin.ModelAdmin):
    list_display = ["place", "name", "email", "phone", "updated_at"]
    search_fields = ["name", "email"]
    readonly_fields = ["updated_at"]
    change_list_template = "admin/advisers.html"
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_urls(self) -> list[URLPattern]:
        route = path("import/", self.admin_site.admin_view(self.load), name="accounts_adviser_import")
        return [route, *super().get_urls()]

    def load(self, request: HttpRequest) -> HttpResponse:
        """Say what a CSV would change; write it when told to."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        sent = request.method == "POST"
        form = AdvisersForm(request.POST, request.FILES) if sent else AdvisersForm()
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Importer les conseillers"),
            "opts": self.opts,
            "form": form,
        }
        if sent and form.is_valid():
            if "write" in request.POST:
                advisers.write(form.reading)
                messages.success(request, _("Les conseillers sont à jour."))
                return redirect("admin:accounts_adviser_changelist")
            context |= {"reading": form.reading, "form": AdvisersForm(initial={"text": form.cleaned_data["text"]})}
        return TemplateResponse(request, "admin/advisers_import.html", context)

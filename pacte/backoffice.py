"""The staff's own site: stock Django admin, whose home is a set of queues."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from pacte.queues import Queue


def queues() -> "list[Queue]":
    """What staff may have to do, most pressing first."""
    from pacte.queues import QUEUES  # models are loaded after this site

    return QUEUES


class BackOffice(admin.AdminSite):
    site_header = _("Pacte International")
    site_title = _("Pacte International")
    index_title = _("À faire")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and only with a second factor (see `login`)."""
        from accounts.second_factor import has_second_factor

        return super().has_permission(request) and has_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way to sign in; staff who have no second factor yet are led to set one up."""
        from accounts.second_factor import way_to_second_factor

        target = request.GET.get("next") or reverse("admin:index")
        if request.user.is_authenticated and request.user.is_staff:
            if self.has_permission(request):
                return redirect("admin:index")
            return redirect(way_to_second_factor(request, target))
        if request.user.is_authenticated:
            from django.core.exceptions import PermissionDenied

            raise PermissionDenied
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Stock admin's, which says « Modification » of rows that are only read, and « Authenticators »."""
        from pacte.transitions import ReadOnlyAdmin

        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "mfa":
                app["name"] = _("Double authentification")
            for model in app["models"]:
                model["view_only"] |= isinstance(self._registry[model["model"]], ReadOnlyAdmin)
                if model["object_name"] == "Authenticator":
                    model["name"] = _("Seconds facteurs")
        return apps

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where everyone does it: that page limits tries and tells the person by mail."""
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from pacte import heartbeat

        extra = {
            "queues": sorted((queue.summary() for queue in queues()), key=lambda one: not one["count"]),
            "heartbeats": heartbeat.ages(),
            **(extra_context or {}),
        }
        return super().index(request, extra)

"""The staff's page that makes two opportunities one: what would happen, then the button."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from matching import merging
from opportunities.models import Opportunity
from pacte.states import StateError


class WithMerge(admin.ModelAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.merge)
        return [path("reunir/<int:gone>/<int:stays>/", view, name="matching_application_merge"), *super().get_urls()]

    def merge(self, request: HttpRequest, gone: int, stays: int) -> HttpResponse:
        """Ask (GET), then do (POST)."""
        if not request.user.has_perm("opportunities.change_opportunity"):
            raise PermissionDenied
        rows = Opportunity.objects.select_related("owner")
        one, other = get_object_or_404(rows, pk=gone), get_object_or_404(rows, pk=stays)
        back = reverse("admin:opportunities_opportunity_change", args=[stays])
        try:
            if request.method == "POST":
                merging.merge(one, other, by=request.user)  # type: ignore[arg-type]
                messages.success(request, _("Les deux opportunités n'en font plus qu'une."))
                return redirect(back)
            found, refused = merging.plan(one, other), ""
        except StateError as error:
            found, refused = None, str(error)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Réunir deux opportunités"),
            "opts": Opportunity._meta,
            "gone": one,
            "stays": other,
            "told": merging.told(found) if found else "",
            "refused": refused,
            "back": reverse("admin:opportunities_opportunity_compare", args=[gone, stays]),
        }
        return TemplateResponse(request, "admin/opportunity_merge.html", context)

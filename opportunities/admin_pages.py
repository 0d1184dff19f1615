"""The staff's own pages about an opportunity, beside those of stock admin: two side by side, and as others see it."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from accounts.models import Organisation
from opportunities import duplicates, facts, overview
from opportunities.cards import Card
from opportunities.models import Opportunity
from pacte import files
from pacte.transitions import TransitionAdmin

NAME = "opportunities_opportunity"


class WithPages(TransitionAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/comparer/<int:other>/", view(self.compare), name=f"{NAME}_compare"),
            path("<int:pk>/apercu/<slug:reader>/", view(self.preview), name=f"{NAME}_preview"),
            path("<int:pk>/fichier/<int:file>/", view(self.file), name=f"{NAME}_file"),
            *super().get_urls(),
        ]

    def compare(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        """Two that may be one, field by field."""
        two = self._read(request, pk), self._read(request, other)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Comparer deux opportunités"),
            "opts": self.opts,
            "two": two,
            "rows": duplicates.rows(*two),
        }
        return TemplateResponse(request, "admin/opportunity_compare.html", context)

    def file(self, request: HttpRequest, pk: int, file: int) -> HttpResponse:
        """One of its files, in whatever state it is: a button first, as who opened it stands in its history."""
        opportunity = self._read(request, pk)
        rows = opportunity.attachments.clean()
        found = get_object_or_404(rows if request.method == "POST" else rows.listed(), pk=file)
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "title": found.name,
                "opts": self.opts,
                "opportunity": opportunity,
                "file": found,
                "back": reverse(f"admin:{NAME}_change", args=[pk]),
            }
            return TemplateResponse(request, "admin/opportunity_file.html", context)
        self.log_change(request, opportunity, _("Fichier ouvert : %s.") % found.name)
        return files.handed(found.name, found.type, bytes(found.content))

    def preview(self, request: HttpRequest, pk: int, reader: str) -> HttpResponse:
        """The page that a visitor, an SME or its group reads, with nothing in it that could be clicked."""
        opportunity = self._read(request, pk)
        readers = {
            "public": (_("Comme un visiteur"), _as_visitor),
            "pme": (_("Comme une PME"), _as_sme),
            "groupe": (_("Comme le groupe"), _as_group),
        }
        if reader not in readers:
            raise Http404
        label, context = readers[reader]
        address = f"admin:{NAME}_preview"
        around = {
            "opportunity": opportunity,
            "card": Card.of(opportunity),
            "preview_of": label,
            "others": [
                (name, reverse(address, args=[pk, key])) for key, (name, _its) in readers.items() if key != reader
            ],
            "back": reverse(f"admin:{NAME}_change", args=[pk]),
        }
        return TemplateResponse(request, "admin/opportunity_preview.html", context(opportunity) | around)

    def _read(self, request: HttpRequest, pk: int) -> Opportunity:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = Opportunity.objects.select_related("owner", "created_by").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found


def _as_sme(opportunity: Opportunity) -> dict[str, Any]:
    said = facts.announcement(opportunity)
    return {
        "page": "matching/opportunity_detail.html",
        "announcement": said,
        "language": said["language"],
        "foreign": said["foreign"],
        "company": Organisation(kind=Organisation.Kind.SME),
        "may_apply": opportunity.is_open,
        "may_follow": opportunity.is_open,
        "may_hide": True,
    }


def _as_visitor(opportunity: Opportunity) -> dict[str, Any]:
    nothing = {"company": None, "may_apply": False, "may_follow": False, "may_hide": False}
    return _as_sme(opportunity) | nothing | {"user": AnonymousUser()}


def _as_group(opportunity: Opportunity) -> dict[str, Any]:
    return {"page": "opportunities/manage.html", "copy_token": ""} | overview.of(opportunity, may_act=True)

"""Admin pages whose changes of state are buttons: asked for on one page, confirmed on the next, done by the model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pacte.states import StateError, in_words


class Confirmation(forms.Form):
    """Nothing to say but yes."""


class WithReason(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        max_length=2000,
        help_text=gettext_lazy("Il est gardé dans l'historique et, selon le cas, écrit aux personnes concernées."),
    )


@dataclass(frozen=True, slots=True)
class Transition:
    """A button of an object's page. `act(obj, user, answers)` does the work and may raise StateError."""

    name: str
    label: str | Promise
    states: frozenset[str]
    act: Callable[[Any, Any, Mapping[str, Any]], object]
    form: type[forms.Form] = Confirmation
    explanation: str | Promise = ""
    grave: bool = False
    when: Callable[[Any], bool] | None = None  # what else must hold for it to be offered
    to: Callable[[Any, Any], bool] | None = None  # (obj, user): and to whom

    def offered_for(self, obj: Any) -> bool:
        return obj.state in self.states and (self.when is None or self.when(obj))

    def offered_to(self, user: Any, obj: Any) -> bool:
        return self.offered_for(obj) and (self.to is None or self.to(obj, user))


class LockingAdmin(admin.ModelAdmin):
    """Whoever saves waits for those who change the row meanwhile, then reads it: a save writes all of its fields."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with transaction.atomic():
            if request.method == "POST" and object_id:
                self._lock(unquote(object_id))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _lock(self, pk: str) -> None:
        try:
            self.opts.model._base_manager.select_for_update(no_key=True).filter(pk=pk).first()
        except (ValidationError, ValueError):
            return  # no such row: the page says so


class TransitionAdmin(LockingAdmin):
    """A ModelAdmin with `transitions`, and with the history of the object on its page."""

    transitions: ClassVar[tuple[Transition, ...]] = ()
    change_form_template = "admin/transition_change_form.html"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_transition"
        route = path(
            "<path:object_id>/transition/<slug:name>/", self.admin_site.admin_view(self.transition), name=name
        )
        return [route, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        extra = {**(extra_context or {}), **self._extra(request, obj)} if obj else extra_context
        return super().change_view(request, object_id, form_url, extra)

    def _extra(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        may = self.has_change_permission(request, obj)
        labels = dict(type(obj).State.choices)
        moves = list(obj.history.select_related("actor").order_by("-at", "-pk")) if hasattr(obj, "history") else []
        for move in moves:
            move.changes = self.worded(obj, move.changes)
        return {
            "transitions": [t for t in self.transitions if may and t.offered_to(request.user, obj)],
            "moves": [
                (move, labels.get(move.before, move.before), labels.get(move.after, move.after)) for move in moves
            ],
            "state_label": labels.get(obj.state, obj.state),
        }

    def worded(self, obj: Any, changes: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
        """What a line of its history says was changed, for people: {what: [before, after]}."""
        fields = {field.name: field for field in self.opts.fields}
        names = {name: str(fields[name].verbose_name) if name in fields else name for name in changes}
        return {
            capfirst(names[name]): [in_words(fields.get(name), value) for value in values]
            for name, values in changes.items()
        }

    def transition(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask (GET), then do (POST), one change of state."""
        obj = self.get_object(request, object_id)
        chosen = next((t for t in self.transitions if t.name == name), None)
        if obj is None or chosen is None:
            raise Http404
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        kept: dict[str, Any] = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        back = add_preserved_filters(kept, page)
        form = self.transition_form(chosen, request, obj)
        if request.method == "POST" and form.is_valid():
            return self._act(request, chosen, obj, form.cleaned_data) or redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": chosen.label,
            "subtitle": str(obj),
            "opts": self.opts,
            "original": obj,
            "object": obj,
            "chosen": chosen,
            "form": form,
            "back": back,
            "touched": self.touched(chosen, obj),
        }
        return TemplateResponse(request, "admin/transition.html", context)

    def touched(self, chosen: Transition, obj: Any) -> str:
        """Whom else it reaches, in words, for the page that asks."""
        return ""

    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        """The form that goes with a transition; a subclass may look at the object."""
        return chosen.form(request.POST if request.method == "POST" else None)

    def _act(
        self, request: HttpRequest, chosen: Transition, obj: Any, answers: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Do it and say so; a page to go to, if it is not the object's own."""
        try:
            chosen.act(obj, request.user, answers)
        except StateError as error:
            messages.error(request, str(error))
        else:
            done = _("« %(action)s » : c'est fait.") % {"action": chosen.label}
            messages.success(request, self._with_the_way_back(request, done))
        return None

    def _with_the_way_back(self, request: HttpRequest, done: str) -> str:
        """With a link to the list from which the object was opened: the next one waits there."""
        if not (kept := request.GET.get("_changelist_filters")):
            return done
        rows = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return format_html('{} <a href="{}?{}">{}</a>', done, rows, kept, _("Revenir à la liste"))


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the platform writes and people only read."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = [str(name) for name in super().get_readonly_fields(request, obj)]
        every = dict.fromkeys([*shown, *(one.name for one in self.opts.fields if not one.primary_key)])
        return [name for name in every if name not in (self.get_exclude(request, obj) or ())]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Without the buttons that save, as nothing is there to be: beside those that act, they mislead."""
        extra = {**(extra_context or {}), "show_save": False, "show_save_and_continue": False, "nothing_typed": True}
        return super().change_view(request, object_id, form_url, extra)


class RowsFilter(admin.SimpleListFilter):
    """Beside a list: some of its rows, under a value and a label."""

    offers: ClassVar[Mapping[str, tuple[str | Promise, Callable[[], QuerySet[Any]]]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, label) for value, (label, _rows) in self.offers.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.offers.get(str(self.value()))
        return queryset.filter(pk__in=chosen[1]()) if chosen else queryset


class KeptInline(admin.StackedInline):
    """Rows of an object that the platform writes and staff only read."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def confirmed(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: Any, *, action: str, title: str
) -> HttpResponse | None:
    """The page that asks before a bulk action, or None once it was answered yes."""
    if "confirmed" in request.POST:
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "action": action,
        "rows": queryset,
    }
    return TemplateResponse(request, "admin/confirm_action.html", context)

"""The staff's pages of an import: send a file, read what it would do, say yes, watch it, take its report away."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pacte import files, imports, sheets, tables
from pacte.imports import Outcome, State, Work
from pacte.tables import UnreadableError
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin

SHOWN = 25  # refused lines on the page; the report has them all
COUNTED = {
    Outcome.CREATED: gettext_lazy("Créées"),
    Outcome.COMPLETED: gettext_lazy("Complétées"),
    Outcome.SAME: gettext_lazy("Inchangées"),
    Outcome.REFUSED: gettext_lazy("Refusées"),
}


class UploadForm(forms.Form):
    """A file that looks like one of ours; `content` and `type` hold it once the form is valid."""

    takes: ClassVar[tuple[str, ...]] = ("csv", "xlsx")
    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        max_length=120,
        error_messages={"required": gettext_lazy("Choisissez un fichier.")},
    )
    content, type = b"", ""

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            if (file.size or 0) > files.HEAVIEST:
                raise tables.too_heavy()
            self.content = file.read()
            self.type = tables.check(str(file.name), self.content, self.takes)
        except UnreadableError as error:
            raise forms.ValidationError(tables.told(error.problem)) from error
        return file


def transitions(work: Work) -> tuple[Transition, ...]:
    return (
        Transition(
            "start",
            gettext_lazy("Lancer l'import"),
            frozenset({State.PREVIEW}),
            lambda obj, user, answers: imports.start(work, obj, by=user),
            explanation=gettext_lazy(
                "Les lignes acceptées sont enregistrées. Vous pourrez l'arrêter et le reprendre."
            ),
        ),
        Transition(
            "stop",
            gettext_lazy("Arrêter"),
            frozenset({State.RUNNING}),
            lambda obj, user, answers: imports.stop(obj, by=user),
            explanation=gettext_lazy("Ce qui est fait reste fait ; le reste attend que vous le repreniez."),
        ),
        Transition(
            "resume",
            gettext_lazy("Reprendre"),
            frozenset({State.STOPPED}),
            lambda obj, user, answers: imports.start(work, obj, by=user),
        ),
        Transition(
            "drop",
            gettext_lazy("Abandonner"),
            frozenset({State.READING, State.PREVIEW, State.STOPPED}),
            lambda obj, user, answers: imports.drop(obj, by=user),
            grave=True,
            explanation=gettext_lazy("Les lignes qui n'ont pas été enregistrées ne le seront jamais."),
        ),
    )


class ImportAdmin(TransitionAdmin, ReadOnlyAdmin):
    work: ClassVar[Work]
    upload_form: ClassVar[type[UploadForm]] = UploadForm
    makes: ClassVar[str]  # the field of a row that leads to what it became
    advice: ClassVar[Any] = ""  # what the page says above the form
    list_display = ["name", "state", "progress", "added_by", "added_at"]
    list_filter = ["state"]
    list_select_related = ["added_by"]
    change_form_template = "admin/import_change_form.html"
    change_list_template = "admin/import_change_list.html"
    has_add_permission = admin.ModelAdmin.has_add_permission  # type: ignore[assignment]  # rows that people do add

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("modele/<slug:kind>/", view(self.model_file), name=f"{name}_model"),
            path("<int:pk>/rapport/<slug:which>/", view(self.report), name=f"{name}_report"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["name", *self.options(), "weight", "added_by", "added_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj)

    def options(self) -> list[str]:
        """What the form asks beside the file: fields of the import."""
        return [name for name in self.upload_form.base_fields if name != "file"]

    @admin.display(description=gettext_lazy("taille"))
    def weight(self, one: Any) -> str:
        return filesizeformat(one.size)

    @admin.display(description=gettext_lazy("lignes"))
    def progress(self, one: Any) -> str:
        return "–" if one.total is None else f"{one.done} / {one.total}"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Keep a file that looks like one of ours, and lead to its page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self.upload_form(request.POST, request.FILES) if request.method == "POST" else self.upload_form()
        if request.method == "POST" and form.is_valid():
            its = {name: form.cleaned_data[name] for name in self.options()}
            kept_as = files.named(form.cleaned_data["file"], form.type)
            one = imports.take(self.work, name=kept_as, type_=form.type, content=form.content, by=request.user, **its)
            messages.success(request, _("Fichier reçu : rien n'est enregistré avant que vous le demandiez."))
            return redirect(reverse(f"admin:{self._name()}_change", args=[one.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Importer un fichier"),
            "opts": self.opts,
            "form": form,
            "columns": self.work.columns,
            "advice": self.advice,
            "limits": {"rows": tables.MOST_ROWS, "bytes": files.HEAVIEST},
            "models": [(kind, reverse(f"admin:{self._name()}_model", args=[kind])) for kind in sheets.FORMATS],
        }
        return TemplateResponse(request, "admin/import_upload.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page; when htmx asks how far it is and the state is another, the browser is told to load it anew."""
        its = {**(extra_context or {}), "show_save_and_add_another": False}
        page = super().change_view(request, object_id, form_url, its)
        shown = getattr(page, "context_data", {}).get("original")
        if shown and request.headers.get("HX-Request") and shown.state != request.GET.get("state"):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return page

    def _extra(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        counts = obj.counts()
        refused = obj.rows.filter(outcome=Outcome.REFUSED).order_by("line")
        refused = refused if obj.is_looked_at else refused.filter(done=True)
        return super()._extra(request, obj) | {
            "counts": [(COUNTED[outcome], count) for outcome, count in counts.items()],
            "refused": refused[:SHOWN],
            "refused_count": counts[Outcome.REFUSED],
            "shown": SHOWN,
            "made": [] if obj.is_looked_at else self._made(obj),
            "made_count": counts[Outcome.CREATED],
            "reports": [
                (label, reverse(f"admin:{self._name()}_report", args=[obj.pk, which]))
                for which, label in [("tout", _("Toutes les lignes")), ("refus", _("Les lignes refusées"))]
            ],
        }

    def _made(self, obj: Any) -> list[tuple[Any, str]]:
        """The first of what it created, each with its page."""
        field = obj.rows.model._meta.get_field(self.makes)
        name = f"admin:{field.related_model._meta.label_lower.replace('.', '_')}_change"
        made = {self.makes: None}
        rows = obj.rows.filter(outcome=Outcome.CREATED, done=True).exclude(**made).select_related(self.makes)
        things = [getattr(row, self.makes) for row in rows.order_by("line")[:SHOWN]]
        return [(thing, reverse(name, args=[thing.pk])) for thing in things]

    def model_file(self, request: HttpRequest, kind: str) -> HttpResponse:
        """An empty file with our headings."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if kind not in sheets.FORMATS:
            raise Http404
        content = sheets.written(kind, [str(column.label) for column in self.work.columns], [])
        return handed(f"modele.{kind}", kind, content)

    def report(self, request: HttpRequest, pk: int, which: str) -> HttpResponse:
        """What became of each line, with what it said: a file that can be mended and sent again."""
        one = self.get_object(request, str(pk))
        if one is None or which not in {"tout", "refus"}:
            raise Http404
        if not self.has_view_permission(request, one):
            raise PermissionDenied
        rows = one.rows.order_by("line")
        found = rows.filter(outcome=Outcome.REFUSED) if which == "refus" else rows
        labels, columns = dict(Outcome.choices), self.work.columns
        said = (
            [row.line, str(labels.get(row.outcome, "")), "\n".join(row.complaints)]
            + [row.data.get(column.name, "") for column in columns]
            for row in found.iterator(2000)
        )
        headings = [_("ligne"), _("résultat"), _("ce qui ne va pas"), *(str(column.label) for column in columns)]
        return handed(f"import-{one.pk}.csv", "csv", sheets.written("csv", headings, said))

    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"


def handed(name: str, kind: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=sheets.FORMATS[kind], headers=files.SAFE)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from opportunities import amendments, checks, history, leaks, moderation
from opportunities.fields import of_kind
from opportunities.kinds import Field
from opportunities.models import (
    Amendment,
    Attachment,
    Comment,
    Criterion,
    Enquiry,
    Opening,
    Opportunity,
    Pledge,
    RejectReason,
)
from pacte.transitions import ReadOnlyAdmin, Transition, TransitionAdmin, WithReason

State = Opportunity.State
COMMENTED = ["title", "teaser", "description", "benefits", "places", "sectors", "details", "apply_by", "answer_by"]


class PublishForm(forms.Form):
    reason = forms.CharField(
        label=_("Motif, si les candidatures se terminent dans moins de sept jours"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        required=False,
        max_length=2000,
    )


class ChangesForm(forms.Form):
    """One word for the whole, and one for each field that needs it; at least one of them."""

    general = forms.CharField(
        label=_("Commentaire général"), widget=forms.Textarea(attrs={"rows": 4, "cols": 80}), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in COMMENTED:
            label = Opportunity._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            widget = forms.Textarea(attrs={"rows": 2, "cols": 80})
            self.fields[name] = forms.CharField(label=str(label).capitalize(), widget=widget, required=False)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if not any(answers.values()):
            raise forms.ValidationError(_("Écrivez au moins un commentaire : le groupe doit savoir quoi changer."))
        return answers


class RejectForm(forms.Form):
    reason = forms.ChoiceField(label=_("Motif"), choices=[("", "–"), *RejectReason.choices])
    text = forms.CharField(
        label=_("Message au groupe"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        required=False,
        max_length=2000,
    )


def request_changes(opportunity: Opportunity, user: User, answers: Mapping[str, Any]) -> None:
    comments = [("" if name == "general" else name, text) for name, text in answers.items() if text]
    moderation.request_changes(opportunity, by=user, comments=comments)


class OpportunityAdminForm(forms.ModelForm):
    """What the group's own form holds it to, and staff might forget: an edit here is public at once."""

    def clean_confidential(self) -> bool:
        wanted: bool = self.cleaned_data["confidential"]
        if self.instance.confidential and not wanted:
            raise forms.ValidationError(
                _("Le groupe a demandé que son nom reste confidentiel : lui seul peut y renoncer.")
            )
        return wanted

    def clean_details(self) -> dict[str, Any]:
        found = self.cleaned_data["details"]
        details = {} if found is None else found
        if not isinstance(details, dict):
            raise forms.ValidationError(_("Écrivez un objet JSON, entre accolades."))
        wrong = [str(field.label) for field in self.instance.spec.fields if not _fits(field, details.get(field.name))]
        if wrong:
            raise forms.ValidationError(_("Valeur impossible : %(fields)s.") % {"fields": ", ".join(wrong)})
        return details

    def _post_clean(self) -> None:
        """The instance has the new values by now."""
        super()._post_clean()  # type: ignore[misc]
        for name, tell in leaks.found(self.instance).items():
            field = name.partition(".")[0]
            self.add_error(field if field in self.fields else None, checks.leak_text(tell))


def _fits(field: Field, value: Any) -> bool:
    """Whether the pages can show it."""
    if value in (None, "", []):
        return True
    if isinstance(value, dict) or isinstance(value, list) != (field.type == "choices"):
        return False
    try:
        if field.type == "date":
            date.fromisoformat(value)
        else:
            of_kind(field).clean(value)
    except (forms.ValidationError, TypeError, ValueError):
        return False
    return True


class CriterionInline(admin.StackedInline):
    model = Criterion
    extra = 0


class CommentInline(admin.StackedInline):
    model = Comment
    extra = 0
    readonly_fields = ["author", "field", "text", "at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Opportunity)
class OpportunityAdmin(TransitionAdmin):
    form = OpportunityAdminForm
    list_display = ["title", "owner", "kind", "state", "waiting", "apply_by", "confidential"]
    list_filter = ["state", "kind", "confidential", "language"]
    list_select_related = ["owner"]
    search_fields = ["title", "owner__name"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["owner"]
    readonly_fields = ["owner", "kind", "created_by", "submitted_at", "published_at", "closed_at", "questions"]
    inlines = [CriterionInline, CommentInline]
    change_form_template = "admin/opportunity_change_form.html"
    transitions = (
        Transition(
            "publish",
            _("Publier"),
            frozenset({State.SUBMITTED}),
            lambda obj, user, answers: moderation.publish(obj, by=user, reason=answers["reason"]),
            PublishForm,
            explanation=_("L'opportunité devient publique, le groupe reçoit un e-mail et les PME sont évaluées."),
        ),
        Transition(
            "request-changes",
            _("Demander des modifications"),
            frozenset({State.SUBMITTED}),
            request_changes,
            ChangesForm,
            explanation=_("Le groupe reçoit vos commentaires, champ par champ."),
        ),
        Transition(
            "reject",
            _("Refuser"),
            frozenset({State.SUBMITTED}),
            lambda obj, user, answers: moderation.reject(obj, by=user, reason=answers["reason"], text=answers["text"]),
            RejectForm,
            grave=True,
            explanation=_("C'est définitif : le groupe devra en déposer une autre."),
        ),
        Transition(
            "suspend",
            _("Suspendre"),
            frozenset({State.PUBLISHED}),
            lambda obj, user, answers: moderation.suspend(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
            explanation=_("Elle disparaît des listes jusqu'à ce que vous la rétablissiez."),
        ),
        Transition(
            "restore",
            _("Rétablir"),
            frozenset({State.SUSPENDED}),
            lambda obj, user, answers: moderation.restore(obj, by=user, reason=answers["reason"]),
            WithReason,
        ),
        Transition(
            "close",
            _("Clôturer"),
            frozenset({State.PUBLISHED}),
            lambda obj, user, answers: moderation.close(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
        ),
        Transition(
            "withdraw",
            pgettext_lazy("opportunité", "Retirer"),
            frozenset({State.SUBMITTED, State.SUSPENDED}),
            lambda obj, user, answers: moderation.withdraw(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
        ),
    )

    @admin.display(description=_("attend depuis"), ordering="submitted_at")
    def waiting(self, opportunity: Opportunity) -> str:
        if opportunity.state != State.SUBMITTED or opportunity.submitted_at is None:
            return "–"
        return timesince(opportunity.submitted_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a group posts it

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Opportunity, form: Any, change: bool) -> None:
        before = Opportunity.objects.get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        changed = {name: [_plain(getattr(before, name)), _plain(getattr(obj, name))] for name in form.changed_data}
        obj.record(by=request.user, changes=changed)


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ["name", "opportunity", "state", "confidential", "size", "added_at"]
    list_filter = ["state", "confidential"]
    list_select_related = ["opportunity"]
    exclude = ["content"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in super().get_readonly_fields(request, obj) if name != "content"]


@admin.register(Opening)
class OpeningAdmin(ReadOnlyAdmin):
    list_display = ["at", "company", "person", "name", "opportunity"]
    list_select_related = ["company", "person", "opportunity"]
    search_fields = ["company__name", "opportunity__title"]


@admin.register(Pledge)
class PledgeAdmin(ReadOnlyAdmin):
    list_display = ["company", "opportunity", "person", "version", "at"]
    list_select_related = ["company", "opportunity", "person"]


@admin.register(Enquiry)
class EnquiryAdmin(ReadOnlyAdmin):
    list_display = ["text", "opportunity", "company", "asked_at", "answered_at"]
    list_select_related = ["opportunity", "company"]
    search_fields = ["text", "answer"]


@admin.register(Amendment)
class AmendmentAdmin(TransitionAdmin, ReadOnlyAdmin):
    """What a group wants changed in what is public: the old and the new, field by field."""

    list_display = ["opportunity", "state", "asked_by", "asked_at"]
    list_filter = ["state"]
    list_select_related = ["opportunity", "asked_by"]
    fields = ["opportunity", "state", "asked_by", "asked_at", "wanted"]
    readonly_fields = ["wanted"]
    transitions = (
        Transition(
            "accept",
            _("Accepter"),
            frozenset({Amendment.State.PENDING}),
            lambda obj, user, answers: amendments.accept(obj, by=user),
            explanation=_(
                "La modification devient publique ; le groupe et celles qui candidatent reçoivent un e-mail."
            ),
        ),
        Transition(
            "refuse",
            _("Refuser"),
            frozenset({Amendment.State.PENDING}),
            lambda obj, user, answers: amendments.refuse(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("L'opportunité reste comme elle est. Le groupe lit votre motif."),
        ),
    )

    @admin.display(description=_("modifications"))
    def wanted(self, amendment: Amendment) -> str:
        its = history.worded(amendment.opportunity, amendment.changes)
        rows = ((str(one.label).capitalize(), one.before, one.after) for one in its)
        return format_html_join("", "<p><strong>{}</strong><br><del>{}</del> → <ins>{}</ins></p>", rows)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)

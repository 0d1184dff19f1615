from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.mail_admin import CASES
from opportunities import (  # noqa: F401 - links and notices register themselves
    amendments,
    amendments_admin,
    attachments,
    claims,
    duplicates,
    enquiries_admin,
    entrusting,
    hints,
    history,
    links_admin,
    moderation,
    notices_admin,
    upkeep,
)
from opportunities.admin_forms import (
    ChangesForm,
    OpportunityAdminForm,
    PublishForm,
    RejectForm,
    RestoreForm,
    WithdrawForm,
    request_changes,
    restore,
)
from opportunities.admin_pages import WithPages
from opportunities.claims_admin import MineFilter, claiming
from opportunities.entrusting import ContactsForm
from opportunities.forms import criteria_of
from opportunities.models import (
    Attachment,
    Comment,
    CountryNotice,
    Criterion,
    Opening,
    Opportunity,
    Pledge,
)
from pacte.transitions import KeptInline, ReadOnlyAdmin, RowsFilter, Transition, WithReason

State = Opportunity.State
CASES["opportunity"] = ("opportunities_opportunity", _("opportunité"))


class FilesFilter(RowsFilter):
    """Those with files that were joined after the publication."""

    title = _("fichiers ajoutés")
    parameter_name = "fichiers"
    offers = {"a_regarder": (_("à regarder"), lambda: Attachment.objects.to_look_at().values("opportunity"))}


class CriterionInline(admin.StackedInline):
    model = Criterion
    extra = 0


class CommentInline(KeptInline):
    model = Comment
    readonly_fields = ["author", "field", "text", "at"]


@admin.register(Opportunity)
class OpportunityAdmin(WithPages):
    form = OpportunityAdminForm
    list_display = ["title", "owner", "kind", "state", "waiting", "held_by", "apply_by", "confidential"]
    list_filter = [MineFilter, "state", "kind", "confidential", "language", FilesFilter]
    list_select_related = ["owner", "claimed_by"]
    search_fields = ["title", "owner__name"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["owner"]
    readonly_fields = ["owner", "kind", "created_by", "submitted_at", "published_at", "closed_at", "asked"]
    exclude = ["questions"]
    inlines = [CriterionInline, CommentInline]
    change_form_template = "admin/opportunity_change_form.html"
    view_on_site = False  # its previews are linked, and its public page once there is one
    transitions: ClassVar[tuple[Transition, ...]] = (
        *claiming(State.SUBMITTED),
        Transition(
            "publish",
            _("Publier"),
            frozenset({State.SUBMITTED}),
            lambda obj, user, answers: moderation.publish(
                obj,
                by=user,
                checked=answers["checked"],
                reason=answers.get("reason", ""),
                notices_read=answers.get("notices", False),
            ),
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
            "entrust",
            _("Changer de contact"),
            entrusting.STANDING,
            lambda obj, user, answers: entrusting.entrust(obj, answers, by=user),
            ContactsForm,
            explanation=_("Qui devient contact ou suppléant reçoit un e-mail ; les relances vont à ces adresses."),
        ),
        Transition(
            "show-files",
            _("Montrer les fichiers ajoutés"),
            frozenset({State.PUBLISHED, State.CLOSED}),
            lambda obj, user, answers: attachments.show_added(obj, by=user),
            explanation=_("Les PME peuvent les ouvrir ; le groupe et celles qui candidatent reçoivent un e-mail."),
            when=lambda obj: obj.attachments.to_look_at().exists(),
        ),
        Transition(
            "refuse-files",
            _("Refuser les fichiers ajoutés"),
            frozenset({State.PUBLISHED, State.CLOSED}),
            lambda obj, user, answers: attachments.refuse_added(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("Ils sont retirés sans avoir été montrés. Le groupe lit votre motif."),
            when=lambda obj: obj.attachments.to_look_at().exists(),
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
            restore,
            RestoreForm,
            explanation=_("Elle revient dans les listes ; le groupe reçoit un e-mail."),
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
            frozenset({State.SUBMITTED, State.PUBLISHED, State.SUSPENDED}),
            lambda obj, user, answers: moderation.withdraw(
                obj, by=user, reason=answers["reason"], told=answers["told"]
            ),
            WithdrawForm,
            grave=True,
            explanation=_(
                "C'est définitif. Les candidatures en cours s'arrêtent et chaque entreprise en est prévenue ; votre "
                "motif n'est lu que du groupe."
            ),
        ),
    )

    @admin.display(description=_("questions aux candidates"))
    def asked(self, opportunity: Opportunity) -> str:
        must = pgettext("question", "obligatoire")
        rows = [(f"{one['text']} ({must})" if one["required"] else one["text"],) for one in opportunity.questions]
        return format_html_join(mark_safe("<br>"), "{}", rows) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Opportunity]:
        return upkeep.with_wait(super().get_queryset(request))

    @admin.display(description=_("attend depuis"), ordering="waits_since")
    def waiting(self, opportunity: Any) -> str:
        return timesince(opportunity.waits_since) if opportunity.waits_since else "–"

    @admin.display(description=_("prise par"), ordering="claimed_at")
    def held_by(self, opportunity: Opportunity) -> str:
        return claims.told(opportunity)

    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        if chosen.form is PublishForm:
            notices = list(CountryNotice.objects.of_places(obj.places))
            data = request.POST if request.method == "POST" else None
            return PublishForm(data, notices=notices, hints=hints.of(obj), short=moderation.is_short(obj))
        if chosen.form is ChangesForm:
            return ChangesForm(request.POST if request.method == "POST" else None, opportunity=obj)
        if chosen.form in {ContactsForm, RestoreForm, WithdrawForm}:
            return chosen.form(request.POST if request.method == "POST" else None, opportunity=obj)
        return super().transition_form(chosen, request, obj)

    def _extra(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        its = super()._extra(request, obj)
        if obj.state not in {State.DRAFT, State.REJECTED, State.WITHDRAWN}:
            its |= {"notices": CountryNotice.objects.of_places(obj.places)}
        its |= {"files": obj.attachments.listed()}
        if obj.state == State.SUBMITTED:
            held = claims.notice(obj, request.user)  # type: ignore[arg-type]
            its |= {"hints": hints.of(obj), "likely": duplicates.likely(obj), "held_by": held}
        return its

    def worded(self, obj: Any, changes: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
        return {capfirst(str(one.label)): [one.before, one.after] for one in history.worded(obj, changes)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a group posts it

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Opportunity, form: Any, change: bool) -> None:
        form.before = _picture(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """With its criteria: those who apply and follow are told of an edit of ours as of one of its group's."""
        super().save_related(request, form, formsets, change)
        made = history.differences(form.before, _picture(form.instance))
        amendments.edited(form.instance, made, by=request.user)  # type: ignore[arg-type]


@admin.register(CountryNotice)
class CountryNoticeAdmin(admin.ModelAdmin):
    list_display = ["name", "checked_on", "url"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ["name", "opportunity", "state", "confidential", "size", "added_at"]
    list_filter = ["state", "confidential"]
    list_select_related = ["opportunity"]
    exclude = ["content", "properties"]


@admin.register(Opening)
class OpeningAdmin(ReadOnlyAdmin):
    list_display = ["at", "company", "person", "name", "opportunity"]
    list_select_related = ["company", "person", "opportunity"]
    search_fields = ["company__name", "opportunity__title"]


@admin.register(Pledge)
class PledgeAdmin(ReadOnlyAdmin):
    list_display = ["company", "opportunity", "person", "version", "at"]
    list_select_related = ["company", "opportunity", "person"]


def _picture(opportunity: Opportunity) -> history.Picture:
    """As it is stored."""
    stored = Opportunity.objects.prefetch_related("criteria").get(pk=opportunity.pk)
    return history.picture(stored, criteria_of(stored))

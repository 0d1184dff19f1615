from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.models import User
from opportunities import (  # noqa: F401 - notices register themselves
    amendments,
    attachments,
    claims,
    duplicates,
    enquiries,
    entrusting,
    hints,
    history,
    moderation,
    notices_admin,
)
from opportunities.admin_forms import (
    ChangesForm,
    NoticesForm,
    OpportunityAdminForm,
    PublishForm,
    RejectForm,
    request_changes,
)
from opportunities.admin_pages import WithPages
from opportunities.entrusting import ContactsForm
from opportunities.forms import criteria_of
from opportunities.models import (
    Amendment,
    Attachment,
    Comment,
    CountryNotice,
    Criterion,
    Enquiry,
    EnquiryChange,
    Opening,
    Opportunity,
    Pledge,
)
from pacte.transitions import KeptInline, ReadOnlyAdmin, Transition, TransitionAdmin, WithReason

State = Opportunity.State


class FilesFilter(admin.SimpleListFilter):
    """Those with files that were joined after the publication."""

    title = _("fichiers ajoutés")
    parameter_name = "fichiers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("a_regarder", _("à regarder"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Opportunity]) -> models.QuerySet[Opportunity]:
        waiting = Attachment.objects.to_look_at().values("opportunity")
        return queryset.filter(pk__in=waiting) if self.value() == "a_regarder" else queryset


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


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("À qui"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.filter(is_staff=True, is_active=True).order_by("last_name", "first_name", "pk")
        self.fields["to"].queryset = staff  # type: ignore[attr-defined]


ASSIGN = Transition(
    "assign",
    _("Confier à une personne de l'équipe"),
    frozenset({State.SUBMITTED, Amendment.State.PENDING}),
    lambda obj, user, answers: claims.assign(obj, by=user, to=answers["to"]),
    AssignForm,
    explanation=_("Les autres voient qui la lit, pendant quatre heures. Dites-le-lui : aucun e-mail ne part."),
)


class MineFilter(admin.SimpleListFilter):
    title = _("prise par moi")
    parameter_name = "prise"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("moi", _("par moi"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return claims.held_by(queryset, request.user) if self.value() == "moi" else queryset  # type: ignore[arg-type]


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
    transitions: ClassVar[tuple[Transition, ...]] = (
        Transition(
            "claim",
            _("Je prends"),
            frozenset({State.SUBMITTED}),
            lambda obj, user, answers: claims.claim(obj, by=user),
            explanation=_("Les autres voient que vous la lisez, pendant quatre heures."),
            when=lambda obj: claims.holder(obj) is None,
        ),
        ASSIGN,
        Transition(
            "release",
            _("Rendre"),
            frozenset({State.SUBMITTED}),
            lambda obj, user, answers: claims.release(obj, by=user),
            when=lambda obj: claims.holder(obj) is not None,
        ),
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
            frozenset({State.SUBMITTED, State.PUBLISHED, State.SUSPENDED}),
            lambda obj, user, answers: moderation.withdraw(obj, by=user, reason=answers["reason"]),
            WithReason,
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

    @admin.display(description=_("attend depuis"), ordering="submitted_at")
    def waiting(self, opportunity: Opportunity) -> str:
        if opportunity.state != State.SUBMITTED or opportunity.submitted_at is None:
            return "–"
        return timesince(opportunity.submitted_at)

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
        if chosen.form is ContactsForm:
            return ContactsForm(request.POST if request.method == "POST" else None, opportunity=obj)
        return super().transition_form(chosen, request, obj)

    def _extra(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        its = super()._extra(request, obj)
        for move, _before, _after in its["moves"]:
            worded = history.worded(obj, move.changes)
            move.changes = {capfirst(str(one.label)): [one.before, one.after] for one in worded}
        if obj.state not in {State.DRAFT, State.REJECTED, State.WITHDRAWN}:
            its |= {"notices": CountryNotice.objects.of_places(obj.places)}
        its |= {"files": obj.attachments.listed()}
        if obj.state == State.SUBMITTED:
            its |= {"hints": hints.of(obj), "likely": duplicates.likely(obj), "held_by": claims.holder(obj)}
        return its

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in super().get_readonly_fields(request, obj) if name not in self.exclude]


@admin.register(Opening)
class OpeningAdmin(ReadOnlyAdmin):
    list_display = ["at", "company", "person", "name", "opportunity"]
    list_select_related = ["company", "person", "opportunity"]
    search_fields = ["company__name", "opportunity__title"]


@admin.register(Pledge)
class PledgeAdmin(ReadOnlyAdmin):
    list_display = ["company", "opportunity", "person", "version", "at"]
    list_select_related = ["company", "opportunity", "person"]


class EnquiryChangeInline(KeptInline):
    model = EnquiryChange
    readonly_fields = ["at", "kind", "by", "reason", "text", "answer"]


@admin.register(Enquiry)
class EnquiryAdmin(TransitionAdmin, ReadOnlyAdmin):
    list_display = ["text", "opportunity", "company", "asked_at", "answered_at", "hidden_at"]
    list_select_related = ["opportunity", "company"]
    search_fields = ["text", "answer"]
    inlines = [EnquiryChangeInline]
    transitions = (
        Transition(
            "hide",
            _("Masquer"),
            frozenset({Enquiry.State.PUBLIC}),
            lambda obj, user, answers: enquiries.hide(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("Personne ne la lit plus, sauf le groupe, avec votre motif."),
        ),
        Transition(
            "correct",
            _("Corriger"),
            frozenset({Enquiry.State.PUBLIC}),
            lambda obj, user, answers: enquiries.correct(
                obj, by=user, question=answers["question"], text=answers["answer"], reason=answers["reason"]
            ),
            enquiries.CorrectForm,
            explanation=_("Publique aussitôt. Les mots d'avant restent dans l'historique."),
        ),
        Transition(
            "show",
            _("Montrer de nouveau"),
            frozenset({Enquiry.State.HIDDEN}),
            lambda obj, user, answers: enquiries.show(obj, by=user, reason=answers["reason"]),
            WithReason,
        ),
    )

    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        if chosen.form is enquiries.CorrectForm:
            return enquiries.CorrectForm(request.POST if request.method == "POST" else None, enquiry=obj)
        return super().transition_form(chosen, request, obj)


@admin.register(Amendment)
class AmendmentAdmin(TransitionAdmin, ReadOnlyAdmin):
    """What a group wants changed in what is public: the old and the new, field by field."""

    list_display = ["opportunity", "state", "asked_by", "asked_at", "held_by"]
    list_filter = [MineFilter, "state"]
    list_select_related = ["opportunity", "asked_by", "claimed_by"]
    fields = ["opportunity", "state", "asked_by", "asked_at", "wanted"]
    readonly_fields = ["wanted"]
    transitions = (
        Transition(
            "claim",
            _("Je prends"),
            frozenset({Amendment.State.PENDING}),
            lambda obj, user, answers: claims.claim(obj, by=user),
            explanation=_("Les autres voient que vous la lisez, pendant quatre heures."),
            when=lambda obj: claims.holder(obj) is None,
        ),
        ASSIGN,
        Transition(
            "release",
            _("Rendre"),
            frozenset({Amendment.State.PENDING}),
            lambda obj, user, answers: claims.release(obj, by=user),
            when=lambda obj: claims.holder(obj) is not None,
        ),
        Transition(
            "accept",
            _("Accepter"),
            frozenset({Amendment.State.PENDING}),
            lambda obj, user, answers: amendments.accept(obj, by=user, notices_read=bool(answers.get("notices"))),
            NoticesForm,
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

    def transition_form(self, chosen: Transition, request: HttpRequest, obj: Any) -> forms.Form:
        if chosen.form is NoticesForm:
            notices = amendments.noticed(obj.changes)
            return NoticesForm(request.POST if request.method == "POST" else None, notices=notices)
        return super().transition_form(chosen, request, obj)

    @admin.display(description=_("prise par"), ordering="claimed_at")
    def held_by(self, amendment: Amendment) -> str:
        return claims.told(amendment)

    def _extra(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return super()._extra(request, obj) | {"held_by": claims.holder(obj)}

    @admin.display(description=_("modifications"))
    def wanted(self, amendment: Amendment) -> str:
        its = history.worded(amendment.opportunity, amendment.changes)
        rows = ((str(one.label).capitalize(), one.before, one.after) for one in its)
        return format_html_join("", "<p><strong>{}</strong><br><del>{}</del> → <ins>{}</ins></p>", rows)


def _picture(opportunity: Opportunity) -> history.Picture:
    """As it is stored."""
    stored = Opportunity.objects.prefetch_related("criteria").get(pk=opportunity.pk)
    return history.picture(stored, criteria_of(stored))

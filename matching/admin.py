from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import Case, Max, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.mail_admin import CASES
from matching import (  # noqa: F401 - they register themselves  # isort: split
    apply,
    introduction_admin,
    opportunity_admin,
    organisation_admin,
    portage_admin,
    progress,
    proposal_admin,
    quality,
    quiet_admin,
    rating_admin,
    to_call,
    weights_admin,
)
from matching.merge_admin import WithMerge
from matching.models import (
    PROMISE,
    Action,
    Application,
    Band,
    Call,
    Export,
    FileOpening,
    Keeping,
    Lift,
    Match,
    Message,
    Reminder,
    Sponsor,
    Standing,
    Usefulness,
)
from matching.outcome_forms import CallForm
from opportunities.calling import of_group
from pacte.transitions import KeptInline, ReadOnlyAdmin, RowsFilter, Transition, TransitionAdmin, WithReason

CASES |= {
    "application": ("matching_application", _("candidature")),
    "introduction": ("matching_application", _("candidature")),  # one an application: it bears its number
    "portage": ("matching_portagerequest", _("demande de portage")),
}


@admin.register(Match)
class MatchAdmin(ReadOnlyAdmin):
    list_display = ["company", "opportunity", "score", "band", "eligible", "computed_at"]
    list_filter = ["band", "eligible"]
    search_fields = ["company__name", "company__siren", "opportunity__title"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Match]:
        return super().get_queryset(request).select_related("company", "opportunity")


class QuarterFilter(admin.SimpleListFilter):
    """The quarters of the last two years: free texts are read once each."""

    title = _("trimestre")
    parameter_name = "trimestre"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        today = timezone.localdate()
        last = today.year * 4 + (today.month - 1) // 3
        return [(f"{n // 4}-{n % 4 + 1}", f"{n % 4 + 1}/{n // 4}") for n in range(last, last - 8, -1)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Action]) -> QuerySet[Action]:
        year, dash, quarter = (self.value() or "").partition("-")
        if not (dash and year.isdecimal() and quarter in {"1", "2", "3", "4"}):
            return queryset
        return queryset.filter(at__year=int(year), at__quarter=int(quarter))


class FreeTextFilter(admin.SimpleListFilter):
    """Refusals and dismissals for another reason than those listed: which to add to the list?"""

    title = _("autre raison")
    parameter_name = "autre"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("oui", _("refus et opportunités masquées"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Action]) -> QuerySet[Action]:
        other = {"kind__in": [Action.Kind.DECLINED, Action.Kind.DISMISSED], "reason": "other"}
        return queryset.filter(**other) if self.value() == "oui" else queryset


@admin.register(Action)
class ActionAdmin(ReadOnlyAdmin):
    """What was decided, under what it says of the scores."""

    list_display = ["at", "kind", "company", "opportunity", "score", "band", "reason", "text"]
    list_filter = ["kind", FreeTextFilter, QuarterFilter]
    list_select_related = ["company", "opportunity"]
    change_list_template = "admin/quality.html"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Action]:
        """With what people wrote of the pair, as it stands."""
        pair = {"opportunity": OuterRef("opportunity"), "company": OuterRef("company")}
        declined = Subquery(Application.objects.filter(**pair).order_by().values("decline_text")[:1])
        dismissed = Subquery(Standing.objects.filter(**pair).order_by().values("dismissed_text")[:1])
        words = Case(
            When(kind=Action.Kind.DECLINED, then=declined),
            When(kind=Action.Kind.DISMISSED, then=dismissed),
            default=Value(""),
            output_field=TextField(),
        )
        return super().get_queryset(request).annotate(words=words)

    @admin.display(description=_("en ses mots"))
    def text(self, action: Any) -> str:
        return str(action.words or "")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        found = quality.monitor()
        labels = dict(Band.choices)
        bands = [(labels[rate.name], rate) for rate in found.bands]
        context = {"monitor": found, "bands": bands, "useful": quality.usefulness(), "enough": quality.ENOUGH}
        return super().changelist_view(request, context | (extra_context or {}))


@admin.register(Usefulness)
class UsefulnessAdmin(ReadOnlyAdmin):
    """What people say of the mails of proposals."""

    list_display = ["at", "user", "useful", "text"]
    list_filter = ["useful"]
    list_select_related = ["user"]
    date_hierarchy = "at"


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ["at", "by", "opportunity", "format", "rows"]
    list_select_related = ["by", "opportunity"]
    search_fields = ["opportunity__title", "by__email"]


class CallInline(KeptInline):
    model = Call
    readonly_fields = ["at", "author", "text"]


class MessageInline(KeptInline):
    model = Message
    readonly_fields = ["at", "side", "author", "text"]


class ReminderInline(KeptInline):
    model = Reminder
    fields = ["at", "rung", "address"]
    readonly_fields = ["at", "rung", "address"]


class SponsorInline(KeptInline):
    model = Sponsor
    readonly_fields = ["name", "body", "email", "invited_at", "text", "written_at", "revoked_at"]
    exclude = ["invited_by", "expires_at"]


class KeepingInline(KeptInline):
    model = Keeping
    readonly_fields = ["agreed_at", "until", "ended_at", "kept_at", "kept_by"]


class FileOpeningInline(KeptInline):
    model = FileOpening
    readonly_fields = ["company", "person", "what", "times", "last_at"]
    exclude = ["day"]


class LateFilter(RowsFilter):
    """Groups to call: the reminders of the first week did nothing."""

    title = _("réponse en retard")
    parameter_name = "retard"
    offers = {"oui": (_("groupe à appeler"), Application.objects.to_call)}


@admin.register(Lift)
class LiftAdmin(ReadOnlyAdmin):
    list_display = ["group", "author", "at", "until", "reason"]
    list_select_related = ["group", "author"]
    search_fields = ["group__name"]


@admin.register(Application)
class ApplicationAdmin(WithMerge, TransitionAdmin, ReadOnlyAdmin):
    list_display = [
        "company",
        "opportunity",
        "state",
        "sent_at",
        "seen_at",
        "decided_at",
        "promised",
        "late",
        "called",
    ]
    list_filter = [LateFilter, "state", "awaiting", "in_contact", "decline_reason"]
    list_select_related = ["company", "opportunity"]
    search_fields = ["company__name", "company__siren", "opportunity__title"]
    date_hierarchy = "sent_at"
    readonly_fields = ["group_person", "sme_person"]
    view_on_site = False  # its page is the SME's own
    inlines = [CallInline, MessageInline, SponsorInline, KeepingInline, ReminderInline, FileOpeningInline]
    transitions = (
        Transition(
            "call",
            _("Noter un appel"),
            frozenset({"sent", "shortlisted", "waitlisted"}),
            lambda obj, user, answers: apply.note_call(obj, by=user, text=answers["text"]),
            CallForm,
            explanation=_("Après avoir appelé le groupe au sujet de cette réponse."),
        ),
        Transition(
            "apologise",
            _("Clore avec nos excuses"),
            frozenset({"sent", "shortlisted", "waitlisted"}),
            lambda obj, user, answers: apply.apologise(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
            explanation=_(
                "Le groupe ne répondra pas : la candidature se termine maintenant, et l'entreprise reçoit nos "
                "excuses, d'autres opportunités et son conseiller. Votre motif reste entre nous."
            ),
            when=lambda obj: obj.is_overdue,
        ),
        Transition(
            "relaunch",
            _("Noter la relance"),
            frozenset({"accepted"}),
            lambda obj, user, answers: apply.relaunched(obj, by=user, text=answers["text"]),
            CallForm,
            explanation=_("Après avoir repris contact avec le groupe, comme l'entreprise le demandait."),
        ),
        Transition(
            "reexamine",
            _("Remettre à l'étude"),
            frozenset({"declined"}),
            lambda obj, user, answers: apply.reexamine(obj, by=user),
            explanation=_("La candidature attend de nouveau une réponse du groupe ; l'entreprise en est prévenue."),
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in super().get_readonly_fields(request, obj) if name not in {"snapshot", "answers"}]

    @admin.display(description=_("à appeler, groupe"))
    def group_person(self, application: Application) -> str:
        return of_group(application.opportunity)

    @admin.display(description=_("à appeler, PME"))
    def sme_person(self, application: Application) -> str:
        return to_call.of_company(application)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """A draft is its company's own business."""
        rows = super().get_queryset(request).filter(sent_at__isnull=False)
        return rows.annotate(last_call=Max("calls__at"))

    @admin.display(description=_("réponse promise"), ordering=PROMISE)
    def promised(self, application: Application) -> date | None:
        return application.promise

    @admin.display(description=_("jours de retard"))
    def late(self, application: Application) -> int | str:
        return progress.days_late(application) or "–"

    @admin.display(description=_("dernier appel"), ordering="last_call")
    def called(self, application: Any) -> datetime | None:
        found: datetime | None = application.last_call
        return found

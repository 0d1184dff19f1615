from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import (  # noqa: F401 - they register themselves  # isort: split
    addresses,
    advisers_admin,
    domains,
    doubles_admin,
    history,
    imports_admin,
    mail,
    mail_admin,
    onboarding,
    presentations_admin,
    registry_watch,
    suspension,
    taxonomy,
)
from accounts.charter_admin import CharterFilter
from accounts.first_person_admin import INVITE, FirstPersonAdmin, first_contact
from accounts.forms.signup import SirenForm
from accounts.joining_admin import CrewFilter
from accounts.labels_admin import LabelInline, LabelsAdmin
from accounts.models import (
    Certificate,
    CountryExperience,
    GroupProfile,
    HiddenFrom,
    Membership,
    Organisation,
    ReadinessHelp,
    Reference,
    SmeProfile,
    User,
)
from accounts.rights_admin import may_touch
from pacte.states import StateError
from pacte.transitions import (
    KeptInline,
    LockingAdmin,
    Transition,
    WithReason,
    confirmed,
)

State = Organisation.State


class MembershipsAdmin(LockingAdmin):
    """Pages with people's roles: what would leave an organisation without administrator is refused in words."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as error:
            if "membership_keeps_an_admin" not in str(error):
                raise
        text = _("Il faut au moins une personne qui administre : confiez d'abord ce rôle à quelqu'un.")
        self.message_user(request, str(text), messages.ERROR)
        return redirect(request.get_full_path())

    def save_related(self, *args: Any) -> None:
        """Ask the trigger now: at the end of the transaction it is too late to say anything."""
        super().save_related(*args)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS membership_keeps_an_admin IMMEDIATE")
            cursor.execute("SET CONSTRAINTS membership_keeps_an_admin DEFERRED")


class HiddenFromInline(KeptInline):
    """Why it is never shown to some groups: for staff alone."""

    model = HiddenFrom
    readonly_fields = ["siren", "name", "by", "at"]


class MembershipInline(admin.StackedInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]
    fields = ["user", "address", "role", "ended_at"]
    readonly_fields = ["address"]
    formfield_overrides = {  # stock admin splits it into two fields without a label
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }
    }

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a membership ends; it is not forgotten

    @admin.display(description=_("son adresse"))
    def address(self, obj: Membership) -> str:
        told = domains.flag(obj.user.email)
        return f"{obj.user.email} ({told})" if told else obj.user.email


class GroupProfileInline(admin.StackedInline):
    model = GroupProfile
    can_delete = False


class OrganisationForm(forms.ModelForm, SirenForm):
    """A SIREN whose key is right."""


@admin.register(Organisation)
class OrganisationAdmin(LabelsAdmin, MembershipsAdmin, FirstPersonAdmin):
    form = OrganisationForm
    list_display = ["name", "kind", "siren", "state", "registry_status", "created_at", "registry_alert"]
    list_filter = [
        "kind",
        "state",
        CharterFilter,
        CrewFilter,
        "registry_status",
        ("registry_alert", admin.EmptyFieldListFilter),
    ]
    search_fields = ["name", "siren", "city"]
    readonly_fields = ["kind", "registry_status", "registry_alert", "registry_checked_at", "created_at"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = [MembershipInline]
    actions = ["verify_selected"]
    transitions: ClassVar[tuple[Transition, ...]] = (
        INVITE,
        Transition(
            "approve",
            _("Approuver"),
            frozenset({State.TO_VERIFY}),
            lambda obj, user, answers: onboarding.approve(obj, by=user),
            explanation=_(
                "L'organisation est bien celle qu'elle dit être. Un groupe reçoit un e-mail et peut publier."
            ),
        ),
        Transition(
            "refuse",
            _("Refuser"),
            frozenset({State.TO_VERIFY}),
            lambda obj, user, answers: onboarding.refuse(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
            explanation=_("Un groupe reçoit un e-mail avec le motif."),
        ),
        Transition(
            "suspend",
            _("Suspendre"),
            frozenset({State.VERIFIED}),
            lambda obj, user, answers: suspension.suspend(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
            explanation=_(
                "Ses membres ne peuvent plus rien publier ni envoyer ; les données restent. Ils reçoivent un e-mail "
                "avec le motif."
            ),
        ),
        Transition(
            "looked",
            _("Registre : c'est vu"),
            frozenset({State.TO_VERIFY, State.VERIFIED}),
            lambda obj, user, answers: registry_watch.looked_at(obj, by=user),
            explanation=_("Elle quitte la file jusqu'à ce que le registre dise autre chose."),
            when=lambda obj: bool(obj.registry_alert),
        ),
        Transition(
            "vouch",
            _("Adresses : reconnues"),
            frozenset({State.TO_VERIFY, State.VERIFIED}),
            lambda obj, user, answers: addresses.vouch_all(obj, by=user),
            explanation=_("Les personnes dont l'adresse a changé de domaine sont toujours de la maison."),
            when=lambda obj: addresses.to_vouch().filter(organisation=obj).exists(),
        ),
        Transition(
            "restore",
            _("Rétablir"),
            frozenset({State.SUSPENDED}),
            lambda obj, user, answers: suspension.restore(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_(
                "Ses membres agissent de nouveau, et reçoivent un e-mail. D'un groupe, les opportunités suspendues "
                "attendent dans « Opportunités à rétablir », à remettre une à une."
            ),
        ),
    )

    def worded(self, obj: Any, changes: Mapping[str, list[Any]]) -> Mapping[str, list[Any]]:
        return history.worded(changes)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its SIREN, its history and its applications stay

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        is_group = obj is not None and obj.kind == Organisation.Kind.GROUP
        own = [GroupProfileInline] if is_group else [LabelInline, HiddenFromInline]
        return [*self.inlines, *own, *first_contact(obj)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ["registry_status", "created_at"]

    @admin.action(description=_("Vérifier les entreprises choisies"), permissions=["change"])
    def verify_selected(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> HttpResponse | None:
        title = str(_("Vérifier ces organisations ?"))
        if page := confirmed(self, request, queryset, action="verify_selected", title=title):
            return page
        done = 0
        for organisation in queryset:
            try:
                onboarding.approve(organisation, by=request.user)  # type: ignore[arg-type]
                done += 1
            except StateError as error:
                self.message_user(request, str(error), messages.WARNING)
        text = ngettext("%(count)d organisation vérifiée.", "%(count)d organisations vérifiées.", done)
        self.message_user(request, text % {"count": done})
        return None


class ReferenceInline(admin.StackedInline):
    model = Reference
    extra = 0


class ExperienceInline(admin.StackedInline):
    model = CountryExperience
    extra = 0


class CertificateInline(admin.StackedInline):
    model = Certificate
    extra = 0


class SmeProfileForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        """Only codes of our lists: the pages and the engine know no other."""
        answers = super().clean() or {}
        for name, scheme in history.SCHEMES.items():
            value = answers.get(name) or []
            codes = [value] if isinstance(value, str) else value
            if unknown := [code for code in codes if taxonomy.label(scheme, code) == code]:
                self.add_error(name, _("Code inconnu : %(codes)s.") % {"codes": ", ".join(unknown)})
        return answers


@admin.register(SmeProfile)
class SmeProfileAdmin(LockingAdmin):
    form = SmeProfileForm
    list_display = ["organisation", "headcount", "updated_at", "proposable"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "organisation__siren", "products"]
    readonly_fields = ["organisation", "updated_at", "confirmed_at"]
    inlines = [ReferenceInline, ExperienceInline, CertificateInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        organisation = form.instance.organisation
        organisation.touch()
        fields = [*form.changed_data, *(f"{fs.prefix}" for fs in formsets if fs.has_changed())]
        organisation.record(by=request.user, changes={name: ["", str(_("modifié"))] for name in fields})


class UserMembershipInline(MembershipInline):
    autocomplete_fields = ["organisation"]
    fields = ["organisation", "role", "ended_at"]


@admin.register(User)
class UserAdmin(MembershipsAdmin):
    list_display = ["email", "first_name", "last_name", "organisations", "is_active", "is_staff", "last_login"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "first_name", "last_name"]
    fields = [
        ("first_name", "last_name"), "email", "reachable", "job_title", "phone", "language",
        "is_active", "is_staff", "groups", "last_login", "date_joined",
    ]  # fmt: skip
    readonly_fields = ["reachable", "last_login", "date_joined"]
    inlines = [UserMembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        active = Membership.objects.active().select_related("organisation")
        return super().get_queryset(request).prefetch_related(Prefetch("memberships", active, to_attr="current"))

    @admin.display(description=_("organisations"))
    def organisations(self, user: Any) -> str:
        return format_html_join(", ", "{}", ((membership.organisation.name,) for membership in user.current))

    @admin.display(description=_("reçoit nos messages"), boolean=True)
    def reachable(self, user: User) -> bool:
        return not mail.unreachable([user.email])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        rights = [] if request.user.is_superuser else ["is_staff", "groups"]
        return [*self.readonly_fields, *rights]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and may_touch(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ReadinessHelp)
class ReadinessHelpAdmin(admin.ModelAdmin):
    """What helps at each level of the export self-test."""

    list_display = ["level", "place", "__str__", "url"]
    list_display_links = ["__str__"]
    list_filter = ["level"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

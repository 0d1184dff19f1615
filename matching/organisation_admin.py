"""What staff do to an organisation that reaches applications and opportunities: close it, make it one with another."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import admin as accounts_admin
from accounts.forms.signup import SirenForm
from accounts.models import Organisation
from matching import arrears, ceasing, organisation_merging
from matching.models import Application
from pacte.states import StateError
from pacte.transitions import Transition, WithReason

State = Organisation.State
TOUCHING = frozenset({"suspend", "restore", "close"})
STANDING = frozenset({State.TO_VERIFY, State.VERIFIED, State.SUSPENDED})
NAME = "accounts_organisation"
FACTS = ["siren", "name", "state", "registry_status", "naf", "address", "postcode", "city", "website", "created_at"]

admin.site.unregister(Organisation)


class OtherForm(SirenForm):
    """The SIREN of the one that stays."""

    def clean_siren(self) -> str:
        siren = str(super().clean_siren())
        if not Organisation.objects.filter(siren=siren).exists():
            raise ValidationError(_("Aucune organisation ne porte ce SIREN ici."))
        return siren


@admin.register(Organisation)
class OrganisationAdmin(accounts_admin.OrganisationAdmin):
    transitions: ClassVar[tuple[Transition, ...]] = (
        *accounts_admin.OrganisationAdmin.transitions,
        Transition(
            "merge",
            gettext_lazy("Réunir avec une autre"),
            STANDING | {State.CLOSED},
            lambda obj, user, answers: None,  # the next page shows both, and asks
            OtherForm,
            explanation=gettext_lazy(
                "Pour un doublon, ou une entreprise absorbée par une autre. Donnez le SIREN de celle qui reste ; la "
                "page suivante montre les deux avant de rien changer."
            ),
            when=lambda obj: obj.merged_into_id is None,
        ),
        Transition(
            "lift",
            gettext_lazy("Laisser déposer"),
            frozenset({State.VERIFIED}),
            lambda obj, user, answers: arrears.lift(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=gettext_lazy(
                "Plus de cinq réponses de ce groupe ont plus de dix jours de retard : il ne peut rien soumettre de "
                "nouveau. Vous le lui permettez pour trente jours ; le motif est gardé."
            ),
            when=lambda obj: obj.kind == Organisation.Kind.GROUP and arrears.blocking(obj) > 0,
        ),
        Transition(
            "close",
            gettext_lazy("Fermer"),
            STANDING,
            lambda obj, user, answers: ceasing.close(obj, by=user, reason=answers["reason"]),
            WithReason,
            grave=True,
            explanation=gettext_lazy(
                "Pour une entreprise qui a cessé. Ses candidatures, ses demandes ou ses opportunités s'arrêtent, les "
                "autres en sont prévenus ; son équipe reçoit un e-mail avec le motif. C'est définitif."
            ),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.merge)
        return [path("<int:gone>/reunir/<int:stays>/", view, name=f"{NAME}_merge"), *super().get_urls()]

    def touched(self, chosen: Transition, obj: Any) -> str:
        return applications(obj) if chosen.name in TOUCHING else super().touched(chosen, obj)

    def _act(self, request: HttpRequest, chosen: Transition, obj: Any, answers: Any) -> HttpResponse | None:
        if chosen.name != "merge":
            return super()._act(request, chosen, obj, answers)
        other = Organisation.objects.get(siren=answers["siren"])
        return redirect(reverse(f"admin:{NAME}_merge", args=[obj.pk, other.pk]))

    def merge(self, request: HttpRequest, gone: int, stays: int) -> HttpResponse:
        """Both side by side and what would happen (GET), then do it (POST)."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        one, other = get_object_or_404(Organisation, pk=gone), get_object_or_404(Organisation, pk=stays)
        try:
            if request.method == "POST":
                organisation_merging.merge(one, other, by=request.user)  # type: ignore[arg-type]
                messages.success(request, _("C'est fait : elles n'en font plus qu'une."))
                return redirect(reverse(f"admin:{NAME}_change", args=[stays]))
            told, refused = organisation_merging.told(organisation_merging.plan(one, other)), ""
        except StateError as error:
            told, refused = [], str(error)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Réunir deux organisations"),
            "opts": self.opts,
            "gone": one,
            "stays": other,
            "rows": [(label(name), fact(one, name), fact(other, name)) for name in FACTS],
            "told": told,
            "refused": refused,
        }
        return TemplateResponse(request, "admin/organisation_merge.html", context)


def applications(organisation: Organisation) -> str:
    """How many applications of it, or to it, a change of its access would reach, in words."""
    sent, received = Q(company=organisation), Q(opportunity__owner=organisation)
    count = Application.objects.waiting().filter(sent | received).count()
    said = ngettext(
        "%(count)s candidature en cours est touchée.", "%(count)s candidatures en cours sont touchées.", count
    )
    return said % {"count": count} if count else _("Aucune candidature en cours n'est touchée.")


def label(name: str) -> str:
    return str(Organisation._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def fact(organisation: Organisation, name: str) -> object:
    """As a person reads it."""
    said = getattr(organisation, f"get_{name}_display", None)
    return said() if said else getattr(organisation, name)

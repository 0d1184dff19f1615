"""Which weights are in force, and how others take their place: one transaction each, the move with its history.

Pages and the worker read this: it stays light.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from matching.models import SimulationReport, WeightsVersion
from pacte.states import StateError

State = WeightsVersion.State
MAY_ACTIVATE = "matching.activate_weightsversion"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a score depends on."""

    version: str
    weights: Mapping[str, float]
    strong: float
    good: float
    trade: float


def active() -> Numbers:
    """The version in force, in one query."""
    fields = ("version", "weights", "strong", "good", "trade")
    return Numbers(*WeightsVersion.objects.values_list(*fields).get(state=State.ACTIVE))


def lock(version: WeightsVersion) -> WeightsVersion:
    """Hold the version in force, then this one, until the transaction ends; read both afresh, return the former."""
    rows = WeightsVersion.objects.select_for_update()
    in_force = rows.get(state=State.ACTIVE)
    version.refresh_from_db(from_queryset=rows)
    return in_force


def editor(user: User) -> None:
    if not user.has_perm("matching.change_weightsversion"):
        raise PermissionDenied


def copy(version: WeightsVersion, *, by: User) -> WeightsVersion:
    """A draft with the same numbers."""
    editor(by)
    with transaction.atomic():
        lock(version)
        return draft(version, version.numbers(), origin=WeightsVersion.Origin.COPY, by=by)


def draft(parent: WeightsVersion, numbers: Mapping[str, Any], *, origin: str, by: User | None) -> WeightsVersion:
    """A new version, named by its number; the caller holds the lock."""
    last = WeightsVersion.objects.aggregate(last=Max("pk"))["last"]
    return WeightsVersion.objects.create(
        **numbers, version=f"v{last + 1}", parent=parent, origin=origin, created_by=by
    )


def edit(version: WeightsVersion, *, by: User, **fields: Any) -> None:
    """Change the numbers or the note of a draft; StateError once it was in force."""
    editor(by)
    with transaction.atomic():
        lock(version)
        if not version.is_draft:
            raise StateError(_("Une version qui a été en vigueur ne change plus : copiez-la."))
        before = {name: getattr(version, name) for name in fields}
        for name, value in fields.items():
            setattr(version, name, value)
        version.full_clean()
        version.save(update_fields=list(fields))
        version.record(
            by=by, changes={name: [before[name], new] for name, new in fields.items() if before[name] != new}
        )


def activate(version: WeightsVersion, *, by: User, signature: str, reason: str = "") -> None:
    """Put a draft into force on a report that this person signs; what the report holds against it wants a reason."""
    activator(by)
    with transaction.atomic():
        in_force = lock(version)
        if not version.is_draft:
            raise StateError(_("Seul un brouillon se met en vigueur ; pour une ancienne version, revenez en arrière."))
        report = SimulationReport.objects.select_for_update().filter(version=version, signed_at=None).first()
        if report is None or not report.is_about(version, in_force):
            raise StateError(_("Simulez d'abord cette version, telle qu'elle est, contre celle en vigueur."))
        if not signature.strip():
            raise StateError(_("Signez de votre nom."))
        if report.failed_checks and not reason.strip():
            raise StateError(_("Le rapport a des réserves : écrivez pourquoi vous passez outre."))
        now = timezone.now()
        SimulationReport.objects.filter(pk=report.pk).update(signed_by=by, signature=signature.strip(), signed_at=now)
        swap(in_force, version, by=by, reason=reason)


def roll_back(version: WeightsVersion, *, by: User, reason: str = "") -> WeightsVersion:
    """Take this version out of force, for the one that was in force before."""
    activator(by)
    with transaction.atomic():
        in_force = lock(version)
        former = (
            WeightsVersion.objects.select_for_update().filter(state=State.FORMER).order_by("-activated_at").first()
        )
        if in_force != version:
            raise StateError(_("Cette version n'est plus en vigueur."))
        if former is None:
            raise StateError(_("Aucune version ne l'a précédée."))
        swap(in_force, former, by=by, reason=reason)
    return former


def activator(user: User) -> None:
    if not user.has_perm(MAY_ACTIVATE):
        raise PermissionDenied


def swap(old: WeightsVersion, new: WeightsVersion, *, by: User, reason: str) -> None:
    old.move(State.FORMER, by=by, reason=reason)
    new.move(State.ACTIVE, by=by, reason=reason, activated_by=by, activated_at=timezone.now())

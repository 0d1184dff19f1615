"""One answer to several applications: each is decided for itself, and one that cannot be stops no other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from matching import apply, introduce, letters
from matching.models import Application
from pacte.states import StateError

State = Application.State


class Act(models.TextChoices):
    SHORTLIST = "preselectionner", gettext_lazy("Présélectionner")
    ACCEPT = "accepter", gettext_lazy("Accepter et mettre en relation")
    DECLINE = "decliner", gettext_lazy("Décliner")


@dataclass(frozen=True, slots=True)
class Words:
    """What the group writes to all of them."""

    message: str = ""
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What would become of one application: where it would go, or why it stays as it is."""

    application: Application
    state: str = ""
    refused: str = ""

    @property
    def waits(self) -> bool:
        return self.state == State.WAITLISTED


@dataclass(slots=True)
class Done:
    """What was done: each application that moved, and those that did not, with why."""

    moved: list[Application] = field(default_factory=list)
    refused: list[tuple[Application, str]] = field(default_factory=list)


def foreseen(applications: Sequence[Application], act: str) -> list[Fate]:
    """What the act would do to each, in this order, as things stand; applications of one opportunity."""
    if not applications:
        return []
    places = applications[0].opportunity.capacity - introduce.taken(applications[0].opportunity)
    found = []
    for one in applications:
        refused = why_not(one, act)
        state = "" if refused else {Act.SHORTLIST: State.SHORTLISTED, Act.DECLINE: State.DECLINED}.get(Act(act), "")
        if not refused and act == Act.ACCEPT:
            state = State.ACCEPTED if places > 0 else State.WAITLISTED
            places -= 1
        if state == State.WAITLISTED == one.state:
            state, refused = "", _("Toutes les places sont prises : elle reste en liste d'attente.")
        found.append(Fate(one, state, refused))
    return found


def why_not(application: Application, act: str) -> str:
    """Why this application would not move; empty where it would."""
    if application.opportunity.state not in apply.DECIDABLE:
        return _("L'opportunité est suspendue ou retirée : ses candidatures ne bougent plus.")
    if not application.is_waiting or (act == Act.SHORTLIST and not application.can_move(State.SHORTLISTED)):
        return _("Elle est déjà dans l'état « %(state)s ».") % {"state": application.get_state_display()}
    if act == Act.ACCEPT and not application.company.is_active:
        return _("Cette entreprise est suspendue : la mise en relation n'est pas possible.")
    return ""


def letter(fate: Fate, *, by: User, words: Words) -> dict[str, str]:
    """The mail that this one would bring about, as it would be read."""
    application = fate.application
    if fate.state == State.ACCEPTED:
        return introduce.preview(application, by=by, message=words.message)
    if fate.state == State.WAITLISTED:
        return letters.preview(letters.waitlisted_letter(application))
    if fate.state == State.SHORTLISTED:
        return letters.preview(letters.shortlisted_letter(application))
    application.decline_reason, application.decline_text = words.reason, words.text
    return letters.preview(letters.declined_letter(application))


def decide(applications: Sequence[Application], act: str, *, by: User, words: Words) -> Done:
    """Do it, a transaction each: a colleague who was faster with one of them keeps what they decided."""
    done = Done()
    for one in applications:
        try:
            decide_one(one, act, by=by, words=words)
        except (StateError, PermissionDenied) as error:
            why = why_not(one, act) or str(error)  # as it stands now that a colleague was faster
            done.refused.append((one, why or _("Vous ne pouvez pas décider de celle-ci.")))
        else:
            done.moved.append(one)
    return done


def decide_one(application: Application, act: str, *, by: User, words: Words) -> None:
    if act == Act.SHORTLIST:
        apply.shortlist(application, by=by)
    elif act == Act.ACCEPT:
        introduce.accept(application, by=by, message=words.message)
    else:
        apply.decline(application, by=by, reason=words.reason, text=words.text)

"""What staff do to the mail that puts two sides in touch, whichever kind of introduction it is."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from matching.models import Introduction
from pacte.transitions import Transition, WithReason

State = Introduction.State


def sending(acts: Any, *, retry: str | Promise = "") -> tuple[Transition, ...]:
    """`acts`: the module of its kind, with `hold`, `release`, `retry` and `cancel`; `retry`: what comes before it."""
    return (
        Transition(
            "hold",
            _("Retenir"),
            frozenset({State.PENDING}),
            lambda obj, user, answers: acts.hold(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("L'e-mail ne part pas tant que vous ne l'avez pas libéré."),
        ),
        Transition(
            "release",
            _("Libérer"),
            frozenset({State.HELD}),
            lambda obj, user, answers: acts.release(obj, by=user),
            explanation=_("L'e-mail part aux deux parties."),
        ),
        Transition(
            "retry",
            _("Relancer l'envoi"),
            frozenset({State.FAILED}),
            lambda obj, user, answers: acts.retry(obj, by=user),
            explanation=retry,
        ),
        Transition(
            "cancel",
            _("Annuler"),
            frozenset({State.PENDING, State.HELD, State.FAILED}),
            lambda obj, user, answers: acts.cancel(obj, by=user, reason=answers["reason"]),
            WithReason,
            explanation=_("Aucune coordonnée ne part. Les deux parties l'apprennent par e-mail, sans votre motif."),
            grave=True,
        ),
    )

"""What came of an introduction of either kind: each side's word, kept apart; the last one of each counts."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from matching import apply
from matching.models import Action, Declaration, Introduction, Said, Side
from matching.models.introduction import AnyIntroduction
from matching.outcome_words import is_won
from matching.progress import Step
from pacte.states import StateError

State = AnyIntroduction.State
TWICE = timedelta(minutes=10)  # the same words again within that time are a second click


@dataclass(frozen=True, slots=True)
class Words:
    """What a side declares; `amount`, `years` and `without` go with a win."""

    said: str
    amount: str = ""
    years: int | None = None
    without: str = ""
    note: str = ""


def declare(introduction: AnyIntroduction, side: Side, words: Words, *, by: User) -> Declaration:
    """Write down one side's word; a second click writes nothing more."""
    with transaction.atomic():
        lock(introduction)
        speaker(introduction, side, by)
        if introduction.state != State.SENT:
            raise StateError(_("Cette mise en relation n'est pas partie : il n'y a rien à en dire."))
        said = vars_of(words, with_amount=not introduction.is_portage)
        if again := _just_said(introduction, side, by, said):
            return again
        was_won = is_won(introduction)
        row = introduction.declarations.create(side=side, by=by, **said)
        introduction.refresh_from_db(fields=["sme_said", "sme_said_at", "group_said", "group_said_at"])
        if is_won(introduction) and not was_won and isinstance(introduction, Introduction):
            _log_win(introduction)
        return row


def vars_of(words: Words, *, with_amount: bool = True) -> dict[str, object]:
    """As columns: nothing but a win has an amount, and no portage has one."""
    won = words.said == Said.WON and with_amount
    its: dict[str, object] = {"said": words.said, "note": words.note.strip()}
    return its | ({"amount": words.amount, "years": words.years, "without": words.without} if won else {})


def _just_said(introduction: AnyIntroduction, side: Side, by: User, said: dict[str, object]) -> Declaration | None:
    last = introduction.declarations.filter(side=side).last()
    same = last is not None and last.by_id == by.pk and all(getattr(last, name) == its for name, its in said.items())
    return last if last and same and timezone.now() - last.at < TWICE else None


def _log_win(introduction: Introduction) -> None:
    """For the scores to come: once, whatever is said afterwards."""
    its = introduction.application
    known = Action.objects.filter(opportunity=its.opportunity_id, company=its.company_id, kind=Action.Kind.WON)
    if not known.exists():
        apply.log(its, Action.Kind.WON)


def lock(introduction: AnyIntroduction) -> None:
    """Hold the row until the transaction ends, and read it afresh."""
    rows = type(introduction).objects.select_for_update(of=("self",))
    introduction.refresh_from_db(from_queryset=rows.with_sides())


def speaker(introduction: AnyIntroduction, side: Side, user: User) -> None:
    """PermissionDenied unless this person may speak for that side."""
    membership = user.membership
    own = introduction.company() if side == Side.SME else introduction.group()
    if membership is None or membership.organisation_id != own.pk or not membership.can_edit:
        raise PermissionDenied
    if not membership.organisation.is_active:
        raise StateError(_("L'accès de votre organisation n'est pas ouvert."))


def hear(introduction: AnyIntroduction, side: Side, said: str, *, by: User, text: str) -> Declaration:
    """Staff write down what a side told them on the telephone; a win its company tells by itself alone."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        lock(introduction)
        if introduction.state != State.SENT:
            raise StateError(_("Cette mise en relation n'est pas partie : il n'y a rien à en dire."))
        if side == Side.SME and said == Said.WON:
            raise StateError(_("Seule l'entreprise le déclare, sur sa page."))
        note_call(introduction, by=by, text=text)
        return introduction.declarations.create(side=side, said=said, by=by, note=text.strip())


def resolve(introduction: AnyIntroduction, *, by: User, text: str) -> None:
    """Staff called, and close the matter until something new is said."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        lock(introduction)
        now = timezone.now()
        before = introduction.resolved_at
        changes = {"resolved_at": [before.isoformat() if before else None, now.isoformat()]}
        type(introduction).objects.filter(pk=introduction.pk).update(resolved_at=now)
        introduction.resolved_at = now
        introduction.record(by=by, changes=changes, reason=text.strip())


def note_call(introduction: AnyIntroduction, *, by: User, text: str) -> None:
    """What the staff heard from either side; of a portage, a line of its history, which they alone read."""
    if not by.is_staff:
        raise PermissionDenied
    if isinstance(introduction, Introduction):
        apply.note_call(introduction.application, by=by, text=text)
    else:
        state = introduction.state
        introduction.history.create(actor=by, before=state, after=state, reason=text.strip())


def steps(introduction: AnyIntroduction | None, side: Side) -> list[Step]:
    """What a side said, for the timeline of its own page; one query."""
    if introduction is None or introduction.state != State.SENT:
        return []
    heard = _("Noté par l'équipe, au téléphone.")
    rows = introduction.declarations.filter(side=side).select_related("by")
    return [
        Step(introduction.say(row.said).capitalize(), "done", row.at, heard if row.by and row.by.is_staff else "")
        for row in rows
    ]

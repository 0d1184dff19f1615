"""What came of an introduction: each side's word, kept apart from the other's; the last one of each counts."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from matching import apply
from matching.models import Action, Call, Declaration, Introduction, Said, Side
from matching.models.introduction import CONTRARY, ENDS, MET
from matching.progress import Step
from pacte.states import StateError

State = Introduction.State
MONTH = timedelta(days=30)  # from then on we ask what came of it, met or not
TWICE = timedelta(minutes=10)  # the same words again within that time are a second click


@dataclass(frozen=True, slots=True)
class Words:
    """What a side declares; `amount`, `years` and `without` go with a win."""

    said: str
    amount: str = ""
    years: int | None = None
    without: str = ""
    note: str = ""


def declare(introduction: Introduction, side: Side, words: Words, *, by: User) -> Declaration:
    """Write down one side's word; a second click writes nothing more."""
    with transaction.atomic():
        lock(introduction)
        speaker(introduction, side, by)
        if introduction.state != State.SENT:
            raise StateError(_("Cette mise en relation n'est pas partie : il n'y a rien à en dire."))
        said = vars_of(words)
        if again := _just_said(introduction, side, by, said):
            return again
        was_won = is_won(introduction)
        row = Declaration.objects.create(introduction=introduction, side=side, by=by, **said)
        introduction.refresh_from_db(fields=["sme_said", "sme_said_at", "group_said", "group_said_at"])
        if is_won(introduction) and not was_won:
            _log_win(introduction)
        return row


def vars_of(words: Words) -> dict[str, object]:
    """As columns: nothing but a win has an amount."""
    won = words.said == Said.WON
    its: dict[str, object] = {"said": words.said, "note": words.note.strip()}
    return its | ({"amount": words.amount, "years": words.years, "without": words.without} if won else {})


def _just_said(introduction: Introduction, side: Side, by: User, said: dict[str, object]) -> Declaration | None:
    last = introduction.declarations.filter(side=side).last()
    same = last is not None and last.by_id == by.pk and all(getattr(last, name) == its for name, its in said.items())
    return last if last and same and timezone.now() - last.at < TWICE else None


def _log_win(introduction: Introduction) -> None:
    """For the scores to come: once, whatever is said afterwards."""
    its = introduction.application
    known = Action.objects.filter(opportunity=its.opportunity_id, company=its.company_id, kind=Action.Kind.WON)
    if not known.exists():
        apply.log(its, Action.Kind.WON)


def lock(introduction: Introduction) -> None:
    """Hold the row until the transaction ends, and read it afresh."""
    rows = Introduction.objects.select_for_update(of=("self",))
    introduction.refresh_from_db(
        from_queryset=rows.select_related("application__opportunity__owner", "application__company")
    )


def speaker(introduction: Introduction, side: Side, user: User) -> None:
    """PermissionDenied unless this person may speak for that side."""
    its, membership = introduction.application, user.membership
    own = its.company_id if side == Side.SME else its.opportunity.owner_id
    if membership is None or membership.organisation_id != own or not membership.can_edit:
        raise PermissionDenied
    if not membership.organisation.is_active:
        raise StateError(_("L'accès de votre organisation n'est pas ouvert."))


def resolve(introduction: Introduction, *, by: User, text: str) -> None:
    """Staff called, and close the matter until something new is said."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        lock(introduction)
        now = timezone.now()
        before = introduction.resolved_at
        changes = {"resolved_at": [before.isoformat() if before else None, now.isoformat()]}
        Introduction.objects.filter(pk=introduction.pk).update(resolved_at=now)
        introduction.resolved_at = now
        introduction.record(by=by, changes=changes, reason=text.strip())


def note_call(introduction: Introduction, *, by: User, text: str) -> Call:
    """What the staff heard from either side."""
    return apply.note_call(introduction.application, by=by, text=text)


def own_word(introduction: Introduction, side: Side) -> str:
    return introduction.sme_said if side == Side.SME else introduction.group_said


def other_word(introduction: Introduction, side: Side) -> str:
    return introduction.group_said if side == Side.SME else introduction.sme_said


def is_won(introduction: Introduction) -> bool:
    """As `Introduction.objects.won()`."""
    return introduction.sme_said == Said.WON and introduction.group_said not in CONTRARY


def to_confirm(introduction: Introduction) -> bool:
    """Whether the group tells of a win about which its company has not said the end yet."""
    return introduction.group_said == Said.WON and introduction.sme_said not in ENDS


def asks_for_more(introduction: Introduction, side: Side, today: date) -> bool:
    """Whether to ask what came of it, and no longer whether they met."""
    own = own_word(introduction, side)
    sent = timezone.localdate(introduction.sent_at)
    return own in MET | ENDS or today >= sent + MONTH or (side == Side.SME and to_confirm(introduction))


def shared(introduction: Introduction | None, side: Side) -> list[str]:
    """All that this side ever learns of what the other one said."""
    if introduction is None or introduction.state != State.SENT:
        return []
    other, own = other_word(introduction, side), own_word(introduction, side)
    if other == Said.NO_TIME:
        return [_("L'autre côté n'a plus le temps de poursuivre, et vous remercie de l'échange.")]
    if other not in MET:
        return []
    met = _("L'autre côté dit que le contact a eu lieu.")
    if other != Said.WON:
        return [met]
    if side == Side.SME:
        return [_("Le groupe dit qu'une affaire est conclue avec vous.")]
    return [_("L'entreprise confirme l'affaire que vous avez déclarée.")] if own == Said.WON else [met]


def steps(introduction: Introduction | None, side: Side) -> list[Step]:
    """What a side said, for the timeline of its own page; one query."""
    if introduction is None or introduction.state != State.SENT:
        return []
    rows = introduction.declarations.filter(side=side)
    return [Step(str(row.get_said_display()).capitalize(), "done", row.at) for row in rows]


def next_step(introduction: Introduction | None, side: Side) -> str:
    """What this side may do now, in one sentence; nothing before the introduction."""
    if introduction is None or introduction.state != State.SENT:
        return ""
    own, other = own_word(introduction, side), other_word(introduction, side)
    if side == Side.SME and to_confirm(introduction):
        return _(
            "À vous : le groupe dit qu'une affaire est conclue avec vous. Confirmez-la, ou dites ce qu'il en est."
        )
    if own in ENDS:
        return _("Merci de nous avoir dit ce qui en est sorti. Vous pouvez encore corriger votre réponse.")
    if Said.NO_TIME in {own, other}:
        return _("Nous ne vous demanderons plus rien. Vous pouvez toujours nous dire ce qui en est sorti.")
    if own:
        at = introduction.sme_said_at if side == Side.SME else introduction.group_said_at
        return _("Vous nous avez répondu le %(date)s. Dites-nous quand cela change.") % {
            "date": date_format(timezone.localtime(at), "j F Y")
        }
    return _("Dites-nous si le contact a eu lieu, puis ce qui en sort : une minute suffit.")

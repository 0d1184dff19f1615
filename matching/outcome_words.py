"""What both sides said of an introduction, for those who read it: each its own words, and little of the other's."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from matching.models import Said, Side
from matching.models.introduction import CONTRARY, ENDS, MET, AnyIntroduction
from pacte.days import date_format

State = AnyIntroduction.State
MONTH = timedelta(days=30)  # from then on we ask what came of it, met or not


def own_word(introduction: AnyIntroduction, side: Side) -> str:
    return introduction.sme_said if side == Side.SME else introduction.group_said


def other_word(introduction: AnyIntroduction, side: Side) -> str:
    return introduction.group_said if side == Side.SME else introduction.sme_said


def is_won(introduction: AnyIntroduction) -> bool:
    """As `Introduction.objects.won()`."""
    return introduction.sme_said == Said.WON and introduction.group_said not in CONTRARY


def to_confirm(introduction: AnyIntroduction) -> bool:
    """Whether the group tells of a win about which its company has not said the end yet."""
    return introduction.group_said == Said.WON and introduction.sme_said not in ENDS


def asks_for_more(introduction: AnyIntroduction, side: Side, today: date) -> bool:
    """Whether to ask what came of it, and no longer whether they met."""
    own = own_word(introduction, side)
    sent = timezone.localdate(introduction.sent_at)
    return own in MET | ENDS or today >= sent + MONTH or (side == Side.SME and to_confirm(introduction))


def has_words(introduction: AnyIntroduction | None, side: Side) -> bool:
    """Whether something was said that changes what this side has to do."""
    if introduction is None or introduction.state != State.SENT:
        return False
    confirms = side == Side.SME and to_confirm(introduction)
    return bool(own_word(introduction, side)) or confirms or other_word(introduction, side) == Said.NO_TIME


def shared(introduction: AnyIntroduction | None, side: Side) -> list[str]:
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
        return [] if own in ENDS else [_told_won(introduction)]
    return [_confirmed(introduction)] if own == Said.WON else [met]


def _told_won(introduction: AnyIntroduction) -> str:
    if introduction.is_portage:
        return _("Le groupe dit que le portage est convenu avec vous.")
    return _("Le groupe dit qu'une affaire est conclue avec vous.")


def _confirmed(introduction: AnyIntroduction) -> str:
    if introduction.is_portage:
        return _("L'entreprise confirme que le portage est convenu.")
    return _("L'entreprise confirme l'affaire que vous avez déclarée.")


def next_step(introduction: AnyIntroduction, side: Side) -> str:
    """What this side may do now, in one sentence."""
    own, other = own_word(introduction, side), other_word(introduction, side)
    if side == Side.SME and to_confirm(introduction):
        return _confirm(introduction)
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


def _confirm(introduction: AnyIntroduction) -> str:
    if introduction.is_portage:
        return _("À vous : le groupe dit que le portage est convenu. Confirmez-le, ou dites ce qu'il en est.")
    return _("À vous : le groupe dit qu'une affaire est conclue avec vous. Confirmez-la, ou dites ce qu'il en est.")

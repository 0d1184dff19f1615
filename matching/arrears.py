"""A group that leaves many answers owed for long posts nothing new, until it has given them or staff see why."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organisation, User
from matching.apply import DECIDABLE
from matching.models import Application, ApplicationQuerySet, Lift, promised_before
from opportunities import moderation
from opportunities.models import Opportunity
from opportunities.moderation import OwedError
from pacte.states import StateError

MOST = 5  # answers owed for longer than LONG that a group may have and go on posting
LONG = timedelta(days=10)


def owed(group: Organisation) -> ApplicationQuerySet:
    """Applications whose answer is late by more than LONG; not those of an opportunity that is suspended."""
    late = Application.objects.waiting().filter(promised_before(timezone.localdate() - LONG))
    return late.filter(opportunity__owner=group, opportunity__state__in=DECIDABLE)


def blocking(group: Organisation) -> int:
    """How many answers keep it from posting; 0 when it may, or when staff have let it. Two queries at most."""
    count = owed(group).count()
    return count if count > MOST and not lifted(group) else 0


def lifted(group: Organisation) -> bool:
    return Lift.objects.filter(group=group, until__gte=timezone.localdate()).exists()


def require(opportunity: Opportunity) -> None:
    """OwedError for a new one of a group that owes too much; what staff sent back may be handed in again."""
    if opportunity.state == Opportunity.State.DRAFT and blocking(opportunity.owner):
        kept = _(
            "Votre brouillon est enregistré, mais pas soumis : voyez d'abord ces réponses que vous avez promises."
        )
        raise OwedError(kept, reverse("matching:group_dashboard"))


def told(count: int) -> str:
    """Why, in words, and what opens it again."""
    return ngettext(
        "%(count)s réponse est en retard de plus de dix jours. Tant qu'elles sont plus de cinq, vous ne pouvez rien "
        "soumettre de nouveau.",
        "%(count)s réponses sont en retard de plus de dix jours. Tant qu'elles sont plus de cinq, vous ne pouvez rien "
        "soumettre de nouveau.",
        count,
    ) % {"count": count}


def lift(group: Organisation, *, by: User, reason: str) -> Lift:
    """Staff let it post all the same for a month, and say why."""
    moderation.staff(by)
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=group.pk)
        if not blocking(group):
            raise StateError(_("Ce groupe peut déposer : il n'y a rien à lever."))
        until = timezone.localdate() + Lift.LASTS
        group.record(by=by, changes={"lift": [None, until.isoformat()]}, reason=moderation.given(reason))
        return Lift.objects.create(group=group, author=by, reason=reason.strip(), until=until)

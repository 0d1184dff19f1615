"""What a group still has to do about an opportunity that is closed: answers to give, outcomes to tell."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from matching.models import Application, Introduction, Said
from matching.models.introduction import ENDS
from opportunities import letters
from opportunities.models import Opportunity, OpportunityMove
from pacte.days import date_format
from pacte.states import said_lazy


@dataclass(frozen=True, slots=True)
class Left:
    answers: int
    outcomes: int

    def __bool__(self) -> bool:
        return bool(self.answers or self.outcomes)


def left_of(opportunities: Collection[int]) -> dict[int, Left]:
    """Of each; two queries."""
    waiting = Application.objects.waiting().filter(opportunity__in=opportunities)
    answers = dict(waiting.values_list("opportunity").annotate(Count("pk")))
    said = Q(group_said__in=[*ENDS, Said.NO_TIME]) | Q(sme_said=Said.NO_TIME)
    untold = Introduction.objects.followed().exclude(said).filter(application__opportunity__in=opportunities)
    outcomes = dict(untold.values_list("application__opportunity").annotate(Count("pk")))
    return {pk: Left(answers.get(pk, 0), outcomes.get(pk, 0)) for pk in opportunities}


def words(left: Left, answer_by: date | None) -> str:
    """In the active language, the end of a sentence; an answer that is not owed is not spoken of."""
    told = []
    if left.answers:
        owed = ngettext("%(count)s réponse attendue", "%(count)s réponses attendues", left.answers)
        told.append(owed % {"count": left.answers})
        if answer_by:
            told[0] += " " + _("avant le %(day)s") % {"day": date_format(answer_by, "j F Y")}
    if left.outcomes:
        asked = ngettext(
            "%(count)s résultat de mise en relation à indiquer",
            "%(count)s résultats de mise en relation à indiquer",
            left.outcomes,
        )
        told.append(asked % {"count": left.outcomes})
    return ", ".join(told) or _("aucune réponse attendue")


words_lazy = lazy(words, str)  # a mail has its own language


def tell_group(line: OpportunityMove, opportunity: Opportunity) -> None:
    """E-41, of an opportunity that somebody closed; the calendar's closings are told in the day's one mail."""
    left = left_of([opportunity.pk])[opportunity.pk]
    letters.tell(
        opportunity,
        "closed",
        of=f"m{line.pk}",
        said=said_lazy(line.reason),
        left=words_lazy(left, opportunity.answer_by) if left else "",
    )

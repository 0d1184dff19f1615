"""What others wait for from an organisation: to answer an invitation or a question, to say what came of a meeting."""

from dataclasses import dataclass

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import taxonomy
from accounts.models import Organisation
from matching import outcome_clock, outcome_letters
from matching.models import Partner, PortageAnswer, Side
from matching.outcome_clock import Ask
from opportunities.models import Opportunity

SHOWN = 5  # of each


@dataclass(frozen=True, slots=True)
class Awaited:
    text: str
    url: str


def of(company: Organisation) -> list[Awaited]:
    """An SME's: the oldest first; three queries."""
    return [*_invitations(company), *_questions(company), *_outcomes(Side.SME, application__company=company)]


def of_group(group: Organisation) -> list[Awaited]:
    """A group's, beside the applications that it has to answer; one query."""
    return _outcomes(Side.GROUP, application__opportunity__owner=group)


def _outcomes(side: Side, **whose: Organisation) -> list[Awaited]:
    related = ("application__company", "application__opportunity__owner")
    rows = outcome_clock.awaited(side).filter(**whose).select_related(*related)[:SHOWN]
    asks = [Ask(row, side, outcome_clock.now_asked(row, side), "") for row in rows]
    return [Awaited(outcome_letters.line(ask), outcome_letters.path(ask)) for ask in asks]


def _invitations(company: Organisation) -> list[Awaited]:
    rows = Partner.objects.filter(
        company=company, state=Partner.State.INVITED, application__opportunity__in=Opportunity.objects.open()
    )
    read = ("pk", "application__company__name", "application__opportunity__title")
    return [
        Awaited(
            _("%(name)s vous invite à candidater ensemble : %(title)s") % {"name": name, "title": title},
            reverse("matching:partner", args=[pk]),
        )
        for pk, name, title in rows.order_by("invited_at").values_list(*read)[:SHOWN]
    ]


def _questions(company: Organisation) -> list[Awaited]:
    rows = PortageAnswer.objects.filter(
        request__company=company, state=PortageAnswer.State.WAITING, awaiting=Side.SME
    ).annotate(asked=Max("messages__at"))
    return [
        Awaited(
            _("Un groupe vous pose une question sur votre projet : %(country)s")  # which group, it learns at its yes
            % {"country": taxonomy.label("place", row.request.country)},
            reverse("matching:portage_reply", args=[row.pk]),
        )
        for row in rows.select_related("request").order_by("asked")[:SHOWN]
    ]

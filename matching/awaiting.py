"""What others wait for from an SME, beside its own applications: an invitation to answer, a question on a portage."""

from dataclasses import dataclass

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import taxonomy
from accounts.models import Organisation
from matching.models import Partner, PortageAnswer, Side
from opportunities.models import Opportunity

SHOWN = 5  # of each


@dataclass(frozen=True, slots=True)
class Awaited:
    text: str
    url: str


def of(company: Organisation) -> list[Awaited]:
    """The oldest first; two queries."""
    return [*_invitations(company), *_questions(company)]


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

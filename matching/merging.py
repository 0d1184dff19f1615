"""Staff make two opportunities of one group one: applications, questions and follows go on with the one that stays."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import mail
from accounts.models import User
from matching import letters
from matching.models import Application, Follow, Partner, PartnerSearch, Standing
from opportunities import letters as group_letters
from opportunities import moderation
from opportunities.models import Enquiry, Opportunity
from pacte.states import StateError

State = Opportunity.State
GOING = {State.SUBMITTED, State.CHANGES_REQUESTED, State.PUBLISHED, State.SUSPENDED, State.CLOSED}
STAYING = {State.PUBLISHED, State.SUSPENDED, State.CLOSED}
ALIVE = {Application.State.SENT, Application.State.SHORTLISTED, Application.State.WAITLISTED}


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen: applications that go over, and those whose company applied to both and that end here."""

    moving: list[Application]
    ending: list[Application]


def plan(gone: Opportunity, stays: Opportunity) -> Plan:
    """StateError, in words for the staff: these two cannot be one."""
    if gone.pk == stays.pk or gone.owner_id != stays.owner_id:
        raise StateError(_("Seules deux opportunités d'un même groupe peuvent être réunies."))
    if gone.merged_into_id or gone.state not in GOING or stays.state not in STAYING:
        raise StateError(_("L'une est un brouillon, refusée, retirée ou déjà réunie : il n'y a rien à réunir."))
    if (gone.confidential, gone.alias) != (stays.confidential, stays.alias):
        raise StateError(_("L'une donne le nom du groupe, l'autre non : les réunir le dévoilerait."))
    there = {one.company_id: one for one in Application.objects.filter(opportunity=stays)}
    rows = Application.objects.filter(opportunity=gone).select_related("company", "contact").order_by("pk")
    moving, ending = [], []
    for one in rows:
        other = there.get(one.company_id)
        if other is None:
            moving.append(one)
        elif one.state == Application.State.ACCEPTED or (one.state in ALIVE and other.state not in ALIVE):
            raise StateError(
                _("%(name)s a candidaté aux deux, et sa candidature la plus avancée est dans celle qui partirait.")
                % {"name": one.company.name}
            )
        elif one.can_move(Application.State.CANCELLED):
            ending.append(one)
    return Plan(moving, ending)


def merge(gone: Opportunity, stays: Opportunity, *, by: User) -> Plan:
    """All or nothing; applicants and the group are told once, and the old address leads to the one that stays."""
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        for one in sorted((gone, stays), key=lambda its: its.pk):
            moderation.lock(one)
        found = plan(gone, stays)
        word = format_lazy(gettext_lazy("Réunie avec « {title} » : ses candidatures y continuent."), title=stays.title)
        try:
            with transaction.atomic():
                _move(found, gone, stays, by)
        except IntegrityError:
            raise StateError(
                _("Une entreprise est partenaire dans l'une et candidate dans l'autre : réglez cela d'abord.")
            ) from None
        if gone.can_move(State.WITHDRAWN):
            gone.move(State.WITHDRAWN, by=by, reason=str(word), merged_into=stays)
        else:
            gone.record(by=by, changes={"merged_into": ["", stays.title]}, reason=str(word))
            Opportunity.objects.filter(pk=gone.pk).update(merged_into=stays)
            gone.merged_into = stays
        stays.record(by=by, changes={"merged": ["", gone.title]})
        group_letters.tell(gone, "withdrawn", said=word)
        for application in found.moving:
            if application.state in {Application.State.DRAFT, *ALIVE}:
                mail.queue(**letters.moved_letter(application, gone))
    return found


def _move(found: Plan, gone: Opportunity, stays: Opportunity, by: User) -> None:
    for application in found.ending:
        application.move(
            Application.State.CANCELLED, by=by, reason=_("Réunie avec l'autre candidature de l'entreprise")
        )
    for application in found.moving:
        application.record(by=by, changes={"opportunity": [gone.title, stays.title]})
        application.opportunity = stays
    going = [one.pk for one in found.moving]
    Application.objects.filter(pk__in=going).update(opportunity=stays)
    Partner.objects.filter(application__in=going).update(opportunity=stays)
    Enquiry.objects.filter(opportunity=gone).update(opportunity=stays)
    known = Follow.objects.filter(opportunity=stays).values("user")
    Follow.objects.filter(opportunity=gone).exclude(user__in=known).update(opportunity=stays)
    _move_company_words(gone, stays)


def _move_company_words(gone: Opportunity, stays: Opportunity) -> None:
    """What companies said of the one that goes: that they look for partners, or want to see no more of it."""
    looking = PartnerSearch.objects.filter(opportunity=stays, ended_at=None).values("company")
    searches = PartnerSearch.objects.filter(opportunity=gone, ended_at=None)
    searches.exclude(company__in=looking).update(opportunity=stays)
    seen = Standing.objects.filter(opportunity=stays).values("company")
    Standing.objects.filter(opportunity=gone).exclude(company__in=seen).update(opportunity=stays)
    applied = Application.objects.filter(opportunity=stays).values("company")
    Standing.objects.filter(opportunity=gone).exclude(company__in=applied).dismiss_with(opportunity=stays)


def told(found: Plan) -> str:
    """What the page asks to confirm, in numbers."""
    moving = ngettext("%(n)s candidature passe à l'autre", "%(n)s candidatures passent à l'autre", len(found.moving))
    text = moving % {"n": len(found.moving)}
    if found.ending:
        ending = ngettext(
            "%(n)s double de la même entreprise s'arrête", "%(n)s doubles des mêmes entreprises s'arrêtent",
            len(found.ending),
        )  # fmt: skip
        text += ", " + ending % {"n": len(found.ending)}
    return text + "."

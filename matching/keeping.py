"""Kept for later: an SME lets a group keep its file in mind for a year, and the group finds it beside its needs."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from matching import alert_letters, letters
from matching.apply import applicant, decider, lock
from matching.models import Application, Keeping, Standing
from matching.models.beside import KEEPABLE, KEPT_FOR
from opportunities.models import Opportunity
from pacte.states import StateError

POINTED_OUT = gettext_lazy("Un groupe qui a gardé votre dossier pense à vous.")


def agree(application: Application, *, by: User) -> None:
    """The SME's leave, for a year from now; given again it begins anew, and the group puts it aside anew."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if application.state not in KEEPABLE:
            raise StateError(_("Ce dossier ne peut pas être gardé : le groupe n'en a pas, ou plus, l'usage."))
        now = timezone.now()
        fresh = {"agreed_at": now, "until": now + KEPT_FOR, "ended_at": None, "kept_at": None, "kept_by": None}
        Keeping.objects.update_or_create(application=application, defaults=fresh)


def end(application: Application, *, by: User) -> None:
    """The SME takes its leave back, at any time: the group sees the file among those kept no more.

    It ends by itself with the application that is withdrawn, and with the agreement to an introduction: the group
    reads nothing of that file any more.
    """
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if not Keeping.objects.end_for(application):
            raise StateError(_("Vous avez déjà retiré cet accord."))


def keep(application: Application, *, by: User, keep: bool = True) -> None:
    """The group puts the file aside for later, or takes it out."""
    with transaction.atomic():
        lock(application)
        decider(application, by)
        its = Keeping.objects.agreed().filter(application=application)
        if application.state not in KEEPABLE or not its.exists():
            raise StateError(_("L'entreprise n'a pas, ou plus, donné son accord pour être gardée."))
        its.update(kept_at=timezone.now() if keep else None, kept_by=by if keep else None)


def may_point_out(kept: Keeping, opportunity: Opportunity) -> bool:
    """Whether telling its company of this opportunity gives no hidden name away."""
    was = kept.application.opportunity
    return opportunity.is_open and not opportunity.confidential and not was.confidential


def point_out(kept: Keeping, opportunity: Opportunity, *, by: User) -> None:
    """The group tells a company it keeps in mind of a new opportunity: once, whoever clicks again.

    Of one that it has begun to apply to, or put away, the company hears no more; the group learns nothing of either.
    """
    with transaction.atomic():
        application = kept.application
        lock(application)
        decider(application, by)
        if opportunity.owner_id != application.opportunity.owner_id or not may_point_out(kept, opportunity):
            raise StateError(_("Cette opportunité ne peut pas lui être signalée."))
        if not Keeping.objects.kept_by(by).filter(pk=kept.pk).exists():
            raise StateError(_("L'entreprise n'a pas, ou plus, donné son accord pour être gardée."))
        its = {"opportunity": opportunity, "company": application.company_id}
        theirs = Application.objects.filter(**its)
        if theirs.filter(sent_at__isnull=False).exists():
            raise StateError(_("Cette entreprise a déjà une candidature pour cette opportunité."))
        if theirs.exists() or Standing.objects.filter(**its).dismissed().exists():
            return
        letter = letters.pointed_out_letter(application, opportunity)
        alert_letters.once([(letters.contact_of(application), letter)], opportunity, POINTED_OUT)

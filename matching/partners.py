"""A group of companies that applies together: one leads and invites, each of the others agrees for itself."""

from contextlib import suppress
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Email, Membership, Organisation, User
from matching import consent, letters, members, partner_letters
from matching.apply import applicant, in_time, lock, not_own
from matching.models import Application, Introduction, Partner, PartnerSearch
from opportunities.models import Opportunity
from pacte.states import StateError

State = Partner.State


def invite(application: Application, *, by: User, siren: str = "", email: str = "", word: str = "") -> Partner:
    """Ask a company in, by its number if it is registered here, by somebody's address if not."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if application.state != Application.State.DRAFT:
            raise StateError(_("Cette candidature est déjà partie : le groupement ne change plus."))
        in_time(application)
        if application.partners.filter(state__in=[State.INVITED, State.JOINED]).count() >= Partner.MOST:
            raise StateError(_("Sept entreprises au plus, la vôtre comprise."))
        company = members.company_of(siren) if siren else None
        if siren and company is None:
            raise StateError(_("Aucune PME inscrite n'a ce SIREN : invitez-la plutôt par e-mail."))
        own = Membership.objects.active().filter(organisation=application.company_id, user__email__iexact=email)
        if application.company == company or (email and own.exists()):
            raise StateError(_("C'est votre propre entreprise : invitez-en une autre."))
        its = {"opportunity": application.opportunity, "company": company, "email": email.lower(), "word": word}
        try:
            with transaction.atomic():
                partner = Partner.objects.create(application=application, invited_by=by, **its)
        except IntegrityError:
            raise StateError(_("Cette entreprise est déjà invitée.")) from None
        partner_letters.invited(partner, by)
    return partner


def remove(partner: Partner, *, by: User) -> None:
    """The one that leads does without it, before sending."""
    with transaction.atomic():
        take(partner)
        applicant(partner.application, by)
        if partner.application.state != Application.State.DRAFT:
            raise StateError(_("Cette candidature est déjà partie : le groupement ne change plus."))
        was_in = partner.state == State.JOINED
        partner.move(State.REMOVED, by=by)
        if was_in:
            partner_letters.news(partner, "removed")


def join(partner: Partner, *, by: User, brings: str, consented: bool) -> None:
    """A company agrees, by one of its own; what it agreed to is kept as it read it."""
    with transaction.atomic():
        take(partner)
        company = _speaks(partner, by)
        _may_join(partner.application, company, by)
        if not consented:
            raise StateError(_("Sans votre accord, rien n'est transmis : cochez la case pour rejoindre les autres."))
        says: dict[str, Any] = {"contact": by, "brings": brings.strip(), "consent_at": timezone.now()}
        says["consent_text"] = consent.of_partner(partner.application)
        try:
            partner.move(State.JOINED, by=by, company=company, **says)
        except IntegrityError:
            raise StateError(already(company.pk, partner.application.opportunity)) from None
        partner_letters.answered(partner, "joined")


def _may_join(application: Application, company: Organisation, by: User) -> None:
    if not company.is_active:
        raise StateError(_("Votre entreprise est suspendue : elle ne peut pas candidater pour le moment."))
    if company == application.company:
        raise StateError(_("Cette candidature est déjà celle de votre entreprise."))
    not_own(application, by)
    if application.state != Application.State.DRAFT:
        raise StateError(_("Cette candidature est déjà partie, ou abandonnée : on ne peut plus la rejoindre."))
    in_time(application)


def already(company_id: int, opportunity: Opportunity) -> str:
    """Why a company cannot be in this application, beside another of its own."""
    if Partner.objects.joined().filter(company=company_id, opportunity=opportunity).exists():
        return _("Votre entreprise est déjà dans un groupement pour cette opportunité.")
    return _("Votre entreprise a déjà sa candidature à cette opportunité : retirez-la d'abord, ou restez seule.")


def decline(partner: Partner, *, by: User) -> None:
    """A company says no to the one that invited it."""
    with transaction.atomic():
        take(partner)
        partner.move(State.DECLINED, by=by, company=_speaks(partner, by))
        partner_letters.answered(partner, "declined")


def leave(partner: Partner, *, by: User) -> None:
    """A company takes its agreement back; after the sending the group is told, until coordinates have left."""
    with transaction.atomic():
        take(partner)
        _speaks(partner, by)
        take_out(partner, by=by)


def take_out(partner: Partner, *, by: User) -> None:
    """One that is locked and in; StateError once coordinates have left."""
    with transaction.atomic():
        application = partner.application
        introduction = Introduction.objects.select_for_update().filter(application=application).first()
        if introduction and introduction.state == Introduction.State.SENT:
            raise StateError(_("La mise en relation est partie : vos coordonnées sont déjà transmises."))
        partner.move(State.LEFT, by=by, snapshot={})
        if introduction:
            _write_anew(introduction, application)
        if application.state == Application.State.DRAFT:
            partner_letters.answered(partner, "left")
            return
        partner_letters.answered(partner, "left_sent")
        if application.is_waiting or introduction:
            partner_letters.left(partner)


def drop(partner: Partner, *, by: User) -> None:
    """One that is locked, of a company that has ceased: who leads is told; what has left has left."""
    if partner.state == State.INVITED:
        partner.move(State.DECLINED, by=by)
        partner_letters.answered(partner, "declined")
        return
    with suppress(StateError):
        take_out(partner, by=by)


def _write_anew(introduction: Introduction, application: Application) -> None:
    """The mail that waits to leave no longer names who has just left."""
    email = Email.objects.select_for_update().get(pk=introduction.email_id)
    if email.state not in {Email.State.QUEUED, Email.State.HELD}:
        raise StateError(_("La mise en relation est partie : vos coordonnées sont déjà transmises."))
    letters.rewrite(email, application)


def _speaks(partner: Partner, by: User) -> Organisation:
    """The company for which this person answers; PermissionDenied when it is not the invited one."""
    membership = by.membership
    if membership is None or not by.is_sme or not membership.can_edit:
        raise PermissionDenied
    if partner.company_id not in {None, membership.organisation_id}:
        raise PermissionDenied
    return membership.organisation


def take(partner: Partner) -> None:
    """The application first, then the partner: always in that order, as sending does."""
    application = partner.application
    lock(application)
    partner.refresh_from_db(from_queryset=Partner.objects.select_for_update(of=("self",)).select_related("company"))
    partner.application = application


def seek(opportunity: Opportunity, *, by: User, text: str) -> None:
    """A company agrees to be shown to others as looking for partners; said again, it says it anew."""
    membership = by.membership
    if membership is None or not by.is_sme or not membership.can_edit:
        raise PermissionDenied
    if not opportunity.is_open:
        raise StateError(_("Cette opportunité ne reçoit plus de candidatures."))
    with transaction.atomic():
        PartnerSearch.objects.update_or_create(
            opportunity=opportunity,
            company=membership.organisation,
            ended_at=None,
            defaults={"text": text.strip(), "created_by": by},
        )


def stop_seeking(opportunity: Opportunity, *, by: User) -> None:
    mine = PartnerSearch.objects.filter(opportunity=opportunity, company=by.organisation, ended_at=None)
    mine.update(ended_at=timezone.now())

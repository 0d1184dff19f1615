"""What each side of a portage hears while the mail that puts them in touch does not arrive. No address goes across."""

from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mail
from accounts.models import Membership, User
from matching import portage_letters
from matching.models import PortageIntroduction, Side
from matching.portage_letters import News


def held(introduction: PortageIntroduction) -> None:
    """To both: we look at something first."""
    move = introduction.history.order_by("-pk").values_list("pk", flat=True).first()
    for side in Side:
        _write(introduction, side, f"held-{move}", people(introduction, side), partial(_held_words, introduction))


def cancelled(introduction: PortageIntroduction) -> None:
    """To both: it will not leave."""
    for side in Side:
        _write(introduction, side, "cancelled", people(introduction, side), partial(_cancelled_words, introduction))


def undelivered(introduction: PortageIntroduction) -> None:
    """Once a side: where its own address is at fault, its other people hear which; the other side does not."""
    email = introduction.answer.email
    assert email is not None  # noqa: S101  # the database holds it of every yes
    for side, address in zip(Side, (email.to[0], email.to[-1]), strict=True):
        if email.at_fault(address):
            _ask_to_mend(introduction, side, address)
        else:
            words = partial(_verified, introduction)
            _write(introduction, side, "undelivered", people(introduction, side), words)


def _ask_to_mend(introduction: PortageIntroduction, side: Side, address: str) -> None:
    others = [one for one in _administrators(introduction, side) if one.email.lower() != address.lower()]
    _write(introduction, side, "undelivered", others, partial(_to_mend, introduction, address), mend=True)


def people(introduction: PortageIntroduction, side: Side) -> list[User]:
    """Who speaks for this side today."""
    request = introduction.answer.request
    if side == Side.GROUP:
        return portage_letters.readers(introduction.answer.group)
    there = Membership.objects.active().filter(organisation=request.company_id)
    return [portage_letters.contact_of(request)] if there.exists() else []


def _administrators(introduction: PortageIntroduction, side: Side) -> list[User]:
    answer = introduction.answer
    organisation = answer.request.company_id if side == Side.SME else answer.group_id
    rows = Membership.objects.active().filter(organisation=organisation, role=Membership.Role.ADMIN)
    return [row.user for row in rows.select_related("user").order_by("pk")]


def _place(introduction: PortageIntroduction) -> dict[str, str]:
    return {"country": introduction.answer.request.place}


def _held_words(introduction: PortageIntroduction) -> News:
    told = _("L'équipe de Pacte International vérifie un point avant d'envoyer le message qui vous met en relation. "
             "Vous n'avez rien à faire.")  # fmt: skip
    subject = _("Votre mise en relation attend un instant : portage, %(country)s") % _place(introduction)
    return News(subject, _("Votre mise en relation attend un instant"), [told], _("Voir la demande"))


def _cancelled_words(introduction: PortageIntroduction) -> News:
    told = _("L'équipe de Pacte International a annulé cette mise en relation. Répondez à ce message pour en savoir "
             "plus.")  # fmt: skip
    subject = _("Mise en relation annulée : portage, %(country)s") % _place(introduction)
    return News(subject, _("La mise en relation est annulée"), [told], _("Voir la demande"))


def _verified(introduction: PortageIntroduction) -> News:
    told = _("Le message qui vous met en relation n'a pas encore pu être remis à l'autre côté : ses coordonnées sont "
             "en cours de vérification. L'équipe de Pacte International le renverra. Vous n'avez rien à "
             "faire.")  # fmt: skip
    subject = _("Coordonnées en cours de vérification : portage, %(country)s") % _place(introduction)
    return News(subject, _("Votre mise en relation prend un peu de retard"), [told], _("Voir la demande"))


def _to_mend(introduction: PortageIntroduction, address: str) -> News:
    told = _("Le message qui met votre organisation en relation avec un partenaire n'a pas pu être remis à "
             "%(address)s. Corrigez cette adresse, ou désignez une autre personne, puis répondez à ce message : "
             "l'équipe de Pacte International le renverra.") % {"address": address}  # fmt: skip
    subject = _("Une adresse à corriger : portage, %(country)s") % _place(introduction)
    return News(subject, _("Une adresse à corriger"), [told], _("Voir votre équipe"))


def _write(
    introduction: PortageIntroduction, side: Side, event: str, to: Sequence[User], words: portage_letters.Words,
    *, mend: bool = False,
) -> None:  # fmt: skip
    if not to:
        return  # nobody but the address at fault: staff call
    request = introduction.answer.request
    page = "matching:portage_status" if side == Side.SME else "matching:portage_dossier"
    path = reverse("accounts:members") if mend else reverse(page, args=[request.pk])
    context = {"adviser": None, "to_group": side == Side.GROUP, "action_url": settings.SITE_URL + path}
    key = f"portage-introduction-{event}:{introduction.pk}:{side}"
    mail.queue(**portage_letters.news_letter(request, key, to, words, context), reply_to=[settings.CONTACT_EMAIL])
